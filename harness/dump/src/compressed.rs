//! Compressed files: one member after the other, each to its own end and check sum.

use std::io;

use crate::Verdict;
use crate::bson;
use crate::form::{Form, inner_name};
use crate::layer::Layer;
use crate::members::{End, Members};
use crate::peek::Peek;

/// Reads what is compressed in `peek`.
pub(crate) fn judge(
    layer: &mut Layer<'_>,
    name: &str,
    (form, word): (Form, &'static str),
    peek: &mut Peek<'_>,
) -> io::Result<Verdict> {
    layer.is(word);
    let mut members = Members::new(form, peek);
    let verdict = layer.inside(&inner_name(name), &mut members);
    io::copy(&mut members, &mut io::sink())?;
    let (end, bytes) = members.end();
    Ok(match end {
        End::Cut => Verdict::broken(format!(
            "cut off: unexpected end of file inside its {word}, after {bytes} bytes of data"
        )),
        End::Damaged(how) => Verdict::broken(format!(
            "damaged: its {word} cannot be decompressed after {bytes} bytes of data: {how}"
        )),
        End::TooLarge(how) => {
            Verdict::unproven(format!("its {word} wants more memory than is given to it: {how}"))
        }
        End::Whole if bytes == 0 && !bson::is_called_so(&inner_name(name)) => {
            Verdict::broken(format!("empty inside its {word}"))
        }
        End::Whole => verdict?,
    })
}
