//! Durations such as `1m30s`, in nanoseconds.

use crate::yaml::{At, Problem};

/// Reads a duration: numbers with units `ns us ms s m h`, as Go writes them.
pub(crate) fn duration(at: &At<'_>) -> Result<u64, Problem> {
    let text = at.text().map_err(|problem| problem.hint("a duration has a unit, as in 30s"))?;
    parse(text).ok_or_else(|| at.bad(text, "a duration such as 30s, 1m30s or 500ms"))
}

fn parse(text: &str) -> Option<u64> {
    if text == "0" {
        return Some(0);
    }
    let mut total = 0f64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1.0,
            "us" | "µs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        total += number * unit;
        rest = &rest[end..];
    }
    // The engine counts in signed 64 bits.
    (!text.is_empty() && total <= i64::MAX as f64).then_some(total.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("30s", Some(30_000_000_000))]
    #[case("1m30s", Some(90_000_000_000))]
    #[case("1.5h", Some(5_400_000_000_000))]
    #[case("500ms", Some(500_000_000))]
    #[case("0", Some(0))]
    #[case("", None)]
    #[case("30", None)]
    #[case("s", None)]
    #[case("1d", None)]
    #[case("-1s", None)]
    #[case("9999999999h", None)]
    fn go_durations(#[case] text: &str, #[case] expected: Option<u64>) {
        assert_eq!(parse(text), expected);
    }
}
