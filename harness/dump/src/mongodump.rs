//! Archives of mongodump: what they announce, then the documents of all collections, interleaved; each
//! collection ends with a check sum (mongo-tools, `common/archive/spec.md`).

use std::collections::BTreeMap;
use std::io;

use crate::bson::{Passed, Value, elements, pass};
use crate::crc64::Crc64;
use crate::layer::Layer;
use crate::peek::Peek;
use crate::{Source, Verdict};

/// What ends the announcement and each run of documents.
const TERMINATOR: [u8; 4] = [0xff; 4];

/// A header that is longer holds no names of collections.
const LONGEST: usize = 16 * 1024 * 1024;

type Name = (String, String);

/// The elements of a header, nothing at the end of the input, or what is wrong with it.
type Header = Result<Option<Vec<(String, Value)>>, String>;

/// A collection in the archive.
struct Collection {
    sum: u64,
    documents: u64,
    ended: bool,
}

pub(crate) fn judge(layer: &mut Layer<'_>, peek: &mut Peek<'_>) -> io::Result<Verdict> {
    layer.is("mongodump archive");
    layer.source = layer.source.or(Some(Source::Mongo));
    peek.skip(4)?;
    Ok(match read(peek)? {
        Ok(()) => Verdict::Whole,
        Err(words) => Verdict::Broken(words),
    })
}

fn read(peek: &mut Peek<'_>) -> io::Result<Result<(), String>> {
    let announced = match announced(peek)? {
        Ok(announced) => announced,
        Err(words) => return Ok(Err(words)),
    };
    let crc = Crc64::new(ECMA);
    let mut found: BTreeMap<Name, Collection> = BTreeMap::new();
    loop {
        let header = match header(peek)? {
            Ok(None) => break,
            Ok(Some(header)) => header,
            Err(words) => return Ok(Err(format!("{words}{}", place(&found)))),
        };
        let name = (text(&header, "db"), text(&header, "collection"));
        let new = || Collection { sum: !0, documents: 0, ended: false };
        let collection = found.entry(name.clone()).or_insert_with(new);
        if collection.ended {
            return Ok(Err(format!("damaged: {} goes on behind its end", shown(&name))));
        }
        if value(&header, "EOF") == Some(&Value::Truth(true)) {
            if value(&header, "CRC") != Some(&Value::Number((!collection.sum).cast_signed())) {
                return Ok(Err(format!("damaged: {} has another check sum", shown(&name))));
            }
            collection.ended = true;
        }
        loop {
            if is_over(peek)? {
                peek.skip(4)?;
                break;
            }
            let mut sum = collection.sum;
            let passed = pass(peek, |bytes| sum = crc.add(sum, bytes))?;
            collection.sum = sum;
            match passed {
                Passed::Document => collection.documents += 1,
                Passed::Nothing | Passed::Cut => {
                    let documents = collection.documents;
                    return Ok(Err(format!(
                        "cut off: it ends inside the collection {}, after {documents} whole documents",
                        shown(&name)
                    )));
                }
                Passed::Rubbish => {
                    return Ok(Err(format!(
                        "damaged: {} holds bytes that are no document",
                        shown(&name)
                    )));
                }
            }
        }
    }
    Ok(complete(&announced, &found))
}

/// Judges an archive that was read up to the end of the file.
fn complete(announced: &[Name], found: &BTreeMap<Name, Collection>) -> Result<(), String> {
    if let Some((name, collection)) = found.iter().find(|(_, collection)| !collection.ended) {
        let (name, documents) = (shown(name), collection.documents);
        return Err(format!(
            "cut off: the collection {name} has no end, after {documents} whole documents"
        ));
    }
    if let Some(missing) = announced.iter().find(|name| !found.contains_key(*name)) {
        let missing = shown(missing);
        return Err(format!("cut off: it announces the collection {missing} and ends before it"));
    }
    if found.is_empty() {
        return Err("empty: it holds no collection".to_owned());
    }
    Ok(())
}

/// The collections that the archive says it holds. Views have no documents, and those of time series lie in a
/// collection of another name.
fn announced(peek: &mut Peek<'_>) -> io::Result<Result<Vec<Name>, String>> {
    const PLACE: &str = "it ends before the first collection of its mongodump archive";
    let mut announced = Vec::new();
    let mut first = true;
    loop {
        if is_over(peek)? && !first {
            peek.skip(4)?;
            return Ok(Ok(announced));
        }
        let document = match header(peek)? {
            Ok(Some(document)) => document,
            Ok(None) => return Ok(Err(format!("cut off: {PLACE}"))),
            Err(words) => return Ok(Err(format!("{words} before the first collection"))),
        };
        if first {
            if value(&document, "tool_version").is_none() {
                let words = "no archive of mongodump: its first document is not the header of one";
                return Ok(Err(words.to_owned()));
            }
            first = false;
            continue;
        }
        if matches!(text(&document, "type").as_str(), "" | "collection") {
            announced.push((text(&document, "db"), text(&document, "collection")));
        }
    }
}

/// The next document, which names something; nothing at the end of the input.
fn header(peek: &mut Peek<'_>) -> io::Result<Header> {
    let mut bytes = Vec::new();
    let passed = pass(peek, |piece| {
        if bytes.len() + piece.len() <= LONGEST {
            bytes.extend_from_slice(piece);
        }
    })?;
    Ok(match passed {
        Passed::Nothing => Ok(None),
        Passed::Cut => Err("cut off: it ends inside a header of its mongodump archive".to_owned()),
        Passed::Document => match elements(&bytes) {
            Some(found) => Ok(Some(found)),
            None => Err("damaged: a header of its mongodump archive cannot be read".to_owned()),
        },
        Passed::Rubbish => {
            Err("damaged: a header of its mongodump archive is no document".to_owned())
        }
    })
}

fn is_over(peek: &mut Peek<'_>) -> io::Result<bool> {
    Ok(peek.ahead(4)?.starts_with(&TERMINATOR))
}

fn value<'d>(document: &'d [(String, Value)], key: &str) -> Option<&'d Value> {
    document.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

fn text(document: &[(String, Value)], key: &str) -> String {
    match value(document, key) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Truth(_) | Value::Number(_) | Value::Other) | None => String::new(),
    }
}

fn shown((database, collection): &Name) -> String {
    format!("{database}.{collection}")
}

fn place(found: &BTreeMap<Name, Collection>) -> String {
    let whole = found.values().filter(|collection| collection.ended).count();
    format!(", after {whole} whole collections")
}

/// The polynomial that Go's `hash/crc64` calls ECMA. The sum is inverted at both ends.
const ECMA: u64 = 0xc96c_5795_d787_0f42;

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of the catalogue of check sums for CRC-64/XZ, which is the same.
    #[test]
    fn the_sum_is_the_one_of_go() {
        assert_eq!(!Crc64::new(ECMA).add(!0, b"123456789"), 0x995d_c9bb_df19_39fa);
    }
}
