//! Snapshots of Redis and Valkey: they end with an opcode and a check sum over everything before it.

use std::io;

use crate::crc64::Crc64;
use crate::layer::Layer;
use crate::peek::Peek;
use crate::{Source, Verdict};

/// The opcode of the end (Redis, `rdb.h`, `RDB_OPCODE_EOF`).
const EOF: u8 = 0xff;

/// The first version with a check sum.
const FIRST_WITH_SUM: u32 = 5;

/// The length of the check sum.
const SUM: usize = 8;

pub(crate) fn judge(layer: &mut Layer<'_>, name: &str, peek: &mut Peek<'_>) -> io::Result<Verdict> {
    layer.is("RDB snapshot");
    layer.source = layer.source.or(Some(Source::Redis));
    let head = peek.ahead(9)?;
    let digits: Vec<u8> = head.iter().take(9).skip(5).copied().filter(u8::is_ascii_digit).collect();
    let digits = if head.len() < 9 { None } else { String::from_utf8(digits).ok() };
    let Some(version) = digits.and_then(|digits| digits.parse::<u32>().ok()) else {
        return Ok(Verdict::broken("cut off: it ends inside the header of its snapshot"));
    };
    if version < FIRST_WITH_SUM {
        return Ok(Verdict::unproven(format!("an RDB of version {version} has no check sum")));
    }
    let (sum, opcode, said) = sums(peek)?;
    // Snapshots are put in front of append-only files; where those begin is known to the server alone.
    let mixed = name.to_ascii_lowercase().contains(".aof");
    Ok(match said {
        Some(said) if said == sum && opcode == EOF => Verdict::Whole,
        Some(0) if opcode == EOF => {
            Verdict::unproven("it ends with its end mark, but was written without a check sum")
        }
        _ if mixed => Verdict::unproven("commands follow the snapshot in it"),
        _ => Verdict::broken("cut off: it does not end with the end mark and check sum of an RDB"),
    })
}

/// The sum over everything but the last eight bytes, the byte before those, and what they say.
fn sums(peek: &mut Peek<'_>) -> io::Result<(u64, u8, Option<u64>)> {
    let crc = Crc64::new(JONES);
    let (mut sum, mut opcode) = (0_u64, 0);
    loop {
        let ahead = peek.ahead(SUM + 1)?;
        let Some(known) = ahead.len().checked_sub(SUM).filter(|known| *known > 0) else { break };
        sum = crc.add(sum, &ahead[..known]);
        opcode = ahead[known - 1];
        peek.skip(known as u64)?;
    }
    Ok((sum, opcode, peek.take::<SUM>()?.map(u64::from_le_bytes)))
}

/// The polynomial of Jones, with which Redis sums (`crc64.c`).
const JONES: u64 = 0x95ac_9329_ac4b_c9b5;

#[cfg(test)]
mod tests {
    use super::*;

    /// The value that Redis' own test expects of its sum.
    #[test]
    fn the_sum_is_the_one_of_redis() {
        let sum = Crc64::new(JONES).add(0, b"123456789");
        assert_eq!(sum, 0xe9c6_d914_c4b8_d9ca);
    }
}
