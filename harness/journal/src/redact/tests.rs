use cc_ci_model::Secret;
use proptest::prelude::*;
use rstest::rstest;

use super::Redactor;

fn hiding(values: &[&str]) -> Redactor {
    let mut redactor = Redactor::default();
    let values: Vec<_> = values.iter().map(|value| Secret::from(*value)).collect();
    let _ = redactor.hide(&values);
    redactor
}

fn clean(values: &[&str], text: &str) -> String {
    String::from_utf8(hiding(values).clean(text.as_bytes()).into_owned()).unwrap()
}

/// Independent of the code under test: forms as other programs write them.
mod written {
    pub(super) fn hex(value: &[u8], before: &str) -> String {
        value.iter().map(|byte| format!("{before}{byte:02x}")).collect()
    }

    pub(super) fn base64(value: &[u8], alphabet: &[u8; 64], padding: bool) -> String {
        let mut text = String::new();
        for group in value.chunks(3) {
            let word =
                (0..3).fold(0_u32, |word, at| word << 8 | u32::from(*group.get(at).unwrap_or(&0)));
            for digit in 0..=group.len() {
                text.push(char::from(alphabet[(word >> (18 - 6 * digit) & 63) as usize]));
            }
            if padding {
                text.extend(std::iter::repeat_n('=', 3 - group.len()));
            }
        }
        text
    }

    /// Everything but ASCII letters and digits and what `keep` holds.
    pub(super) fn percent(value: &[u8], keep: &[u8]) -> String {
        let escape = |byte: &u8| match byte {
            byte if byte.is_ascii_alphanumeric() || keep.contains(byte) => {
                char::from(*byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        };
        value.iter().map(escape).collect()
    }

    pub(super) const STANDARD: &[u8; 64] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    pub(super) const URL: &[u8; 64] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
}

/// Every promised form of a value, with noise before it for base64.
fn forms(value: &str, noise: (&str, &str)) -> Vec<String> {
    let bytes = value.as_bytes();
    let json = serde_json::to_string(value).unwrap();
    let mut forms = vec![
        value.to_owned(),
        json[1..json.len() - 1].to_owned(),
        written::hex(bytes, ""),
        written::hex(bytes, "").to_uppercase(),
        written::hex(bytes, "%"),
        written::hex(bytes, "%").to_uppercase(),
    ];
    for keep in [&b""[..], b"-._~", b"-_.!~*'()"] {
        forms.push(written::percent(bytes, keep));
    }
    forms.push(written::percent(bytes, b"*-._ ").replace(' ', "+"));
    for alphabet in [written::STANDARD, written::URL] {
        for padding in [false, true] {
            for before in 0..3 {
                let inside = [&noise.0.as_bytes()[..before], bytes, noise.1.as_bytes()].concat();
                forms.push(written::base64(&inside, alphabet, padding));
            }
        }
    }
    forms
}

/// The digits of `form` that stay where the value is taken out may not tell more than the noise would.
fn digits_of_the_value(value: &str, before: usize) -> Vec<String> {
    [written::STANDARD, written::URL]
        .map(|alphabet| {
            let inside = [&[0; 2][..before], value.as_bytes()].concat();
            let all = written::base64(&inside, alphabet, false);
            all[(before * 8).div_ceil(6)..inside.len() * 8 / 6].to_owned()
        })
        .to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn no_form_of_a_value_survives(
        value in r#"[a-zA-Z0-9 "\\/'+%&@:_~!*()äß€-]{4,90}"#,
        others in proptest::collection::vec("[a-z0-9]{5,40}", 0..5),
        before in "[a-zA-Z]{2}[ -~]{0,30}", behind in "[ -~]{0,30}",
    ) {
        prop_assume!(value.trim().len() >= 4 && !"[redacted]".contains(value.trim()));
        let value = value.trim();
        let mut hidden: Vec<&str> = others.iter().map(String::as_str).collect();
        hidden.push(value);
        let redactor = hiding(&hidden);
        for form in forms(value, (&before, &behind)) {
            let text = format!("{before}{form}{behind}");
            prop_assert!(redactor.leaks(text.as_bytes()), "{value:?} is not seen in {text:?}");
            let clean = redactor.clean_text(&text).into_owned();
            prop_assert!(!redactor.leaks(clean.as_bytes()), "{value:?} as {form:?}: {clean:?}");
            prop_assert!(!clean.contains(value));
            for at in 0..3 {
                for digits in digits_of_the_value(value, at).into_iter().filter(|d| d.len() >= 4) {
                    prop_assert!(!clean.contains(&digits), "{value:?} as {form:?}: {clean:?}");
                }
            }
        }
    }

    /// What holds nothing hidden is left alone, byte by byte.
    #[test]
    fn other_text_stays(text in "[ -~\n\r]{0,300}", value in "[A-Z0-9]{12,30}") {
        let redactor = hiding(&[&value]);
        prop_assume!(!text.contains(&value[..4]));
        prop_assert_eq!(redactor.clean(text.as_bytes()), text.as_bytes());
    }

    /// A value that is broken by line breaks anywhere, in any form.
    #[test]
    fn line_breaks_hide_nothing(
        value in "[a-zA-Z0-9]{8,60}", width in 1_usize..80, crlf: bool, form in 0_usize..20,
    ) {
        let redactor = hiding(&[&value]);
        let all = forms(&value, ("ab", "cdef"));
        let form = &all[form % all.len()];
        let lines: Vec<_> = form.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let text = format!("before\n{}\nafter", lines.join(if crlf { "\r\n" } else { "\n" }));
        let clean = redactor.clean_text(&text).into_owned();
        prop_assert!(clean.starts_with("before\n") && clean.ends_with("\nafter"), "{clean}");
        prop_assert!(clean.contains("[redacted]"), "{clean}");
        prop_assert!(!redactor.leaks(clean.as_bytes()));
    }

    /// Half of a value or more, where that is 16 characters or more.
    #[test]
    fn a_half_is_hidden_too(value in "[a-zA-Z0-9]{32,64}", cut in 0.0..1.0_f64) {
        let redactor = hiding(&[&value]);
        let half = value.len() / 2;
        let at = ((value.len() - half) as f64 * cut) as usize;
        let text = format!("first={}; rest={}", &value[..half], &value[at..at + half]);
        let clean = redactor.clean_text(&text).into_owned();
        prop_assert_eq!(clean, "first=[redacted]; rest=[redacted]");
    }

    /// Values of every size, many of them, each found among the others.
    #[test]
    fn each_of_many_values_is_found(
        values in proptest::collection::btree_set("[a-zA-Z0-9]{4,80}", 1..60), pick: prop::sample::Index,
    ) {
        let values: Vec<_> = values.iter().map(String::as_str).filter(|v| !"[redacted]".contains(v)).collect();
        prop_assume!(!values.is_empty());
        let value = pick.get(&values);
        let clean = hiding(&values).clean_text(&format!("¶¶{value}¶¶¶¶¶¶¶¶")).into_owned();
        prop_assert_eq!(clean, "¶¶[redacted]¶¶¶¶¶¶¶¶");
    }
}

#[rstest]
#[case::the_longer_of_two(&["hunter", "hunter2hunter2"], "x hunter2hunter2 y", "x [redacted] y")]
#[case::both_of_two_that_overlap(&["abcdefgh", "efghijkl"], "abcdefghijkl.", "[redacted].")]
#[case::quote_at_the_end(&["\"word\""], r#"{"log":"\"word\""}"#, r#"{"log":"[redacted]"}"#)]
#[case::json(&["pass\"word1"], r#"ok pass\"word1 pass"word1"#, "ok [redacted] [redacted]")]
#[case::white_space_around(&["  value-1\n"], "a value-1 b", "a [redacted] b")]
#[case::a_line_of_a_file(&["first=1\nlong-line-of-a-file-77\n"], "x long-line-of-a-file-77", "x [redacted]")]
#[case::padding(&["correct-horse"], "Y29ycmVjdC1ob3JzZQ==.", "[redacted]==.")]
#[case::too_short(&["app"], "the app", "the app")]
#[case::in_a_url(&["s3cr3t!pw"], "postgres://u:s3cr3t%21pw@h", "postgres://u:[redacted]@h")]
fn values_are_masked(#[case] values: &[&str], #[case] text: &str, #[case] expected: &str) {
    assert_eq!(clean(values, text), expected);
}

#[test]
fn what_stays_visible_is_told() {
    let values = [Secret::from("abc"), Secret::from("redacted"), Secret::from("long enough")];
    let mut redactor = Redactor::default();
    assert!(redactor.hide(&values) == [&values[0], &values[1]]);
    assert_eq!(redactor.len(), 1);
}

#[test]
fn a_report_may_hold_numbers() {
    let redactor = hiding(&["8000", "x9K2mQ7zLLd"]);
    assert!(redactor.leaks(b"8000 ms") && !redactor.leaks_into_report(b"8000 ms"));
    assert!(redactor.leaks_into_report(b"x9K2mQ7zLLd"));
}

#[test]
fn a_crowd_of_equal_grams_is_hidden_and_costs_no_time() {
    // Each piece begins alike, so that every gram of the text belongs to hundreds of needles.
    let file: String = (0..400).map(|n| format!("{}{n:04}", "a".repeat(60))).collect();
    let mut redactor = Redactor::default();
    let _ = redactor.hide(&[Secret::from(file.clone())]);
    let clean = redactor.clean(file.as_bytes()).into_owned();
    assert!(!String::from_utf8_lossy(&clean).contains("aaaaaaaa"));
    let other = "a".repeat(4 << 20);
    assert!(redactor.clean(other.as_bytes()).len() < 100);
}

#[test]
fn debug_prints_no_value() {
    assert!(!format!("{:?}", hiding(&["hunter2hunter2"])).contains("hunter"));
}

fn masked(plain: &str, redactor: &Redactor, texts: &[&str]) -> Vec<String> {
    let mut masks = super::Masks::beside(plain);
    texts.iter().map(|text| redactor.clean_apart(text, &mut masks).into_owned()).collect()
}

#[test]
fn each_hidden_text_of_an_event_has_its_own_mask() {
    let redactor = hiding(&["hunter2hunter2", "swordfish-swordfish"]);
    let texts = ["a hunter2hunter2", "swordfish-swordfish", "hunter2hunter2", "nothing"];
    let masks = masked("", &redactor, &texts);
    assert_eq!(masks, ["a [redacted]", "[redacted 2]", "[redacted]", "nothing"]);
    // A mask that the event has already would be taken for a hidden text.
    let masks = masked("[redacted] [redacted 3]", &redactor, &texts);
    assert_eq!(masks, ["a [redacted 2]", "[redacted 4]", "[redacted 2]", "nothing"]);
}

#[test]
fn a_mask_holds_no_hidden_value() {
    let redactor = hiding(&["hunter2hunter2", "swordfish-swordfish", "ed 2"]);
    let masks = masked("", &redactor, &["hunter2hunter2", "swordfish-swordfish"]);
    assert_eq!(masks, ["[redacted]", "[redacted 3]"]);
    assert!(masks.iter().all(|mask| !redactor.leaks(mask.as_bytes())));
    // Secrets that are parts of every mask leave the first one.
    let all: Vec<String> = (1..=9).map(|digit| format!("redacted {digit}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let redactor = hiding(&[&["hunter2hunter2", "swordfish-swordfish"], &*all].concat());
    let masks = masked("", &redactor, &["hunter2hunter2", "swordfish-swordfish"]);
    assert_eq!(masks, ["[redacted]", "[redacted]"]);
}
