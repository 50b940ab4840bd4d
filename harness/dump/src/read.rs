//! The way in: one dump, from its first byte to its last.

use std::io::{self, Read};

use crate::layer::{Layer, judge};
use crate::needle::Needle;
use crate::{Reading, Verdict};

/// Reads `input`, the dump called `name`, to its end and looks for `words` in everything that is in it,
/// compressed or not. An empty word is not looked for. The memory that this takes does not depend on the
/// length of the dump.
///
/// # Errors
/// Only those of `input` itself: then nothing is known of the dump.
pub fn read(name: &str, words: &[String], input: &mut dyn Read) -> io::Result<Reading> {
    let mut tap = Tap { inner: input, bytes: 0, failed: None };
    let needle = Needle::new(words);
    let mut layer = Layer::new(&needle);
    let file = name.rsplit('/').next().unwrap_or(name);
    let verdict = judge(&mut layer, file, &mut tap);
    let drained = verdict.is_ok() && io::copy(&mut tap, &mut io::sink()).is_ok();
    if let Some(error) = tap.failed {
        return Err(error);
    }
    debug_assert!(drained || verdict.is_err());
    let verdict = match (tap.bytes, verdict) {
        // The file of a collection without documents has no byte.
        (0, Ok(Verdict::Unproven(why))) => Verdict::Unproven(why),
        (0, _) => Verdict::broken("empty"),
        (_, verdict) => verdict.unwrap_or_else(|error| Verdict::unproven(error.to_string())),
    };
    let (form, source) = (layer.form, layer.source);
    Ok(Reading { verdict, form, source, bytes: tap.bytes, holds: needle.seen() })
}

/// Counts what comes and keeps an error of the input apart from those of the decoders.
struct Tap<'a> {
    inner: &'a mut dyn Read,
    bytes: u64,
    failed: Option<io::Error>,
}

impl Read for Tap<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.failed.is_some() {
            return Ok(0);
        }
        match self.inner.read(into) {
            Ok(count) => {
                self.bytes += count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.failed = Some(error);
                Ok(0)
            }
        }
    }
}
