//! The end of a log, in bounded memory.

/// Keeps the last bytes of what is added.
#[derive(Debug)]
pub(crate) struct LogEnd {
    bytes: Vec<u8>,
    most: usize,
    cut: bool,
}

const CUT: &[u8] = b"[cut off here]\n";

impl LogEnd {
    pub(crate) fn new(most: usize) -> Self {
        Self { bytes: Vec::new(), most, cut: false }
    }

    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
        // Twice the length before anything is moved: each byte is moved once at most.
        if self.bytes.len() > self.most.saturating_mul(2) {
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        let surplus = self.bytes.len().saturating_sub(self.most);
        self.cut |= surplus > 0;
        self.bytes.drain(..surplus);
    }

    /// At most the last `most` bytes; where they are not all, a line in front of them says so.
    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.shorten();
        if self.cut { [CUT, &self.bytes].concat() } else { self.bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::all(&["ab", "c"], "abc")]
    #[case::the_end(&["abc", "de"], "[cut off here]\ncde")]
    #[case::one_long_line(&["0123456789"], "[cut off here]\n789")]
    #[case::a_flood(&["aaaa", "bbbb", "cccc", "xyz"], "[cut off here]\nxyz")]
    fn the_last_bytes_are_kept(#[case] pieces: &[&str], #[case] kept: &str) {
        let mut end = LogEnd::new(3);
        for piece in pieces {
            end.add(piece.as_bytes());
            assert!(end.bytes.len() <= 6 + piece.len());
        }
        assert_eq!(String::from_utf8(end.bytes()).unwrap(), kept);
    }
}
