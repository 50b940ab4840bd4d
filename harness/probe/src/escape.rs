//! Bytes written as text, and text made of bytes.

/// Turns `\r \n \t \0 \\ \xHH` into the bytes they stand for; nothing where an escape is unknown.
pub(crate) fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'0' => 0,
            b'\\' => b'\\',
            b'x' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            _ => return None,
        });
    }
    Some(bytes)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The first `max` characters of foreign bytes on one line, fit to be shown in a message.
pub(crate) fn excerpt(bytes: &[u8], max: usize) -> String {
    // A character has at most four bytes, so no more of a long answer need be looked at.
    let head = &bytes[..bytes.len().min(max.saturating_mul(4).saturating_add(4))];
    let text = String::from_utf8_lossy(head);
    let mut shown: String = text.chars().take(max).flat_map(char::escape_debug).collect();
    if head.len() < bytes.len() || text.chars().count() > max {
        shown.push('…');
    }
    shown
}

/// Whether `part` occurs in `whole`.
pub(crate) fn holds(whole: &[u8], part: &[u8]) -> bool {
    part.is_empty() || whole.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("PING", Some(b"PING".to_vec()))]
    #[case::line(r"PING\r\n", Some(b"PING\r\n".to_vec()))]
    #[case::bytes(r"\x10\x0c\0\\", Some(vec![0x10, 0x0c, 0, b'\\']))]
    #[case::unknown(r"\q", None)]
    #[case::cut_off(r"\x1", None)]
    #[case::lone("\\", None)]
    fn escapes_stand_for_bytes(#[case] text: &str, #[case] bytes: Option<Vec<u8>>) {
        assert_eq!(unescape(text), bytes);
    }

    #[test]
    fn a_long_answer_is_cut_and_stays_on_one_line() {
        assert_eq!(excerpt(b"a\nb\x07", 10), "a\\nb\\u{7}");
        assert_eq!(excerpt(b"abcdef", 3), "abc…");
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_written_and_shown(bytes: Vec<u8>, max in 0_usize..64) {
            let text: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
            prop_assert_eq!(unescape(&text), Some(bytes.clone()));
            prop_assert!(!excerpt(&bytes, max).contains('\n'));
        }
    }
}
