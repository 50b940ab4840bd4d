//! The members of a compressed file as one stream of their data.

use std::error::Error;
use std::io::{self, Read};

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;
use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder as ZstdDecoder};

use crate::form::Form;
use crate::lzip::Lzip;
use crate::peek::Peek;

/// Memory for one decoder of xz, in KiB: its strongest level wants 65 MiB.
const XZ_MEMORY_KIB: u32 = 128 * 1024;

/// How the compressed bytes end.
#[derive(Debug)]
pub(crate) enum End {
    /// With a member's own end. What follows and is no member is ignored, as every decompressor does.
    Whole,
    /// Inside a member.
    Cut,
    /// A member contradicts itself.
    Damaged(String),
    /// A member asks for more memory than it is given.
    TooLarge(String),
}

/// A reader of all members.
pub(crate) struct Members<'s, 'p> {
    form: Form,
    now: Now<'s, 'p>,
    begun: u64,
    bytes: u64,
    end: End,
}

type Input<'s, 'p> = &'s mut Peek<'p>;

/// What is being read.
enum Now<'s, 'p> {
    Between(Input<'s, 'p>),
    Gzip(GzDecoder<Input<'s, 'p>>),
    Bzip2(BzDecoder<Input<'s, 'p>>),
    Xz(XzReader<Input<'s, 'p>>),
    Zstd(Box<ZstdDecoder>, Input<'s, 'p>),
    Lz4(Box<Lz4Decoder<Guarded<'s, 'p>>>),
    Lzip(Box<Lzip<'s, 'p>>),
    Over,
}

impl<'s, 'p> Members<'s, 'p> {
    pub(crate) fn new(form: Form, peek: Input<'s, 'p>) -> Self {
        Self { form, now: Now::Between(peek), begun: 0, bytes: 0, end: End::Whole }
    }

    /// How it ended, and how many bytes of data it held.
    pub(crate) fn end(self) -> (End, u64) {
        (self.end, self.bytes)
    }

    /// The decoder of the next member. `Now::Over` where no member follows, an [`End`] where one is cut off.
    fn next(&mut self, input: Input<'s, 'p>) -> Result<Now<'s, 'p>, End> {
        if self.begun > 0 || self.form == Form::Zstd {
            skip_between(self.form, input)?;
        }
        let head = input.ahead(16).map_err(|error| failed(&error))?;
        // The first member was recognised already.
        if head.is_empty() || self.begun > 0 && Form::of(head) != self.form {
            let begins = !head.is_empty() && self.form.magic().starts_with(head);
            return if begins { Err(End::Cut) } else { Ok(Now::Over) };
        }
        self.begun += 1;
        Ok(match self.form {
            Form::Gzip => Now::Gzip(GzDecoder::new(input)),
            Form::Bzip2 => Now::Bzip2(BzDecoder::new(input)),
            Form::Xz => Now::Xz(XzReader::new_mem_limit(input, false, XZ_MEMORY_KIB)),
            Form::Lz4 => Now::Lz4(Box::new(Lz4Decoder::new(Guarded { input, past: 0 }))),
            Form::Lzip => Now::Lzip(Box::new(Lzip::begin(input)?)),
            Form::Zstd => {
                let mut decoder = Box::new(ZstdDecoder::new());
                decoder.init(&mut *input).map_err(|error| zstd_failed(&error, input))?;
                Now::Zstd(decoder, input)
            }
            Form::Tar
            | Form::Zip
            | Form::SevenZip
            | Form::Pgdmp
            | Form::Mongodump
            | Form::Sqlite
            | Form::Rdb
            | Form::Aof
            | Form::Closed(_)
            | Form::Text
            | Form::Unknown => Now::Over,
        })
    }

    /// Reads some bytes of the member; 0 at its end, with what is left of the input.
    fn step(now: Now<'s, 'p>, into: &mut [u8]) -> Result<(usize, Now<'s, 'p>), End> {
        let read = |result: io::Result<usize>| result.map_err(|error| failed(&error));
        Ok(match now {
            Now::Between(_) | Now::Over => (0, now),
            Now::Gzip(mut decoder) => match read(decoder.read(into))? {
                0 => (0, Now::Between(decoder.into_inner())),
                count => (count, Now::Gzip(decoder)),
            },
            Now::Bzip2(mut decoder) => match read(decoder.read(into))? {
                0 => (0, Now::Between(decoder.into_inner())),
                count => (count, Now::Bzip2(decoder)),
            },
            Now::Xz(mut decoder) => match read(decoder.read(into))? {
                0 => (0, Now::Between(decoder.into_inner())),
                count => (count, Now::Xz(decoder)),
            },
            Now::Lz4(mut decoder) => {
                let count = decoder.read(into);
                if decoder.get_ref().past > 0 {
                    return Err(End::Cut);
                }
                match read(count)? {
                    0 => (0, Now::Between(decoder.into_inner().input)),
                    count => (count, Now::Lz4(decoder)),
                }
            }
            Now::Lzip(mut decoder) => match read(decoder.read(into))? {
                0 => (0, Now::Between(decoder.end()?)),
                count => (count, Now::Lzip(decoder)),
            },
            Now::Zstd(mut decoder, input) => {
                while decoder.can_collect() == 0 && !decoder.is_finished() {
                    let some = BlockDecodingStrategy::UptoBlocks(1);
                    let done = decoder.decode_blocks(&mut *input, some);
                    done.map_err(|error| zstd_failed(&error, input))?;
                }
                match read(decoder.read(into))? {
                    0 => {
                        let said = decoder.get_checksum_from_data();
                        if said.is_some() && said != decoder.get_calculated_checksum() {
                            return Err(End::Damaged("its check sum is another".to_owned()));
                        }
                        (0, Now::Between(input))
                    }
                    count => (count, Now::Zstd(decoder, input)),
                }
            }
        })
    }
}

impl Read for Members<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            let stepped = match std::mem::replace(&mut self.now, Now::Over) {
                Now::Over => return Ok(0),
                Now::Between(input) => self.next(input).map(|now| (0, now)),
                now => Self::step(now, into),
            };
            match stepped {
                Ok((count, now)) => {
                    self.now = now;
                    self.bytes += count as u64;
                    if count > 0 {
                        return Ok(count);
                    }
                }
                // What was decompressed so far is judged; the end outranks that.
                Err(end) => self.end = end,
            }
        }
    }
}

/// Passes over what may stand between two members.
fn skip_between(form: Form, input: &mut Peek<'_>) -> Result<(), End> {
    let failed = |error: io::Error| failed(&error);
    loop {
        let head = input.ahead(8).map_err(failed)?;
        let frame = head.len() >= 4 && head[0] & 0xf0 == 0x50 && head[1..4] == [0x2a, 0x4d, 0x18];
        if frame && matches!(form, Form::Zstd | Form::Lz4) {
            let Some(length) = head.get(4..8).and_then(|bytes| bytes.first_chunk::<4>()) else {
                return Err(End::Cut);
            };
            let length = 8 + u64::from(u32::from_le_bytes(*length));
            if input.skip(length).map_err(failed)? < length {
                return Err(End::Cut);
            }
        } else if head.first() == Some(&0) {
            // Tapes and block devices are filled up with zeros.
            input.skip(1).map_err(failed)?;
        } else {
            return Ok(());
        }
    }
}

pub(crate) fn failed(error: &io::Error) -> End {
    match error.kind() {
        io::ErrorKind::OutOfMemory => End::TooLarge(error.to_string()),
        _ if is_the_end(error) => End::Cut,
        _ => End::Damaged(error.to_string()),
    }
}

fn zstd_failed(error: &FrameDecoderError, input: &mut Peek<'_>) -> End {
    if matches!(error, FrameDecoderError::WindowSizeTooBig { .. }) {
        return End::TooLarge(error.to_string());
    }
    // Not every error of a header names the one under it.
    if is_the_end(error) || input.is_at_end().unwrap_or(true) {
        End::Cut
    } else {
        End::Damaged(error.to_string())
    }
}

/// True where the cause is an input that ended too soon.
fn is_the_end(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            if io.kind() == io::ErrorKind::UnexpectedEof {
                return true;
            }
            if io.get_ref().is_some_and(|inner| is_the_end(inner)) {
                return true;
            }
        }
        next = error.source();
    }
    false
}

/// The decoder of lz4 takes an input that ends between two blocks for the end of the frame. This reader adds
/// zeros, which are lz4's end mark, behind the input. A frame that read one of them was cut off.
struct Guarded<'s, 'p> {
    input: Input<'s, 'p>,
    past: usize,
}

impl Read for Guarded<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(into)?;
        if count > 0 || into.is_empty() || self.past > 64 {
            return Ok(count);
        }
        into.fill(0);
        self.past += into.len();
        Ok(into.len())
    }
}
