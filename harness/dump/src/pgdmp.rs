//! Archives of `pg_dump --format=custom`, and the table of contents of the other two formats.
//!
//! The layout is that of `pg_backup_archiver.c` and `pg_backup_custom.c`: a header, a table of contents,
//! then a block for each entry that has data. What the table promises has to be there.

use std::collections::BTreeSet;
use std::io::{self, Read};

use flate2::read::ZlibDecoder;

use crate::form::Form;
use crate::layer::Layer;
use crate::members::{End, Members};
use crate::peek::Peek;
use crate::toc::{Compression, Toc, int, read_toc};
use crate::{Source, Verdict};

/// Kinds of blocks (`pg_backup_archiver.h`).
const DATA: u8 = 1;
const BLOBS: u8 = 3;

pub(crate) fn judge(layer: &mut Layer<'_>, peek: &mut Peek<'_>) -> io::Result<Verdict> {
    layer.is("pg_dump archive");
    layer.source = layer.source.or(Some(Source::Postgres));
    let toc = match read_toc(peek)? {
        Toc::Cut => {
            return Ok(Verdict::broken(
                "cut off: it ends inside the table of contents of its pg_dump archive",
            ));
        }
        Toc::Damaged => {
            return Ok(Verdict::broken("no archive of pg_dump: its header contradicts itself"));
        }
        Toc::Foreign(why) => return Ok(Verdict::Unproven(why)),
        Toc::Read { custom: false, .. } => return Ok(Verdict::Whole),
        toc @ Toc::Read { .. } => toc,
    };
    let Toc::Read { int_size, with_data, compression, .. } = toc else {
        return Ok(Verdict::unproven("its form is not known here"));
    };
    let mut missing = with_data.clone();
    match blocks(layer, peek, (int_size, compression), &mut missing)? {
        Ok(()) if missing.is_empty() => Ok(Verdict::Whole),
        Ok(()) => Ok(Verdict::broken(format!(
            "cut off: the data of {} of {} entries of its table of contents is not in it",
            missing.len(),
            with_data.len()
        ))),
        Err(words) => Ok(Verdict::broken(format!(
            "{words}, and the data of {} of {} entries of its table of contents was read",
            with_data.len() - missing.len(),
            with_data.len()
        ))),
    }
}

/// Reads blocks to the end and strikes what is whole from `missing`.
fn blocks(
    layer: &Layer<'_>,
    peek: &mut Peek<'_>,
    (int_size, compression): (usize, Compression),
    missing: &mut BTreeSet<i64>,
) -> io::Result<Result<(), String>> {
    let cut = || Ok(Err("cut off: it ends inside a block of data".to_owned()));
    while let Some([kind]) = peek.take::<1>()? {
        let Some(id) = int(peek, int_size)? else { return cut() };
        match kind {
            DATA => match block(layer, peek, int_size, compression)? {
                Ok(()) => {}
                Err(words) => return Ok(Err(words)),
            },
            BLOBS => loop {
                match int(peek, int_size)? {
                    None => return cut(),
                    Some(0) => break,
                    Some(_) => {}
                }
                if let Err(words) = block(layer, peek, int_size, compression)? {
                    return Ok(Err(words));
                }
            },
            other => return Ok(Err(format!("damaged: it has a block of unknown kind {other}"))),
        }
        missing.remove(&id);
    }
    Ok(Ok(()))
}

/// One block: pieces with their lengths, and a length of zero behind the last.
fn block(
    layer: &Layer<'_>,
    peek: &mut Peek<'_>,
    int_size: usize,
    compression: Compression,
) -> io::Result<Result<(), String>> {
    let mut pieces = Pieces { peek, int_size, left: 0, end: None };
    let decompressed = match compression {
        Compression::None => {
            Peek::new(&mut pieces, layer.needle).drain()?;
            Ok(())
        }
        Compression::Zlib => {
            let mut decoder = ZlibDecoder::new(&mut pieces);
            match Peek::new(&mut decoder, layer.needle).drain() {
                Ok(_) => Ok(()),
                Err(error) => Err(error.to_string()),
            }
        }
        Compression::Lz4 => members(layer, Form::Lz4, &mut pieces),
        Compression::Zstd => members(layer, Form::Zstd, &mut pieces),
    };
    io::copy(&mut pieces, &mut io::sink())?;
    Ok(match (pieces.end, decompressed) {
        (Some(true), Ok(())) => Ok(()),
        (Some(true), Err(how)) => {
            Err(format!("damaged: a block of data cannot be decompressed: {how}"))
        }
        (Some(false) | None, _) => Err("cut off: it ends inside a block of data".to_owned()),
    })
}

fn members(layer: &Layer<'_>, form: Form, pieces: &mut dyn Read) -> Result<(), String> {
    let mut input = Peek::new(pieces, layer.needle);
    let mut members = Members::new(form, &mut input);
    Peek::new(&mut members, layer.needle).drain().map_err(|error| error.to_string())?;
    match members.end().0 {
        End::Whole | End::TooLarge(_) => Ok(()),
        End::Cut => Err("it ends too early".to_owned()),
        End::Damaged(how) => Err(how),
    }
}

/// The bytes of a block.
struct Pieces<'s, 'p> {
    peek: &'s mut Peek<'p>,
    int_size: usize,
    left: u64,
    /// True once the length of zero was read, false where the input ended before.
    end: Option<bool>,
}

impl Read for Pieces<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.end.is_some() || into.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            let length = int(self.peek, self.int_size)?;
            match length.map(u64::try_from) {
                Some(Ok(0)) => self.end = Some(true),
                Some(Ok(length)) => self.left = length,
                Some(Err(_)) | None => self.end = Some(false),
            }
            if self.end.is_some() {
                return Ok(0);
            }
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let count = self.peek.read(&mut into[..most])?;
        self.left -= count as u64;
        if count == 0 {
            self.end = Some(false);
        }
        Ok(count)
    }
}
