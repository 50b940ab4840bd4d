//! Scripts of SQL: to the end of the last statement, in the words of the server that they are for.

use std::io::{self, BufRead as _};

use memchr::{memchr, memmem};

use crate::peek::Peek;
use crate::script::{Dialect, Script};

/// What a script ends in the middle of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inside {
    Statement,
    Quote,
    Comment,
    Dollar,
    Copy(String),
}

/// Bytes of the beginning of a statement that are kept.
const HEAD: usize = 96;

/// MariaDB's client reads what follows with less power.
const SANDBOX: &[u8] = b"/*M!999999";

/// Bytes of a line that are looked at, where a line means something.
const LINE: usize = 256;

/// Reads the script to its end.
pub(crate) fn scan(peek: &mut Peek<'_>) -> io::Result<Script> {
    let mut scan = Scan { peek, script: Script::default(), delimiter: b";".to_vec() };
    if scan.peek.ahead(3)?.starts_with(&[0xef, 0xbb, 0xbf]) {
        scan.peek.skip(3)?;
    }
    while scan.between()? {
        if let Some(inside) = scan.statement()? {
            scan.script.inside = Some(inside);
            break;
        }
    }
    Ok(scan.script)
}

struct Scan<'s, 'p> {
    peek: &'s mut Peek<'p>,
    script: Script,
    delimiter: Vec<u8>,
}

impl Scan<'_, '_> {
    /// Passes over what is no statement. True where a statement begins.
    fn between(&mut self) -> io::Result<bool> {
        loop {
            let ahead = self.peek.ahead(LINE)?;
            let Some(first) = ahead.first().copied() else { return Ok(false) };
            if first.is_ascii_whitespace() || first == 0 {
                self.peek.skip(1)?;
            } else if ahead.starts_with(b"--") || first == b'#' {
                self.comment_line()?;
            } else if ahead.starts_with(b"/*") && !is_code(ahead) {
                if ahead.starts_with(SANDBOX) {
                    self.script.dialect = Dialect::Mysql;
                }
                if !self.comment_block()? {
                    return Ok(false);
                }
            } else if first == b'\\' {
                // A command of psql, as `\connect`.
                self.script.psql_command();
                self.line()?;
            } else if self.delimiter_line()? || self.said_line()? {
                continue;
            } else if self.peek.ahead(self.delimiter.len())?.starts_with(&self.delimiter) {
                self.peek.skip(self.delimiter.len() as u64)?;
            } else {
                return Ok(true);
            }
        }
    }

    /// The rest of the line without its end, cut after some bytes.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            let here = self.peek.ahead(1)?;
            if here.is_empty() {
                return Ok(line);
            }
            let end = memchr(b'\n', here);
            let text = &here[..end.unwrap_or(here.len())];
            let room = LINE.saturating_sub(line.len()).min(text.len());
            line.extend_from_slice(&text[..room]);
            let passed = text.len() as u64;
            self.peek.skip(passed + u64::from(end.is_some()))?;
            if end.is_some() {
                return Ok(line);
            }
        }
    }

    fn comment_line(&mut self) -> io::Result<()> {
        let line = self.line()?;
        self.script.comment(&line);
        Ok(())
    }

    /// False where the comment does not end.
    fn comment_block(&mut self) -> io::Result<bool> {
        self.peek.skip(2)?;
        let ended = self.until(b"*/")?;
        if !ended {
            self.script.inside = Some(Inside::Comment);
        }
        Ok(ended)
    }

    /// Passes over everything up to and with `mark`; false where it does not come.
    fn until(&mut self, mark: &[u8]) -> io::Result<bool> {
        loop {
            let ahead = self.peek.ahead(mark.len())?;
            if let Some(at) = memmem::find(ahead, mark) {
                self.peek.skip((at + mark.len()) as u64)?;
                return Ok(true);
            }
            if ahead.len() < mark.len() {
                let rest = ahead.len() as u64;
                self.peek.skip(rest)?;
                return Ok(false);
            }
            // The mark may lie across the end of what is seen.
            let safe = (ahead.len() + 1 - mark.len()) as u64;
            self.peek.skip(safe)?;
        }
    }

    /// `DELIMITER ;;` is for the client of MySQL, not for its server.
    fn delimiter_line(&mut self) -> io::Result<bool> {
        let ahead = self.peek.ahead(LINE)?;
        let word = ahead.first_chunk::<10>().map(|word| word.to_ascii_lowercase());
        if word.as_deref() != Some(b"delimiter ") {
            return Ok(false);
        }
        let line = self.line()?;
        let new = line[10..].trim_ascii();
        if !new.is_empty() {
            self.delimiter = new.to_vec();
            self.script.dialect = Dialect::Mysql;
        }
        Ok(true)
    }

    /// A line of a program that went into the file in place of the screen: `pg_dump: error: …`.
    fn said_line(&mut self) -> io::Result<bool> {
        let ahead = self.peek.ahead(LINE)?;
        let word =
            ahead.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(byte));
        let length = word.count();
        let behind = ahead.get(length..).unwrap_or_default();
        let says = length > 0
            && (behind.starts_with(b": ")
                || behind.starts_with(b":\n")
                || behind.starts_with(b":\r"));
        if says {
            let line = self.line()?;
            self.script.said(&line);
        }
        Ok(says)
    }

    /// Passes over one statement; what it ends in the middle of, where the script ends before it does.
    fn statement(&mut self) -> io::Result<Option<Inside>> {
        let head = self.peek.ahead(HEAD)?;
        let head: Vec<u8> = head[..head.len().min(HEAD)].to_vec();
        self.script.begins(&head);
        let mut tail = Vec::new();
        let mut before = b' ';
        loop {
            let here = self.peek.ahead(1)?;
            if here.is_empty() {
                return Ok(Some(Inside::Statement));
            }
            let special = |byte: &u8| {
                matches!(byte, b'\'' | b'"' | b'`' | b'$' | b'-' | b'/' | b'#' | b';')
                    || *byte == self.delimiter[0]
            };
            let plain = here.iter().position(special).unwrap_or(here.len());
            if plain > 0 {
                before = here[plain - 1];
                keep_end(&mut tail, &here[..plain]);
                self.peek.skip(plain as u64)?;
                continue;
            }
            let byte = here[0];
            let ahead = self.peek.ahead(self.delimiter.len().max(4))?;
            if ahead.starts_with(&self.delimiter) {
                self.peek.skip(self.delimiter.len() as u64)?;
                let copies = self.script.ends(&head, &tail);
                return if copies { self.copy(&head) } else { Ok(None) };
            }
            let inside = self.special(byte, before)?;
            if inside.is_some() {
                return Ok(inside);
            }
            keep_end(&mut tail, &[byte]);
            before = byte;
        }
    }

    /// One special byte of a statement and what hangs on it.
    fn special(&mut self, byte: u8, before: u8) -> io::Result<Option<Inside>> {
        let mysql = self.script.dialect == Dialect::Mysql;
        let ahead = self.peek.ahead(3)?;
        match byte {
            b'\'' | b'"' | b'`' => {
                self.peek.skip(1)?;
                if byte == b'`' && self.script.dialect == Dialect::Unknown {
                    self.script.dialect = Dialect::Mysql;
                }
                let ended = self.quoted(byte, before)?;
                return Ok((!ended).then_some(Inside::Quote));
            }
            b'-' if ahead.starts_with(b"--") => {
                let spaced = ahead.get(2).is_none_or(u8::is_ascii_whitespace);
                if spaced || !mysql {
                    self.comment_line()?;
                } else {
                    self.peek.skip(1)?;
                }
            }
            b'#' if mysql => self.comment_line()?,
            b'/' if ahead.starts_with(b"/*") && !is_code(ahead) => {
                self.peek.skip(2)?;
                if !self.until(b"*/")? {
                    return Ok(Some(Inside::Comment));
                }
            }
            b'$' if !(mysql || before.is_ascii_alphanumeric() || before == b'_') => {
                return self.dollar();
            }
            _ => {
                self.peek.skip(1)?;
            }
        }
        Ok(None)
    }

    /// Passes over a quoted text whose first quote is behind; false where it does not end.
    fn quoted(&mut self, quote: u8, before: u8) -> io::Result<bool> {
        let mut escapes = quote != b'`' && self.script.escapes(quote, before);
        loop {
            let here = self.peek.ahead(1)?;
            if here.is_empty() {
                return Ok(false);
            }
            let mark = here.iter().position(|byte| *byte == quote || *byte == b'\\');
            let Some(at) = mark else {
                let all = here.len() as u64;
                self.peek.skip(all)?;
                continue;
            };
            let found = here[at];
            self.peek.skip(at as u64)?;
            let ahead = self.peek.ahead(3)?;
            if found == quote {
                self.peek.skip(1)?;
                // A doubled quote is two texts side by side; that ends in the same place.
                return Ok(true);
            }
            if !escapes && self.script.dialect == Dialect::Unknown && quote == b'\'' {
                // Only MySQL goes on behind a backslash and a quote.
                let behind = ahead.get(2).copied().unwrap_or(b';');
                let ends = ahead.get(1) != Some(&quote)
                    || behind.is_ascii_whitespace()
                    || b",);:|'".contains(&behind);
                if ends {
                    self.script.is_ambiguous |= ahead.get(1) == Some(&quote);
                } else {
                    self.script.dialect = Dialect::Mysql;
                    escapes = true;
                }
            }
            self.peek.skip(if escapes { 2 } else { 1 })?;
        }
    }

    /// A text of PostgreSQL between two equal tags, as `$body$`.
    fn dollar(&mut self) -> io::Result<Option<Inside>> {
        let ahead = self.peek.ahead(LINE)?;
        let tag = ahead[1..].iter().take(LINE - 2).position(|byte| *byte == b'$');
        let is_name = |tag: &[u8]| {
            tag.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80)
                && !tag.first().is_some_and(u8::is_ascii_digit)
        };
        let tag =
            tag.map(|end| ahead[..end + 2].to_vec()).filter(|tag| is_name(&tag[1..tag.len() - 1]));
        let Some(tag) = tag else {
            self.peek.skip(1)?;
            return Ok(None);
        };
        self.peek.skip(tag.len() as u64)?;
        let ended = self.until(&tag)?;
        Ok((!ended).then_some(Inside::Dollar))
    }

    /// The rows behind `COPY … FROM stdin;`, up to a line with `\.`.
    fn copy(&mut self, head: &[u8]) -> io::Result<Option<Inside>> {
        let table = String::from_utf8_lossy(head);
        let table = table.split_whitespace().nth(1).unwrap_or_default().to_owned();
        // The end of the line of the statement itself.
        self.line()?;
        loop {
            let ahead = self.peek.ahead(4)?;
            if ahead.is_empty() {
                return Ok(Some(Inside::Copy(table)));
            }
            let ends = ahead.starts_with(b"\\.")
                && ahead.get(2).is_none_or(|byte| matches!(byte, b'\n' | b'\r'));
            // The last row may lack its end.
            let whole = self.row()?;
            if ends {
                return Ok(None);
            }
            if !whole {
                return Ok(Some(Inside::Copy(table)));
            }
        }
    }

    /// Passes over a line; false where its end does not come.
    fn row(&mut self) -> io::Result<bool> {
        loop {
            let here = self.peek.fill_buf()?;
            if here.is_empty() {
                return Ok(false);
            }
            let end = memchr(b'\n', here);
            let count = end.map_or(here.len(), |end| end + 1);
            self.peek.consume(count);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

/// `/*!40101 SET … */` is code for MySQL; the mark of MariaDB's sandbox is a comment.
fn is_code(ahead: &[u8]) -> bool {
    (ahead.starts_with(b"/*!") || ahead.starts_with(b"/*M!")) && !ahead.starts_with(SANDBOX)
}

fn keep_end(tail: &mut Vec<u8>, bytes: &[u8]) {
    tail.extend_from_slice(&bytes[bytes.len().saturating_sub(HEAD)..]);
    let drop = tail.len().saturating_sub(HEAD);
    tail.drain(..drop);
}
