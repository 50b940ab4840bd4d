//! Single values.

use super::make::{plain, text};
use crate::compose::{bytes, duration};
use crate::yaml::{At, Kind, Node, Problem, parse_decimal};

/// The longest duration that the command line can count, in nanoseconds.
const LONGEST: u64 = i64::MAX as u64;

pub(super) fn flag(at: &At<'_>) -> Result<Node, Problem> {
    Ok(plain(&at.node.place, if at.flag()? { "true" } else { "false" }))
}

/// A truth value that the command line does not cast out of interpolated text.
pub(super) fn choice(at: &At<'_>) -> Result<Node, Problem> {
    let expected = "true or false";
    if at.scalar(expected)?.interpolated() {
        let hint = "a variable cannot decide this key";
        return Err(at.expected(expected).hint(hint));
    }
    flag(at)
}

/// A whole number; `5.0` counts as one.
pub(super) fn number(at: &At<'_>) -> Result<Node, Problem> {
    let expected = "a whole number";
    let scalar = at.scalar(expected)?;
    let number = match scalar.kind() {
        Kind::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => number as i64,
        _ => at.int::<i64>(expected)?,
    };
    Ok(plain(&at.node.place, number.to_string()))
}

/// A share; the engine counts it in 32 bits.
pub(super) fn ratio(at: &At<'_>) -> Result<Node, Problem> {
    let expected = "a share from 0 to 1";
    let scalar = at.scalar(expected)?;
    let number = match scalar.kind() {
        Kind::Int(number) => number as f32,
        Kind::Float(number) => number as f32,
        Kind::Text if scalar.interpolated() => {
            parse_decimal(&scalar.text).ok_or_else(|| at.bad(&scalar.text, expected))? as f32
        }
        _ => return Err(at.expected(expected)),
    };
    Ok(plain(&at.node.place, number.to_string()))
}

pub(super) fn time(at: &At<'_>) -> Result<Node, Problem> {
    let nanoseconds = duration(at)?.min(LONGEST);
    Ok(text(&at.node.place, written(nanoseconds)))
}

pub(super) fn size(at: &At<'_>) -> Result<Node, Problem> {
    // Docker wants sizes as text; a bare number is refused there.
    at.text()?;
    Ok(text(&at.node.place, bytes(at)?.to_string()))
}

/// A duration as Go writes it: `1h1m1.5s`, `1.5s`, `500ms`, `0s`.
fn written(nanoseconds: u64) -> String {
    let part = |unit: u64| {
        let (whole, rest) = (nanoseconds / unit, nanoseconds % unit);
        let width = unit.ilog10() as usize;
        let fraction = format!("{rest:0width$}");
        let fraction = if rest == 0 { "" } else { fraction.trim_end_matches('0') };
        if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") }
    };
    match nanoseconds {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanoseconds}ns"),
        1_000..1_000_000 => format!("{}µs", part(1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", part(1_000_000)),
        _ => {
            let minutes = nanoseconds / 60_000_000_000;
            let seconds = written_seconds(nanoseconds % 60_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    }
}

fn written_seconds(nanoseconds: u64) -> String {
    let fraction = format!("{:09}", nanoseconds % 1_000_000_000);
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{}{dot}{fraction}s", nanoseconds / 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(0, "0s")]
    #[case(7, "7ns")]
    #[case(1_500, "1.5µs")]
    #[case(1_500_000, "1.5ms")]
    #[case(500_000_000, "500ms")]
    #[case(1_000_000_100, "1.0000001s")]
    #[case(90_000_000_000, "1m30s")]
    #[case(3_661_500_000_000, "1h1m1.5s")]
    #[case(7_200_000_000_000, "2h0m0s")]
    fn durations_are_written_as_go_writes_them(#[case] nanoseconds: u64, #[case] text: &str) {
        assert_eq!(written(nanoseconds), text);
    }
}
