//! SQLite databases that are read as a stream: the header says how many pages follow. A database that
//! lies in a file of its own is asked by SQLite itself.

use std::io;

use crate::layer::Layer;
use crate::peek::Peek;
use crate::{Source, Verdict};

pub(crate) fn judge(layer: &mut Layer<'_>, peek: &mut Peek<'_>) -> io::Result<Verdict> {
    layer.is("SQLite database");
    layer.source = layer.source.or(Some(Source::Sqlite));
    let Some(header) = peek.take::<100>()? else {
        return Ok(Verdict::broken("cut off: it ends inside the header of its database"));
    };
    let long =
        |at: usize| header[at..].first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    let size = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65536,
        size => u64::from(size),
    };
    let found = 100 + peek.drain()?;
    // SQLite, "Database File Format", 1.3.8: the number of pages is valid where these two agree.
    let pages = if long(24) == long(92) { u64::from(long(28)) } else { 0 };
    let expected = pages * size;
    Ok(if pages == 0 || size == 0 {
        Verdict::unproven("its header does not say how long its database is")
    } else if found < expected {
        Verdict::broken(format!(
            "cut off: its database has {expected} bytes, and {found} are there"
        ))
    } else {
        Verdict::Whole
    })
}
