//! A buffered reader that can look ahead, and that searches what passes for a word.

use std::io::{self, BufRead, Read};

use crate::needle::Needle;

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// A reader with a window onto what comes next.
pub(crate) struct Peek<'a> {
    inner: &'a mut dyn Read,
    needle: &'a Needle,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    /// Bytes that were taken from the reader.
    taken: u64,
    ended: bool,
    /// The last bytes that were searched: a word may lie across two reads.
    carry: Vec<u8>,
}

impl<'a> Peek<'a> {
    pub(crate) fn new(inner: &'a mut dyn Read, needle: &'a Needle) -> Self {
        Self {
            inner,
            needle,
            buffer: Vec::new(),
            at: 0,
            filled: 0,
            taken: 0,
            ended: false,
            carry: Vec::new(),
        }
    }

    /// At least `wanted` bytes that come next, fewer only at the end.
    pub(crate) fn ahead(&mut self, wanted: usize) -> io::Result<&[u8]> {
        while self.filled - self.at < wanted && !self.ended {
            self.more()?;
        }
        Ok(&self.buffer[self.at..self.filled])
    }

    /// True where nothing comes any more.
    pub(crate) fn is_at_end(&mut self) -> io::Result<bool> {
        Ok(self.ahead(1)?.is_empty())
    }

    /// Bytes that went out of here.
    pub(crate) fn passed(&self) -> u64 {
        self.taken - (self.filled - self.at) as u64
    }

    /// Reads to the end and gives the number of bytes.
    pub(crate) fn drain(&mut self) -> io::Result<u64> {
        let before = self.passed();
        while !self.is_at_end()? {
            self.at = self.filled;
        }
        Ok(self.passed() - before)
    }

    /// Passes over `count` bytes; fewer where the end comes first.
    pub(crate) fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut left = count;
        while left > 0 && !self.is_at_end()? {
            let here = (self.filled - self.at) as u64;
            let step = here.min(left);
            self.at += usize::try_from(step).unwrap_or(usize::MAX);
            left -= step;
        }
        Ok(count - left)
    }

    /// Exactly `N` bytes, or nothing where fewer are left.
    pub(crate) fn take<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        let ahead = self.ahead(N)?;
        let Some(bytes) = ahead.first_chunk::<N>().copied() else { return Ok(None) };
        self.at += N;
        Ok(Some(bytes))
    }

    /// Puts bytes back that a decoder took and did not need.
    pub(crate) fn unread(&mut self, bytes: &[u8]) {
        self.buffer.splice(self.at..self.at, bytes.iter().copied());
        self.filled += bytes.len();
    }

    fn more(&mut self) -> io::Result<()> {
        if self.at > 0 {
            self.buffer.copy_within(self.at..self.filled, 0);
            self.filled -= self.at;
            self.at = 0;
        }
        if self.buffer.len() < self.filled + CHUNK {
            self.buffer.resize(self.filled + CHUNK, 0);
        }
        let read = loop {
            match self.inner.read(&mut self.buffer[self.filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.ended = read == 0;
        self.taken += read as u64;
        let new = self.filled..self.filled + read;
        self.filled += read;
        self.needle.look(&mut self.carry, &self.buffer[new]);
        Ok(())
    }
}

impl Read for Peek<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let here = self.fill_buf()?;
        let count = here.len().min(into.len());
        into[..count].copy_from_slice(&here[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Peek<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.ahead(1)
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.filled);
    }
}
