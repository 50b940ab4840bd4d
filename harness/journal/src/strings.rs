//! An event as JSON, with the answer whether one of its strings holds a hidden value.
//!
//! Few events hold a hidden value. Each event is serialised as it is, and its strings are searched on the way.
//! Only an event with a hidden value is serialised a second time, by [`typed`](crate::typed).

use std::io;

use cc_ci_model::Event;
use serde::Serialize as _;
use serde_json::ser::{CharEscape, Formatter, Serializer};

use crate::redact::Redactor;

/// The JSON of an event. `None` if one of its strings or keys holds a hidden value, or if a part of it cannot
/// be searched.
pub(crate) fn clean_json(event: &Event, redactor: &Redactor) -> Option<Vec<u8>> {
    let mut json = Vec::with_capacity(256);
    let mut strings = Strings { redactor, text: Vec::new(), dirty: false };
    let written = event.serialize(&mut Serializer::with_formatter(&mut json, &mut strings));
    (written.is_ok() && !strings.dirty).then_some(json)
}

/// Writes compact JSON, and looks at each string as it was before it was escaped.
struct Strings<'r> {
    redactor: &'r Redactor,
    text: Vec<u8>,
    dirty: bool,
}

impl Formatter for &mut Strings<'_> {
    fn begin_string<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.text.clear();
        writer.write_all(b"\"")
    }

    fn end_string<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.dirty = self.dirty || self.redactor.leaks(&self.text);
        writer.write_all(b"\"")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        self.text.extend_from_slice(fragment.as_bytes());
        writer.write_all(fragment.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        let (byte, short) = match escape {
            CharEscape::Quote => (b'"', b'"'),
            CharEscape::ReverseSolidus => (b'\\', b'\\'),
            CharEscape::Solidus => (b'/', b'/'),
            CharEscape::Backspace => (8, b'b'),
            CharEscape::FormFeed => (12, b'f'),
            CharEscape::LineFeed => (b'\n', b'n'),
            CharEscape::CarriageReturn => (b'\r', b'r'),
            CharEscape::Tab => (b'\t', b't'),
            CharEscape::AsciiControl(byte) => {
                self.text.push(byte);
                return write!(writer, "\\u{byte:04x}");
            }
        };
        self.text.push(byte);
        writer.write_all(&[b'\\', short])
    }

    /// Bytes would become numbers, and numbers are not cleaned.
    fn write_byte_array<W: ?Sized + io::Write>(&mut self, _: &mut W, _: &[u8]) -> io::Result<()> {
        Err(io::Error::other("bytes that are no string"))
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Secret;

    use super::*;

    fn waiting(on: &str) -> Event {
        Event::Waiting { tier: cc_ci_model::Tier::Deploy, on: on.to_owned() }
    }

    fn hiding(value: &str) -> Redactor {
        let mut redactor = Redactor::default();
        let _ = redactor.hide(&[Secret::from(value)]);
        redactor
    }

    #[rstest::rstest]
    #[case::nothing_hidden("a\n\"b\"\\ \u{1} ä", "hunter2hunter2", true)]
    #[case::hidden("so hunter2hunter2", "hunter2hunter2", false)]
    #[case::with_escapes("so hun\"ter\\2 is it", "hun\"ter\\2", false)]
    #[case::across_lines("hunter2\nhunter2", "hunter2hunter2", false)]
    #[case::name_of_a_kind("x", "waiting", false)]
    fn strings_are_looked_at_as_they_are(
        #[case] on: &str,
        #[case] value: &str,
        #[case] clean: bool,
    ) {
        let event = waiting(on);
        let json = clean_json(&event, &hiding(value));
        assert_eq!(json, clean.then(|| serde_json::to_vec(&event).unwrap()));
    }
}
