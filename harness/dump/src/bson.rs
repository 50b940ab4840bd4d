//! BSON: documents, each with its length in front (bsonspec.org, version 1.1). A file of them has no mark at
//! its end.

use std::io;

use crate::layer::Layer;
use crate::peek::Peek;
use crate::{Source, Verdict};

/// A length and the zero at the end.
const SHORTEST: u32 = 5;

/// MongoDB holds 16 MiB in one document, and a little more in those of its own.
const LONGEST: u32 = 48 * 1024 * 1024;

pub(crate) fn judge(layer: &mut Layer<'_>, peek: &mut Peek<'_>) -> io::Result<Verdict> {
    layer.is("BSON");
    layer.source = layer.source.or(Some(Source::Mongo));
    let mut documents = 0_u64;
    Ok(loop {
        match pass(peek, |_| ())? {
            Passed::Nothing => {
                break Verdict::unproven(format!(
                    "a file of BSON has no end mark: its {documents} documents are whole"
                ));
            }
            Passed::Document => documents += 1,
            Passed::Cut => {
                break Verdict::broken(format!(
                    "cut off: it ends inside a document of BSON, after {documents} whole ones"
                ));
            }
            Passed::Rubbish => {
                break Verdict::broken(format!(
                    "no sound BSON: after {documents} whole documents comes something else"
                ));
            }
        }
    })
}

/// True for the name of a collection's file. Where the collection is empty, the file has no byte.
pub(crate) fn is_called_so(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".bson")
}

/// True for the beginning of a document with at least one element, or of an empty one.
pub(crate) fn begins(head: &[u8]) -> bool {
    let Some(length) = head.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes)) else {
        return false;
    };
    let Some((kind, name)) = head.get(4..).and_then(|rest| rest.split_first()) else {
        return false;
    };
    if *kind == 0 {
        return length == SHORTEST;
    }
    let named = name.iter().position(|byte| *byte == 0);
    let is_text = |name: &[u8]| !name.is_empty() && name.iter().all(|byte| *byte >= b' ');
    let known = matches!(kind, 1..=19 | 0x7f | 0xff);
    known
        && (SHORTEST..=LONGEST).contains(&length)
        && named.is_some_and(|end| is_text(&name[..end]))
}

/// What came next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    /// The end of the input.
    Nothing,
    Document,
    /// The input ends inside a document.
    Cut,
    /// Bytes that are no document.
    Rubbish,
}

/// Passes over a document and shows its bytes, piece by piece.
pub(crate) fn pass(peek: &mut Peek<'_>, mut seen: impl FnMut(&[u8])) -> io::Result<Passed> {
    let ahead = peek.ahead(4)?;
    if ahead.is_empty() {
        return Ok(Passed::Nothing);
    }
    let Some(length) = ahead.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes)) else {
        return Ok(Passed::Cut);
    };
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Ok(Passed::Rubbish);
    }
    let (mut left, mut last) = (length as usize, 0);
    while left > 0 {
        let ahead = peek.ahead(1)?;
        let here = ahead.len().min(left);
        let Some(end) = here.checked_sub(1) else { return Ok(Passed::Cut) };
        seen(&ahead[..here]);
        last = ahead[end];
        left -= here;
        peek.skip(here as u64)?;
    }
    Ok(if last == 0 { Passed::Document } else { Passed::Rubbish })
}

/// A value of a document, as far as archives of mongodump need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Truth(bool),
    Number(i64),
    Other,
}

/// The elements of `document` in their order; nothing where it contradicts itself.
pub(crate) fn elements(document: &[u8]) -> Option<Vec<(String, Value)>> {
    let length = u32::from_le_bytes(*document.first_chunk::<4>()?) as usize;
    let mut rest = document.get(4..length)?;
    let mut found = Vec::new();
    loop {
        let (kind, after) = rest.split_first()?;
        if *kind == 0 {
            return after.is_empty().then_some(found);
        }
        let end = after.iter().position(|byte| *byte == 0)?;
        let name = String::from_utf8_lossy(&after[..end]).into_owned();
        let after = after.get(end + 1..)?;
        let long = || Some(u32::from_le_bytes(*after.first_chunk::<4>()?) as usize);
        let (value, size) = match kind {
            0x02 => {
                let size = long()?;
                let text = after.get(4..4 + size)?.strip_suffix(&[0])?;
                (Value::Text(String::from_utf8_lossy(text).into_owned()), 4 + size)
            }
            0x03 | 0x04 => (Value::Other, long()?),
            0x05 => (Value::Other, 5 + long()?),
            0x07 => (Value::Other, 12),
            0x08 => (Value::Truth(*after.first()? == 1), 1),
            0x01 | 0x09 | 0x11 => (Value::Other, 8),
            0x0a => (Value::Other, 0),
            0x10 => (Value::Number(i64::from(i32::from_le_bytes(*after.first_chunk()?))), 4),
            0x12 => (Value::Number(i64::from_le_bytes(*after.first_chunk()?)), 8),
            0x13 => (Value::Other, 16),
            _ => return None,
        };
        found.push((name, value));
        rest = after.get(size..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &[u8] =
        b"\x1d\0\0\0\x02a\0\x02\0\0\0b\0\x08c\0\x01\x12d\0\xff\xff\xff\xff\xff\xff\xff\xff\0";

    #[test]
    fn a_document_has_elements() {
        let expected = [
            ("a".to_owned(), Value::Text("b".to_owned())),
            ("c".to_owned(), Value::Truth(true)),
            ("d".to_owned(), Value::Number(-1)),
        ];
        assert_eq!(elements(DOCUMENT).as_deref(), Some(&expected[..]));
        for length in 0..DOCUMENT.len() {
            assert_eq!(elements(&DOCUMENT[..length]), None);
        }
    }

    #[rstest::rstest]
    #[case::document(DOCUMENT, true)]
    #[case::empty(b"\x05\0\0\0\0", true)]
    #[case::no_name(b"\x09\0\0\0\x02\0\0\0\0", false)]
    #[case::no_type(b"\x09\0\0\0\x55a\0\0\0", false)]
    #[case::too_long(b"\x09\0\0\x55\x02a\0\0\0", false)]
    #[case::short(b"\x09\0", false)]
    fn a_document_has_a_beginning(#[case] head: &[u8], #[case] is_one: bool) {
        assert_eq!(begins(head), is_one);
    }

    proptest::proptest! {
        /// Bytes of a file that a stranger wrote.
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            let _ = (elements(&bytes), begins(&bytes));
        }
    }
}
