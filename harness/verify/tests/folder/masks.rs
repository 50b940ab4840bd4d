//! Runs whose checks saw hidden values.

use cc_ci_model::{Facts, Header, HttpAnswer, HttpExpected, Observed, Secret};
use cc_ci_verify::verify;

use crate::support::Folder;

const EXPECTED: &str = "expected-9f2c7a51d0";
const OTHER: &str = "another-41bd8e6603c";

fn facts(expected: &str, found: &str) -> Observed {
    Observed::Facts(Facts::default().with("token", expected, found))
}

fn header(expected: &str, found: &str) -> Observed {
    let header = |value: &str| vec![Header { name: "token".to_owned(), value: value.to_owned() }];
    let (status, holds) = (200, Vec::new());
    let expected =
        HttpExpected { status: vec![200], header: header(expected), contains: Vec::new() };
    Observed::Http { expected, answer: HttpAnswer { status, header: header(found), holds } }
}

fn text(expected: &str, found: &str) -> Observed {
    let (status, header) = (200, Vec::new());
    let contains = vec![format!("token={expected}")];
    let expected = HttpExpected { status: vec![200], header: Vec::new(), contains };
    let holds = vec![format!("token={found}")];
    Observed::Http { expected, answer: HttpAnswer { status, header, holds } }
}

#[rstest::rstest]
#[case::facts(facts(EXPECTED, OTHER))]
#[case::header(header(EXPECTED, OTHER))]
#[case::text(text(EXPECTED, OTHER))]
#[case::a_part_of_the_value(facts(EXPECTED, &EXPECTED[..17]))]
#[case::another_form(facts(EXPECTED, &hex(EXPECTED)))]
#[case::words_that_look_like_a_mask(facts(EXPECTED, "[redacted]"))]
fn a_red_check_that_saw_another_hidden_value_is_no_forgery(#[case] seen: Observed) {
    assert!(!seen.holds());
    let folder = Folder::hiding(seen, &[EXPECTED.into(), OTHER.into()]);
    let verified = verify(folder.path()).unwrap();
    assert!(verified.equal, "{verified}");
}

#[rstest::rstest]
#[case::facts(facts(EXPECTED, EXPECTED))]
#[case::header(header(EXPECTED, EXPECTED))]
#[case::text(text(EXPECTED, EXPECTED))]
fn a_red_check_that_saw_the_expected_hidden_value_is_a_forgery(#[case] seen: Observed) {
    assert!(seen.holds());
    let secrets: [Secret; 2] = [EXPECTED.into(), OTHER.into()];
    let verified = verify(Folder::hiding(seen, &secrets).path()).unwrap();
    let first = verified.first().unwrap();
    assert!(first.place.starts_with("events.jsonl:"), "{first}");
}

fn hex(text: &str) -> String {
    cc_ci_model::hex(text.as_bytes())
}
