//! Tar archives: every member to its last byte, and the two empty blocks at the end.

use std::io::{self, Read};

use tar::{Archive, EntryType};

use crate::form::called_like_a_dump;
use crate::layer::Layer;
use crate::peek::Peek;
use crate::{Source, Verdict};

pub(crate) fn judge(layer: &mut Layer<'_>, peek: &mut Peek<'_>) -> io::Result<Verdict> {
    layer.is("tar");
    let mut tail = Tail { input: peek, ended: false };
    let found = members(layer, &mut tail);
    let marked = !tail.ended;
    Ok(match found {
        Ok(Members { broken: Some(words), .. }) => Verdict::Broken(words),
        Err(words) => Verdict::Broken(words),
        Ok(Members { count: 0, .. }) => Verdict::broken("empty: its tar archive has no member"),
        Ok(Members { .. }) if !marked => Verdict::unproven(
            "its tar archive lacks the empty blocks at its end; all its members are whole",
        ),
        Ok(Members { dump: Some(toc), .. }) => toc,
        Ok(Members { .. }) => Verdict::Whole,
    })
}

struct Members {
    count: u64,
    /// The first member that is a broken dump.
    broken: Option<String>,
    /// What `pg_dump --format=tar` says of itself.
    dump: Option<Verdict>,
}

fn members(layer: &mut Layer<'_>, input: &mut dyn Read) -> Result<Members, String> {
    let mut found = Members { count: 0, broken: None, dump: None };
    let mut archive = Archive::new(input);
    let place = |found: &Members| format!("after {} whole members", found.count);
    let entries = archive.entries().map_err(|error| format!("no tar archive: {error}"))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| {
            format!("cut off inside its tar archive, {}: {error}", place(&found))
        })?;
        let name = entry.path().map_or_else(|_| String::new(), |path| path.display().to_string());
        let size = entry.size();
        if !matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Continuous) {
            found.count += 1;
            continue;
        }
        let mut counted = Counted { inner: &mut entry, bytes: 0 };
        if called_like_a_dump(&name) && size > 0 {
            let verdict = layer.inside(&name, &mut counted);
            if let (Ok(Verdict::Broken(words)), None) = (verdict, &found.broken) {
                found.broken = Some(format!("broken inside: its member {name} is {words}"));
            }
        } else if name == "toc.dat" {
            layer.source = Some(Source::Postgres);
            found.dump = layer.inside(&name, &mut counted).ok();
        } else {
            // Also searched for the word.
            let mut peek = Peek::new(&mut counted, layer.needle);
            let _ = peek.drain();
        }
        let _ = io::copy(&mut counted, &mut io::sink());
        if counted.bytes < size {
            let left = size - counted.bytes;
            return Err(format!(
                "cut off: it ends inside the member {name} of its tar archive, {left} bytes too early"
            ));
        }
        found.count += 1;
    }
    Ok(found)
}

struct Counted<'a> {
    inner: &'a mut dyn Read,
    bytes: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

/// Knows whether the archive's reader came to the end of the input. It stops before that where it finds the
/// empty blocks.
struct Tail<'s, 'p> {
    input: &'s mut Peek<'p>,
    ended: bool,
}

impl Read for Tail<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(into)?;
        self.ended |= count == 0 && !into.is_empty();
        Ok(count)
    }
}
