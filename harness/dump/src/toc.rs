//! Header and table of contents of an archive of pg_dump.

use std::collections::BTreeSet;
use std::io;

use crate::peek::Peek;

/// Minor versions of the format that are read: those of PostgreSQL 9.3 to 18.
const VERSIONS: std::ops::RangeInclusive<u8> = 12..=16;

/// Formats (`pg_backup.h`).
const CUSTOM: u8 = 1;
const LAST_FORMAT: u8 = 5;

/// The state of an entry that has no data (`pg_backup_archiver.h`, `K_OFFSET_NO_DATA`).
const NO_DATA: u8 = 3;

/// No word of a table of contents is longer; a definition may be a large function.
const LONGEST: i64 = 1 << 28;

/// How data is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Zlib,
    Lz4,
    Zstd,
}

/// What is read of an archive before its data.
pub(crate) enum Toc {
    /// It ends before the table does.
    Cut,
    /// Its header is none.
    Damaged,
    /// It is of a version that is not known, in words.
    Foreign(String),
    Read {
        /// True where the data follows in the same file.
        custom: bool,
        int_size: usize,
        compression: Compression,
        /// The entries that have data.
        with_data: BTreeSet<i64>,
    },
}

/// Reads header and table.
pub(crate) fn read_toc(peek: &mut Peek<'_>) -> io::Result<Toc> {
    let Some([_, _, _, _, _, major, minor, _, int_size, off_size, format]) = peek.take::<11>()?
    else {
        return Ok(Toc::Cut);
    };
    // There has never been another major version, and numbers have four bytes, or eight.
    let is_odd = major != 1 || !matches!(int_size, 4 | 8) || !matches!(off_size, 4 | 8);
    if is_odd || !(CUSTOM..=LAST_FORMAT).contains(&format) {
        return Ok(Toc::Damaged);
    }
    if !VERSIONS.contains(&minor) {
        let why = format!("pg_dump archives of version {major}.{minor} are not read here");
        return Ok(Toc::Foreign(why));
    }
    let layout =
        Layout { minor, int_size: usize::from(int_size), off_size: u64::from(off_size), format };
    Ok(table(peek, &layout)?.unwrap_or(Toc::Cut))
}

struct Layout {
    minor: u8,
    int_size: usize,
    off_size: u64,
    format: u8,
}

/// Nothing where the archive ends too early.
fn table(peek: &mut Peek<'_>, layout: &Layout) -> io::Result<Option<Toc>> {
    let Layout { minor, int_size, off_size, format } = *layout;
    let compression = if minor >= 15 {
        match peek.take::<1>()? {
            None => return Ok(None),
            Some([0]) => Compression::None,
            Some([1]) => Compression::Zlib,
            Some([2]) => Compression::Lz4,
            Some([3]) => Compression::Zstd,
            Some([other]) => {
                return Ok(Some(Toc::Foreign(format!(
                    "its data is compressed in a way {other} that is not read here"
                ))));
            }
        }
    } else {
        match int(peek, int_size)? {
            None => return Ok(None),
            Some(0) => Compression::None,
            Some(_) => Compression::Zlib,
        }
    };
    // The moment of creation: seconds to the flag of summer time.
    for _ in 0..7 {
        if int(peek, int_size)?.is_none() {
            return Ok(None);
        }
    }
    // Database, version of the server, version of pg_dump.
    if !words(peek, int_size, 3)? {
        return Ok(None);
    }
    let Some(entries) = int(peek, int_size)? else { return Ok(None) };
    let mut with_data = BTreeSet::new();
    for _ in 0..entries {
        let (Some(id), Some(_dumper)) = (int(peek, int_size)?, int(peek, int_size)?) else {
            return Ok(None);
        };
        // Both oids, tag and description; then the section.
        if !words(peek, int_size, 4)? || int(peek, int_size)?.is_none() {
            return Ok(None);
        }
        // Definition, statement to drop, statement to copy, schema, tablespace; access method.
        if !words(peek, int_size, if minor >= 14 { 6 } else { 5 })? {
            return Ok(None);
        }
        if minor >= 16 && int(peek, int_size)?.is_none() {
            return Ok(None);
        }
        // Owner, and whether rows have oids.
        if !words(peek, int_size, 2)? {
            return Ok(None);
        }
        loop {
            match word(peek, int_size)? {
                Word::Cut => return Ok(None),
                Word::None => break,
                Word::Passed => {}
            }
        }
        if format != CUSTOM {
            // The name of the file that has the data.
            if !words(peek, int_size, 1)? {
                return Ok(None);
            }
            continue;
        }
        let Some([state]) = peek.take::<1>()? else { return Ok(None) };
        if peek.skip(off_size)? < off_size {
            return Ok(None);
        }
        if state != NO_DATA {
            with_data.insert(id);
        }
    }
    Ok(Some(Toc::Read { custom: format == CUSTOM, int_size, compression, with_data }))
}

/// A number: its sign, then its bytes from the lowest on. Nothing where the input ends.
pub(crate) fn int(peek: &mut Peek<'_>, size: usize) -> io::Result<Option<i64>> {
    let ahead = peek.ahead(1 + size)?;
    let Some(bytes) = ahead.get(..=size) else { return Ok(None) };
    let value = bytes[1..].iter().rev().fold(0_i64, |value, byte| (value << 8) | i64::from(*byte));
    let value = if bytes[0] == 0 { value } else { value.wrapping_neg() };
    peek.skip(1 + size as u64)?;
    Ok(Some(value))
}

enum Word {
    Cut,
    None,
    Passed,
}

fn word(peek: &mut Peek<'_>, size: usize) -> io::Result<Word> {
    Ok(match int(peek, size)? {
        None => Word::Cut,
        Some(length) if length < 0 => Word::None,
        Some(length) if length > LONGEST => Word::Cut,
        Some(length) => {
            let length = length.unsigned_abs();
            if peek.skip(length)? < length { Word::Cut } else { Word::Passed }
        }
    })
}

/// True where `count` words were passed.
fn words(peek: &mut Peek<'_>, size: usize, count: usize) -> io::Result<bool> {
    for _ in 0..count {
        if matches!(word(peek, size)?, Word::Cut) {
            return Ok(false);
        }
    }
    Ok(true)
}
