//! 7z archives: the first 32 bytes say where the directory of the archive lies and what its check sum is
//! (`7zFormat.txt`, "SignatureHeader"). The directory is the last thing that is written and the last in the
//! file, so a file that was cut off is known by it. The data is packed in a way that cannot be read as a
//! stream, so what is in it is not known.

use std::io;

use crate::Verdict;
use crate::layer::Layer;
use crate::peek::Peek;

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

pub(crate) fn judge(layer: &mut Layer<'_>, peek: &mut Peek<'_>) -> io::Result<Verdict> {
    layer.is("7z");
    let Some(header) = peek.take::<32>()? else {
        return Ok(Verdict::broken("cut off: it ends inside the header of its 7z archive"));
    };
    let long =
        |at: usize| header[at..].first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let sum =
        |at: usize| header[at..].first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    if header[8..].iter().all(|byte| *byte == 0) {
        return Ok(Verdict::broken(
            "cut off: its 7z archive has no directory, which is written at the end",
        ));
    }
    if sum(8) != crc32fast::hash(&header[12..]) {
        return Ok(Verdict::broken("damaged: the header of its 7z archive has another check sum"));
    }
    let (packed, directory) = (long(12), long(20));
    if directory == 0 {
        return Ok(Verdict::broken("empty: its 7z archive has no member"));
    }
    let cut = |found: u64| {
        let expected = packed.saturating_add(directory);
        Ok(Verdict::broken(format!(
            "cut off: its 7z archive has {expected} bytes behind its header, and {found} are there"
        )))
    };
    let found = peek.skip(packed)?;
    if found < packed {
        return cut(found);
    }
    let (mut read, mut digest) = (0, crc32fast::Hasher::new());
    while read < directory {
        let ahead = peek.ahead(CHUNK)?;
        if ahead.is_empty() {
            return cut(packed + read);
        }
        let here = (ahead.len() as u64).min(directory - read);
        digest.update(&ahead[..usize::try_from(here).unwrap_or(ahead.len())]);
        read += peek.skip(here)?;
    }
    Ok(if digest.finalize() == sum(28) {
        Verdict::unproven(
            "a 7z archive, whose directory is whole and whose data is not unpacked here",
        )
    } else {
        Verdict::broken("damaged: the directory of its 7z archive has another check sum")
    })
}
