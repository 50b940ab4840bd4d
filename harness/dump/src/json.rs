//! JSON: one value is whole by its own brackets; lines of values have no end mark.

use std::io;

use serde::de::IgnoredAny;
use serde_json::Deserializer;

use crate::Verdict;
use crate::layer::Layer;
use crate::peek::Peek;

/// Reads the values of `peek`. `named` says that the name promises JSON.
pub(crate) fn judge(
    layer: &mut Layer<'_>,
    named: bool,
    peek: &mut Peek<'_>,
) -> io::Result<Verdict> {
    let mut values = 0_u64;
    let mut failed = None;
    for value in Deserializer::from_reader(&mut *peek).into_iter::<IgnoredAny>() {
        match value {
            Ok(IgnoredAny) => values += 1,
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    let found = format!("after {values} whole values");
    Ok(match failed {
        None => {
            layer.is("JSON");
            match values {
                0 => Verdict::broken("empty: it holds no JSON value"),
                1 => Verdict::Whole,
                _ => Verdict::unproven(format!(
                    "lines of JSON have no end mark: all {values} are whole"
                )),
            }
        }
        Some(error) if error.is_eof() => {
            layer.is("JSON");
            Verdict::broken(format!("cut off: it ends inside a JSON value, {found}"))
        }
        Some(error) if error.to_string().contains("recursion limit") => {
            layer.is("JSON");
            Verdict::unproven("its JSON is nested deeper than is read here")
        }
        Some(error) if named => {
            layer.is("JSON");
            Verdict::broken(format!("no sound JSON, {found}: {error}"))
        }
        Some(_) => Verdict::unproven("its form is not known here"),
    })
}
