//! The forms in which a hidden value is looked for.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC};

use super::flat::flatten;

/// Shorter forms are not searched for: they would match ordinary words.
pub(super) const SHORTEST: usize = 4;

/// A part of a value in its raw form is hidden where it is this long and at least half of the value: 16
/// characters of the least random charset that recipes ask for (16 digits) are worth 53 bits.
const PART: usize = 16;

/// A longer form is cut into pieces of this size, so that comparing with it stays cheap.
pub(super) const PIECE: usize = 64;

/// One sequence of bytes to look for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Needle {
    pub(super) bytes: Box<[u8]>,
    /// Number of consecutive bytes that make a hit: all bytes, unless a part is worth hiding.
    pub(super) need: usize,
    /// The base64 digit before or behind it may hold a few bits of the value.
    pub(super) edges: (bool, bool),
}

/// What `encodeURIComponent` leaves as it is (ECMA-262, 19.2.6.4).
const COMPONENT: &AsciiSet =
    &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');
/// What RFC 3986, section 2.3, calls unreserved stays as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What the URL standard encodes in user names and passwords (URL, 1.3, "userinfo percent-encode set").
const USERINFO: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'=')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'|');
/// What the URL standard encodes in queries.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

/// Every form of `value`, without line breaks.
pub(super) fn needles(value: &[u8]) -> BTreeSet<Needle> {
    let mut found = BTreeSet::new();
    let flat = flatten(value);
    // Half of the value or more is a hit, for a log that was cut and for a value that was printed in two
    // halves. Of an odd length the shorter half counts too.
    let need =
        if flat.len() > PIECE { flat.len() } else { (flat.len() / 2).max(PART).min(flat.len()) };
    add(&mut found, &flat, need, (false, false));
    for form in plain(value) {
        let form = flatten(&form);
        add(&mut found, &form, form.len(), (false, false));
    }
    for (form, edges) in base64(value) {
        add(&mut found, &form, form.len(), edges);
    }
    found
}

fn add(found: &mut BTreeSet<Needle>, bytes: &[u8], need: usize, edges: (bool, bool)) {
    if bytes.len() < SHORTEST {
        return;
    }
    if bytes.len() <= PIECE {
        // The raw form with its parts covers the same form in whole.
        if need < bytes.len() || !found.iter().any(|known| *known.bytes == *bytes) {
            found.insert(Needle { bytes: bytes.into(), need, edges });
        }
        return;
    }
    // The last piece overlaps the one before it, so that every piece has the full size.
    let last = bytes.len() - PIECE;
    for at in (0..last).step_by(PIECE).chain([last]) {
        let edges = (edges.0 && at == 0, edges.1 && at == last);
        found.insert(Needle { bytes: bytes[at..at + PIECE].into(), need: PIECE, edges });
    }
}

/// JSON, hexadecimal and percent forms.
fn plain(value: &[u8]) -> Vec<Vec<u8>> {
    let hex = |before: &str, upper: bool| {
        let mut text = String::with_capacity(value.len() * (before.len() + 2));
        for byte in value {
            let _ = if upper {
                write!(text, "{before}{byte:02X}")
            } else {
                write!(text, "{before}{byte:02x}")
            };
        }
        text
    };
    let mut forms = vec![hex("", false), hex("", true), hex("%", false), hex("%", true)];
    for set in [NON_ALPHANUMERIC, UNRESERVED, COMPONENT, USERINFO, QUERY] {
        let upper = percent_encoding::percent_encode(value, set).to_string();
        forms.push(lower_escapes(&upper));
        forms.push(upper);
    }
    let form: String = form_urlencoded::byte_serialize(value).collect();
    forms.push(lower_escapes(&form));
    forms.push(form);
    if let Ok(text) = std::str::from_utf8(value) {
        let json = serde_json::Value::from(text).to_string();
        let inside = json[1..json.len() - 1].to_owned();
        let ascii: String =
            inside.chars().map(|c| if c.is_ascii() { c.to_string() } else { utf16(c) }).collect();
        forms.extend([inside.replace('/', "\\/"), ascii.replace('/', "\\/"), inside, ascii]);
    }
    forms.into_iter().map(String::into_bytes).collect()
}

/// The character as a JSON writer that keeps to ASCII escapes it.
fn utf16(c: char) -> String {
    c.encode_utf16(&mut [0; 2]).iter().fold(String::new(), |mut text, unit| {
        let _ = write!(text, "\\u{unit:04x}");
        text
    })
}

/// The digits of percent escapes in lower case, everything else as it is.
fn lower_escapes(text: &str) -> String {
    let mut digits = 0;
    text.chars()
        .map(|c| {
            let lower = if digits > 0 { c.to_ascii_lowercase() } else { c };
            digits = if c == '%' { 2 } else { usize::saturating_sub(digits, 1) };
            lower
        })
        .collect()
}

/// The digits that depend on the value alone, for each place that it can have in a group of three bytes
/// and for both alphabets, and whether a digit beside them holds some of its bits.
fn base64(value: &[u8]) -> Vec<(Vec<u8>, (bool, bool))> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let padded = [&[0; 2][..before.min(2)], value].concat();
        // A digit holds 6 bits.
        let (first, last) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        for coder in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let digits = coder.encode(&padded).into_bytes();
            if let Some(own) = digits.get(first..last) {
                forms.push((own.to_vec(), (before > 0, padded.len() * 8 % 6 > 0)));
            }
        }
    }
    forms
}
