//! Zip archives: every member to its last byte and check sum, and the directory behind them (APPNOTE 4.3).

use std::io::{self, Read};

use flate2::bufread::DeflateDecoder;

use crate::Verdict;
use crate::form::called_like_a_dump;
use crate::layer::Layer;
use crate::peek::Peek;

const MEMBER: &[u8] = b"PK\x03\x04";
const DIRECTORY: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";

/// The flag of a member whose sizes stand behind its data.
const SIZES_BEHIND: u16 = 8;
/// The flag of an encrypted member.
const ENCRYPTED: u16 = 1;

pub(crate) fn judge(layer: &mut Layer<'_>, peek: &mut Peek<'_>) -> io::Result<Verdict> {
    layer.is("zip");
    let (mut members, mut broken) = (0_u64, None);
    loop {
        let ahead = peek.ahead(4)?;
        if !ahead.starts_with(MEMBER) {
            break;
        }
        match member(layer, peek)? {
            Member::Whole(None) => {}
            Member::Whole(Some(words)) => {
                broken.get_or_insert(words);
            }
            Member::Wrong(words) => {
                return Ok(Verdict::broken(format!("{words}, after {members} whole members")));
            }
            Member::Closed(why) => return Ok(Verdict::unproven(why)),
        }
        members += 1;
    }
    if let Some(words) = broken {
        return Ok(Verdict::Broken(words));
    }
    if !directory(peek)? {
        return Ok(Verdict::broken(format!(
            "cut off: it ends before the end of its zip directory, after {members} whole members"
        )));
    }
    Ok(if members == 0 { Verdict::broken("empty: its zip has no member") } else { Verdict::Whole })
}

enum Member {
    /// Whole; what is wrong with the dump that it is.
    Whole(Option<String>),
    Wrong(String),
    Closed(&'static str),
}

fn member(layer: &mut Layer<'_>, peek: &mut Peek<'_>) -> io::Result<Member> {
    let cut = |what: &str| Ok(Member::Wrong(format!("cut off: it ends inside {what} of its zip")));
    let Some(header) = peek.take::<30>()? else { return cut("the header of a member") };
    let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let long = |at: usize| {
        header[at..].first_chunk::<4>().map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
    };
    let (flags, method, sum, mut size) = (short(6), short(8), long(14), long(18));
    let (name_length, extra_length) = (usize::from(short(26)), usize::from(short(28)));
    let ahead = peek.ahead(name_length + extra_length)?;
    if ahead.len() < name_length + extra_length {
        return cut("the header of a member");
    }
    let name = String::from_utf8_lossy(&ahead[..name_length]).into_owned();
    if size == u64::from(u32::MAX) {
        size = size_64(&ahead[name_length..name_length + extra_length]).unwrap_or(size);
    }
    peek.skip((name_length + extra_length) as u64)?;
    let behind = flags & SIZES_BEHIND != 0;
    if flags & ENCRYPTED != 0 {
        return Ok(Member::Closed("its zip is encrypted"));
    }
    let read = match method {
        8 => data(layer, &name, &mut DeflateDecoder::new(&mut *peek)),
        0 if !behind => {
            let mut stored = Read::take(&mut *peek, size);
            let read = data(layer, &name, &mut stored);
            if stored.limit() > 0 {
                return cut(&format!("the member {name}"));
            }
            read
        }
        _ => return Ok(Member::Closed("its zip has members in a form that is not read here")),
    };
    let (found, broken) = match read {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return cut(&format!("the member {name}"));
        }
        Err(error) => {
            return Ok(Member::Wrong(format!(
                "damaged: its member {name} cannot be decompressed: {error}"
            )));
        }
    };
    let sum = if behind {
        let Some(sum) = descriptor(peek)? else { return cut(&format!("the member {name}")) };
        sum
    } else {
        sum
    };
    if u64::from(found) != sum {
        return Ok(Member::Wrong(format!(
            "damaged: the check sum of its member {name} is another"
        )));
    }
    Ok(Member::Whole(broken.map(|words| format!("broken inside: its member {name} is {words}"))))
}

/// Reads the data of a member: its sum, and what is wrong with the dump that it is.
fn data(
    layer: &mut Layer<'_>,
    name: &str,
    input: &mut dyn Read,
) -> io::Result<(u32, Option<String>)> {
    let mut summed = Summed { inner: input, sum: crc32fast::Hasher::new(), bytes: 0, failed: None };
    let verdict = if called_like_a_dump(name) {
        layer.inside(name, &mut summed).ok()
    } else {
        Peek::new(&mut summed, layer.needle).drain()?;
        None
    };
    io::copy(&mut summed, &mut io::sink())?;
    if let Some(error) = summed.failed {
        return Err(error);
    }
    let broken = match verdict {
        Some(Verdict::Broken(words)) if summed.bytes > 0 => Some(words),
        Some(Verdict::Broken(_) | Verdict::Whole | Verdict::Unproven(_)) | None => None,
    };
    Ok((summed.sum.finalize(), broken))
}

struct Summed<'a> {
    inner: &'a mut dyn Read,
    sum: crc32fast::Hasher,
    bytes: u64,
    failed: Option<io::Error>,
}

impl Read for Summed<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.failed.is_some() {
            return Ok(0);
        }
        match self.inner.read(into) {
            Ok(count) => {
                self.sum.update(&into[..count]);
                self.bytes += count as u64;
                Ok(count)
            }
            Err(error) => {
                self.failed = Some(error);
                Ok(0)
            }
        }
    }
}

/// The compressed size of a large member (APPNOTE 4.5.3): its uncompressed size stands before it.
fn size_64(mut extra: &[u8]) -> Option<u64> {
    while let Some(head) = extra.first_chunk::<4>() {
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let body = extra.get(4..4 + length)?;
        if head[..2] == [1, 0] {
            return body.get(8..)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes));
        }
        extra = &extra[4 + length..];
    }
    None
}

/// The sum behind the data of a member; its sizes have four or eight bytes each.
fn descriptor(peek: &mut Peek<'_>) -> io::Result<Option<u64>> {
    let signed = peek.ahead(28)?.starts_with(DESCRIPTOR);
    let start = if signed { 4 } else { 0 };
    let ahead = peek.ahead(start + 24)?;
    let Some(sum) = ahead.get(start..).and_then(|bytes| bytes.first_chunk::<4>()) else {
        return Ok(None);
    };
    let sum = u64::from(u32::from_le_bytes(*sum));
    let next = |at: usize| ahead.get(start + at..start + at + 2) == Some(b"PK");
    let length = if next(12) || !next(20) { 12 } else { 20 };
    let length = (start + length) as u64;
    Ok((peek.skip(length)? == length).then_some(sum))
}

/// Passes over the directory; true where its end is there.
fn directory(peek: &mut Peek<'_>) -> io::Result<bool> {
    loop {
        let ahead = peek.ahead(46)?;
        let short = |at: usize| {
            ahead.get(at..at + 2).map_or(0, |b| u64::from(u16::from_le_bytes([b[0], b[1]])))
        };
        if ahead.starts_with(END) {
            let length = 22 + short(20);
            return Ok(peek.skip(length)? == length);
        }
        let length = if ahead.starts_with(DIRECTORY) {
            46 + short(28) + short(30) + short(32)
        } else if ahead.starts_with(END_64) {
            56
        } else if ahead.starts_with(b"PK\x06\x07") {
            20
        } else {
            return Ok(false);
        };
        if peek.skip(length)? < length {
            return Ok(false);
        }
    }
}
