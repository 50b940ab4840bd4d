//! From the bytes of a terminal to lines of text.

/// The lines of `log` without colours, control characters and overwritten progress bars.
pub(super) fn lines(log: &str) -> Vec<String> {
    log.split('\n').map(line).collect()
}

fn line(raw: &str) -> String {
    let plain = without_escapes(raw);
    // What a carriage return has overwritten was not meant to stay.
    let kept = plain.split('\r').rev().find(|part| !part.trim().is_empty()).unwrap_or_default();
    let is_text = |c: &char| *c == '\t' || !(c.is_control() || *c == '\u{feff}');
    kept.chars().filter(is_text).collect::<String>().trim_end().to_owned()
}

/// Leaves out escape sequences (ECMA-48): `ESC [ … letter`, `ESC ] … BEL` and two-character ones.
fn without_escapes(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
            Some(']') => {
                while let Some(c) = chars.next() {
                    if c == '\u{7}' {
                        break;
                    }
                    if c == '\u{1b}' {
                        let _ = chars.next_if_eq(&'\\');
                        break;
                    }
                }
            }
            Some('(' | ')' | '#' | '%') => {
                let _ = chars.next();
            }
            Some(_) | None => {}
        }
    }
    out
}

/// The line without the time in front of it, as loggers and container engines write it.
pub(super) fn without_time(line: &str) -> &str {
    let mut rest = line.trim_start();
    let mut left = 4;
    while left > 0 {
        let (word, behind) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        if !is_time(word) || behind.trim().is_empty() {
            break;
        }
        rest = behind.trim_start();
        left -= 1;
    }
    rest
}

/// A date, a time, a zone or a month's name as of syslog: digits and what stands between them.
fn is_time(word: &str) -> bool {
    let bare = word.trim_matches(['[', ']', '(', ')', ',', '|', '-']);
    const NAMES: [&str; 13] =
        ["UTC", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let of_time = |c: char| c.is_ascii_digit() || "-:.,/+TZ".contains(c);
    let dated = digits >= 4 && bare.contains([':', '-', '/', '.']);
    NAMES.contains(&bare) || (bare.chars().all(of_time) && dated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::colours("\u{1b}[31mfatal\u{1b}[0m: x", "fatal: x")]
    #[case::a_title("\u{1b}]0;app\u{7}fatal: x", "fatal: x")]
    #[case::progress("10 %\r50 %\rfatal: x", "fatal: x")]
    #[case::windows("fatal: x\r", "fatal: x")]
    #[case::a_cut_escape("fatal: x\u{1b}[3", "fatal: x")]
    #[case::bell("fatal: x\u{7}", "fatal: x")]
    fn only_text_stays(#[case] raw: &str, #[case] expected: &str) {
        assert_eq!(lines(raw), [expected]);
    }

    #[rstest::rstest]
    #[case::rfc("2026-11-29T20:36:01.123Z fatal: x", "fatal: x")]
    #[case::two_words("2026-11-29 20:36:01,123 fatal: x", "fatal: x")]
    #[case::zone("2026-11-29 20:36:01.123 UTC [1] FATAL:  x", "[1] FATAL:  x")]
    #[case::brackets("[2026-11-29 20:36:01] fatal: x", "fatal: x")]
    #[case::nginx("2026/11/29 20:36:01 [emerg] 1#1: x", "[emerg] 1#1: x")]
    #[case::no_time("10 errors", "10 errors")]
    #[case::an_address("10.0.0.1:80 refused", "refused")]
    #[case::nothing_else("2026-11-29", "2026-11-29")]
    fn the_time_is_left_out(#[case] line: &str, #[case] expected: &str) {
        assert_eq!(without_time(line), expected);
    }
}
