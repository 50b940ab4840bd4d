//! What a scalar is, as the engine's own command line resolves it.

use std::sync::Arc;

/// A scalar and how it was written. Its texts are shared by its copies: each overlay of a recipe
/// makes one more copy of the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text as written, before interpolation.
    pub raw: Arc<str>,
    /// The text after interpolation.
    pub text: Arc<str>,
    /// Written without quotes, so that it may be a number, a truth value or nothing.
    pub plain: bool,
}

/// The type that YAML gives to a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Null,
    /// A day or a time, which Docker's reader writes in its own way.
    Date,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text,
}

impl Scalar {
    pub(crate) fn new(text: impl Into<Arc<str>>, plain: bool) -> Self {
        let text = text.into();
        Self { raw: Arc::clone(&text), text, plain }
    }

    /// True where interpolation put this text together; then only its text counts, since the
    /// engine's command line casts interpolated text to whatever the key wants.
    pub(crate) fn interpolated(&self) -> bool {
        !Arc::ptr_eq(&self.raw, &self.text) && self.raw != self.text
    }

    /// The type, as tried with Docker's own reader: `0555` is octal as in YAML 1.1, but `yes` and
    /// `on` are only words.
    pub(crate) fn kind(&self) -> Kind {
        if !self.plain || self.interpolated() {
            return Kind::Text;
        }
        match &*self.text {
            "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" => Kind::Bool(true),
            "false" | "False" | "FALSE" => Kind::Bool(false),
            ".inf" | "+.inf" | "-.inf" | ".Inf" | "+.Inf" | "-.Inf" | ".INF" | "+.INF"
            | "-.INF" => Kind::Float(f64::INFINITY),
            ".nan" | ".NaN" | ".NAN" => Kind::Float(f64::NAN),
            // Dates and numbers begin with a digit, a sign or a dot.
            text if !text.starts_with(|c: char| matches!(c, '0'..='9' | '+' | '-' | '.')) => {
                Kind::Text
            }
            text if is_date(text) => Kind::Date,
            text => match parse_int(text) {
                Some(number) => Kind::Int(number),
                None => parse_float(text).map_or(Kind::Text, Kind::Float),
            },
        }
    }

    /// What it is, for an error message.
    pub(crate) fn describe(&self) -> String {
        let shown: String = self.text.chars().take(60).collect();
        match self.kind() {
            Kind::Null => "nothing".to_owned(),
            Kind::Bool(_) => format!("the truth value {shown}"),
            Kind::Date => format!("the date {shown}"),
            Kind::Int(_) | Kind::Float(_) => format!("the number {shown}"),
            Kind::Text => format!("the text {shown:?}"),
        }
    }
}

/// A whole number as YAML 1.1 writes it: decimal, `0x…`, `0b…`, octal as `0555` or `0o555`, with
/// `_` between digits. What does not fit into 64 bits, with or without sign, is none.
pub(crate) fn parse_int(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits = digits.replace('_', "").to_ascii_lowercase();
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some(_) if digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits.as_str()),
    };
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let number = i128::from(u64::from_str_radix(digits, radix).ok()?);
    match negative {
        false => Some(number),
        true => i64::try_from(-number).is_ok().then_some(-number),
    }
}

/// A decimal number, as the command line casts interpolated text.
pub(crate) fn parse_decimal(text: &str) -> Option<f64> {
    parse_float(text).or_else(|| text.parse::<i64>().ok().map(|number| number as f64))
}

fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    // Only digits in front make a number whose `_` do not count.
    let plain = if unsigned.starts_with('.') { text.to_owned() } else { text.replace('_', "") };
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    let number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.chars().any(|c| c.is_ascii_digit());
    plain.parse().ok().filter(|value: &f64| number && value.is_finite())
}

/// `2020-01-31`, with or without a time behind it.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let number = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit())
    };
    let end = rest.find(['T', 't', ' ']).unwrap_or(rest.len());
    let (day, time) = rest.split_at(end);
    let timed = time.is_empty() || time[1..].starts_with(|c: char| c.is_ascii_digit());
    number(year, 4..=4) && number(month, 1..=2) && number(day, 1..=2) && timed
}

/// A floating point number as Go prints it: the shortest digits that tell it apart, with an
/// exponent from `1e+06` on and below `1e-04`.
pub(crate) fn go_float(number: f64) -> String {
    let scientific = format!("{number:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("80", Kind::Int(80))]
    #[case("-1", Kind::Int(-1))]
    #[case("0555", Kind::Int(0o555))]
    #[case("0o555", Kind::Int(0o555))]
    #[case("0x1f", Kind::Int(31))]
    #[case("0", Kind::Int(0))]
    #[case("3.8", Kind::Float(3.8))]
    #[case("1e3", Kind::Float(1000.0))]
    #[case("089", Kind::Float(89.0))]
    #[case("1_000", Kind::Int(1000))]
    #[case("80:80", Kind::Text)]
    #[case("1.2.3", Kind::Text)]
    #[case("True", Kind::Bool(true))]
    #[case("yes", Kind::Text)]
    #[case("off", Kind::Text)]
    #[case("~", Kind::Null)]
    #[case("infinity", Kind::Text)]
    fn plain_scalars_have_a_type(#[case] text: &str, #[case] kind: Kind) {
        assert_eq!(Scalar::new(text, true).kind(), kind);
        assert_eq!(Scalar::new(text, false).kind(), Kind::Text);
    }
}
