//! Small texts that several reports share.

use cc_ci_model::UnitId;

use crate::Stretch;

/// Seconds with three decimals, as every report writes them.
pub(crate) fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

/// Seconds with one decimal, for people.
pub(crate) fn short_seconds(millis: u64) -> String {
    let tenths = millis.saturating_add(50) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// What ran instead of what the recipe says; an image is its own object and named once.
pub(crate) fn change(object: &str, from: &str, to: &str) -> String {
    let object = if object == from { String::new() } else { format!("{object}: ") };
    format!("{object}{} → {}", brief(from), brief(to))
}

/// A service that did not stop when it was asked to.
pub(crate) fn at_stop(service: &str, seconds: u64) -> String {
    format!("service {service} did not stop within its grace period of {seconds} s and was killed")
}

/// A time limit that did not count the time in which the node was stalled.
pub(crate) fn longer(stretch: &Stretch) -> String {
    let Stretch { what, limit_seconds, stalled_seconds, most_seconds } = stretch;
    format!(
        "the time limit of {limit_seconds} s for {what} became longer, {most_seconds} s at most: \
         the node was stalled for {stalled_seconds} s"
    )
}

/// A run that was killed and goes on.
pub(crate) fn goes_on(ended: &[UnitId], again: &[UnitId]) -> String {
    let done = count(ended.len(), "unit");
    let names: Vec<_> = again.iter().map(ToString::to_string).collect();
    let anew = match names.join(", ") {
        names if names.is_empty() => String::new(),
        names => format!("; again from the first tier, as the stack is gone: {names}"),
    };
    format!("the run goes on: {done} had ended{anew}")
}

/// An image reference for people: of its digest, as much as Docker itself shows.
fn brief(reference: &str) -> String {
    const SHOWN: usize = 12;
    let Some((name, digest)) = reference.split_once("@sha256:") else {
        return reference.to_owned();
    };
    let shown: String = digest.chars().take(SHOWN).collect();
    let more = if digest.chars().count() > SHOWN { "…" } else { "" };
    format!("{name}@sha256:{shown}{more}")
}

/// A number with its noun: `1 unit`, `2 units`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// One line of at most `max` characters and a mark where it was cut. Text of containers ends up in lists,
/// tables and terminals: line breaks and control characters in it must not start anything new there.
///
/// A long line keeps its beginning and its end: a chain of causes names the innermost last.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let plain = |c: char| if c.is_control() || is_break(c) { ' ' } else { c };
    let words: String = text.chars().map(plain).collect();
    let joined = words.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let length = joined.chars().count();
    if length <= max {
        return joined;
    }
    let end = max / 2;
    let first: String = joined.chars().take(max - end).collect();
    let last: String = joined.chars().skip(length - end).collect();
    format!("{first}…{last}")
}

/// Line and paragraph separators, and marks that turn the writing direction around.
fn is_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text as inline code of Markdown, on one line, whatever is in it.
pub(crate) fn code(text: &str, max: usize) -> String {
    let line = one_line(text, max);
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if line.is_empty() {
        "–".to_owned()
    } else if line.starts_with('`') || line.ends_with('`') {
        format!("{fence} {line} {fence}")
    } else {
        format!("{fence}{line}{fence}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0.000", "0.0 s")]
    #[case(7, "0.007", "0.0 s")]
    #[case(950, "0.950", "1.0 s")]
    #[case(61_234, "61.234", "61.2 s")]
    #[case(u64::MAX, "18446744073709551.615", "18446744073709551.6 s")]
    fn durations(#[case] millis: u64, #[case] long: &str, #[case] short: &str) {
        assert_eq!(seconds(millis), long);
        assert_eq!(short_seconds(millis), short);
    }

    #[test]
    fn an_image_is_named_once() {
        assert_eq!(change("app", "vip", "dnsrr"), "app: vip → dnsrr");
        assert_eq!(change("nginx:1", "nginx:1", "mine"), "nginx:1 → mine");
        let digest = format!("mine@sha256:{}", "0123456789abcdef".repeat(4));
        let said = "nginx:1 → mine@sha256:0123456789ab…";
        assert_eq!(change("nginx:1", "nginx:1", &digest), said);
    }

    #[rstest]
    #[case("plain", "`plain`")]
    #[case("a\n## Adversary findings\r\nb", "`a ## Adversary findings b`")]
    #[case("has `ticks` in it", "``has `ticks` in it``")]
    #[case("`", "`` ` ``")]
    #[case("\u{1b}[31mred\u{2028}x", "`[31mred x`")]
    #[case("", "–")]
    #[case("abcdefghijklmnopqrstuvwxyz", "`abcdefghij…qrstuvwxyz`")]
    fn code_stays_on_its_line(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(code(text, 20 + usize::from(text.contains('A')) * 20), expected);
    }
}
