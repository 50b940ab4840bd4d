//! What a scalar is, as the engine's own command line resolves it.

/// A scalar and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// The text as written, before interpolation.
    pub(crate) raw: String,
    /// The text after interpolation.
    pub(crate) text: String,
    /// Written without quotes, so that it may be a number, a truth value or nothing.
    pub(crate) plain: bool,
}

/// The type that YAML gives to a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text,
}

impl Scalar {
    pub(crate) fn new(text: impl Into<String>, plain: bool) -> Self {
        let text = text.into();
        Self { raw: text.clone(), text, plain }
    }

    /// True where interpolation put this text together; then only its text counts, since the
    /// engine's command line casts interpolated text to whatever the key wants.
    pub(crate) fn interpolated(&self) -> bool {
        self.raw != self.text
    }

    /// The type, as tried with Docker's own reader: `0555` is octal as in YAML 1.1, but `yes` and
    /// `on` are only words.
    pub(crate) fn kind(&self) -> Kind {
        if !self.plain || self.interpolated() {
            return Kind::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" => Kind::Bool(true),
            "false" | "False" | "FALSE" => Kind::Bool(false),
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
            Kind::Int(_) | Kind::Float(_) => format!("the number {shown}"),
            Kind::Text => format!("the text {shown:?}"),
        }
    }
}

/// A whole number as YAML 1.1 writes it: decimal, `0x…`, `0b…`, octal as `0555` or `0o555`.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let plain = digits.replace('_', "");
    let radix = |prefix: &str, radix| {
        plain.strip_prefix(prefix).and_then(|rest| i64::from_str_radix(rest, radix).ok())
    };
    let value = radix("0x", 16)
        .or_else(|| radix("0b", 2))
        .or_else(|| radix("0o", 8))
        .or_else(|| if plain.len() > 1 { radix("0", 8) } else { None })
        .or_else(|| {
            if plain.starts_with('0') && plain.len() > 1 { None } else { plain.parse().ok() }
        })?;
    Some(sign * value)
}

fn parse_float(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['-', '+']);
    let number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.chars().any(|c| c.is_ascii_digit());
    text.parse().ok().filter(|value: &f64| number && value.is_finite())
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
