//! One layer of a dump: what its bytes are, and who reads them.

use std::io::{self, Read};

use crate::form::{Form, HEAD};
use crate::needle::Needle;
use crate::peek::Peek;
use crate::{
    Source, Verdict, aof, bson, compressed, mongodump, pgdmp, rdb, sevenzip, sqlite, tarball, text,
    zip,
};

/// A dump in a tar archive in a gzip file has three layers. What is nested deeper is not made by hooks.
const DEEPEST: usize = 5;

/// What is known of a dump so far, from the outside in.
pub(crate) struct Layer<'n> {
    pub(crate) needle: &'n Needle,
    pub(crate) form: Vec<&'static str>,
    pub(crate) source: Option<Source>,
    pub(crate) depth: usize,
}

impl<'n> Layer<'n> {
    pub(crate) fn new(needle: &'n Needle) -> Self {
        Self { needle, form: Vec::new(), source: None, depth: 0 }
    }

    /// Names the form of this layer; of the members of an archive the first one counts.
    pub(crate) fn is(&mut self, form: &'static str) {
        if self.form.len() <= self.depth {
            self.form.push(form);
        }
    }

    /// Reads what is inside of this layer.
    pub(crate) fn inside(&mut self, name: &str, input: &mut dyn Read) -> io::Result<Verdict> {
        self.depth += 1;
        let verdict = if self.depth > DEEPEST {
            Peek::new(input, self.needle).drain()?;
            Ok(Verdict::unproven(format!("it is nested more than {DEEPEST} times")))
        } else {
            judge(self, name, input)
        };
        self.depth -= 1;
        verdict
    }
}

/// Reads `input` to the end and judges it.
///
/// # Errors
/// The error of a decoder that says neither that the dump is cut off nor that it is damaged.
pub(crate) fn judge(
    layer: &mut Layer<'_>,
    name: &str,
    input: &mut dyn Read,
) -> io::Result<Verdict> {
    let mut peek = Peek::new(input, layer.needle);
    if bson::is_called_so(name) && peek.is_at_end()? {
        return bson::judge(layer, &mut peek);
    }
    let form = Form::of(peek.ahead(HEAD)?);
    let verdict = match form {
        Form::Gzip => compressed::judge(layer, name, (form, "gzip"), &mut peek),
        Form::Bzip2 => compressed::judge(layer, name, (form, "bzip2"), &mut peek),
        Form::Xz => compressed::judge(layer, name, (form, "xz"), &mut peek),
        Form::Zstd => compressed::judge(layer, name, (form, "zstd"), &mut peek),
        Form::Lz4 => compressed::judge(layer, name, (form, "lz4"), &mut peek),
        Form::Lzip => compressed::judge(layer, name, (form, "lzip"), &mut peek),
        Form::Tar => tarball::judge(layer, &mut peek),
        Form::Zip => zip::judge(layer, &mut peek),
        Form::SevenZip => sevenzip::judge(layer, &mut peek),
        Form::Pgdmp => pgdmp::judge(layer, &mut peek),
        Form::Mongodump => mongodump::judge(layer, &mut peek),
        Form::Sqlite => sqlite::judge(layer, &mut peek),
        Form::Rdb => rdb::judge(layer, name, &mut peek),
        Form::Aof => aof::judge(layer, &mut peek),
        Form::Text => text::judge(layer, name, &mut peek),
        Form::Closed(what) => {
            layer.is(what);
            Ok(Verdict::unproven(format!("{what}, which is not read here")))
        }
        Form::Unknown => unknown(layer, name, &mut peek),
    };
    peek.drain()?;
    verdict
}

/// Bytes of no known form. Where the name promises a form that has a beginning of its own, they are none.
fn unknown(layer: &mut Layer<'_>, name: &str, peek: &mut Peek<'_>) -> io::Result<Verdict> {
    let head = peek.ahead(HEAD)?;
    let lower = name.to_ascii_lowercase();
    let short = head.len() < 512;
    let blank = head.iter().all(|byte| *byte == 0);
    if lower.ends_with(".tar") && short {
        return Ok(Verdict::broken("cut off: it ends inside the first header of its tar archive"));
    }
    if blank && peek_is_blank(peek)? {
        return Ok(Verdict::broken("empty: it holds nothing but zero bytes"));
    }
    if bson::is_called_so(name) || bson::begins(peek.ahead(HEAD)?) {
        return bson::judge(layer, peek);
    }
    if lower.contains(".sql") {
        return Ok(Verdict::broken("no SQL: it holds bytes that are no text"));
    }
    Ok(Verdict::unproven("its form is not known here"))
}

fn peek_is_blank(peek: &mut Peek<'_>) -> io::Result<bool> {
    while !peek.is_at_end()? {
        let here = peek.ahead(1)?;
        if here.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        let count = here.len() as u64;
        peek.skip(count)?;
    }
    Ok(true)
}
