//! Sizes such as `64m`, in bytes.

use crate::yaml::{At, Kind, Problem};

/// Reads a size: a number of bytes, or one with a unit `b k m g t` (powers of 1024).
pub(crate) fn bytes(at: &At<'_>) -> Result<u64, Problem> {
    let scalar = at.scalar("a size such as 64m")?;
    if !matches!(scalar.kind(), Kind::Int(_) | Kind::Text) {
        return Err(at.expected("a size such as 64m"));
    }
    parse(&scalar.text).ok_or_else(|| at.bad(&scalar.text, "a size such as 64m, 1.5g or 1048576"))
}

fn parse(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let shift = match text[end..].trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return None,
    };
    let total = number * (1u64 << shift) as f64;
    (total <= i64::MAX as f64).then_some(total as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("1048576", Some(1 << 20))]
    #[case("64m", Some(64 << 20))]
    #[case("64MB", Some(64 << 20))]
    #[case("1.5g", Some(3 << 29))]
    #[case("10 kib", Some(10 << 10))]
    #[case("", None)]
    #[case("m", None)]
    #[case("1024M^", None)]
    #[case("-1m", None)]
    #[case("99999999t", None)]
    fn sizes(#[case] text: &str, #[case] expected: Option<u64>) {
        assert_eq!(parse(text), expected);
    }
}
