//! Append-only files of Redis and Valkey: commands, each with the lengths of its words.

use std::io;

use crate::layer::Layer;
use crate::peek::Peek;
use crate::{Source, Verdict};

/// A number in a command is never longer.
const LONGEST: usize = 24;

pub(crate) fn judge(layer: &mut Layer<'_>, peek: &mut Peek<'_>) -> io::Result<Verdict> {
    layer.is("append-only file");
    layer.source = layer.source.or(Some(Source::Redis));
    let mut commands = 0_u64;
    loop {
        match peek.ahead(1)?.first() {
            None => break,
            Some(b'#') => {
                if line(peek)?.is_none() {
                    return Ok(cut(commands));
                }
                continue;
            }
            Some(_) => {}
        }
        let Some(words) = number(peek, b'*')? else { return Ok(cut(commands)) };
        for _ in 0..words {
            let Some(length) = number(peek, b'$')? else { return Ok(cut(commands)) };
            // Each word has an end of line behind it.
            if peek.skip(length)? < length || peek.take::<2>()? != Some(*b"\r\n") {
                return Ok(cut(commands));
            }
        }
        commands += 1;
    }
    Ok(Verdict::unproven(format!(
        "an append-only file has no end mark: its {commands} commands are whole"
    )))
}

fn cut(commands: u64) -> Verdict {
    Verdict::broken(format!("cut off: it ends inside a command, after {commands} whole ones"))
}

/// The number behind `sign`, up to the end of its line; nothing where the bytes are anything else.
fn number(peek: &mut Peek<'_>, sign: u8) -> io::Result<Option<u64>> {
    let line = line(peek)?;
    let digits = line.as_deref().and_then(|line| line.strip_prefix(&[sign]));
    let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
    Ok(digits.and_then(|digits| digits.parse().ok()))
}

/// A short line without its end; nothing where the end is missing.
fn line(peek: &mut Peek<'_>) -> io::Result<Option<Vec<u8>>> {
    let ahead = peek.ahead(LONGEST)?;
    let Some(end) = ahead.windows(2).take(LONGEST).position(|pair| pair == b"\r\n") else {
        return Ok(None);
    };
    let line = ahead[..end].to_vec();
    peek.skip(end as u64 + 2)?;
    Ok(Some(line))
}
