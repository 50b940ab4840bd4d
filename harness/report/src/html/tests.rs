//! Whole pages, and that no text can break or forge one.

use cc_ci_model::{
    Adaptation, Event, EvidenceKind, EvidenceRef, Fault, Outcome, Proves, Tier, VolumeCoverage,
};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Xml};

use super::render;
use crate::fixtures::{self, app, view};
use crate::script::{Script, evidence, not_run};
use crate::text::one_line;

/// The sheet is the same everywhere, and none of it depends on a run.
fn without_style(page: &str) -> String {
    page.replace(include_str!("style.css"), "")
}

#[test]
fn whole_pages() {
    for (name, run) in fixtures::all() {
        insta::assert_snapshot!(name, without_style(&render(&run)));
    }
}

/// A page with `text` wherever a text of somebody else's can stand.
fn page_with(text: &str) -> String {
    let words = || text.to_owned();
    let failed = || Outcome::Failed { fault: Fault::CheckFailed { message: words() } };
    let volume = VolumeCoverage {
        volume: words(),
        changed: 1,
        unsaved: 1,
        example: Some(words()),
        saved: false,
        excused: Some(words()),
    };
    let stray = EvidenceRef { sha256: words(), name: words(), ..evidence("app") };
    let linked = EvidenceRef { name: words(), ..evidence("app") };
    let mut unit = app();
    (unit.rerun, unit.asked, unit.base_reason) = (words(), words(), words());
    let script = Script::run(&[unit.clone()])
        .refuse("broken", None, failed())
        .refuse("later", None, not_run(text))
        .start(&unit, 1, false)
        .event(Event::Adapted {
            what: Adaptation::Image,
            object: words(),
            from: format!("from {text}"),
            to: words(),
            reason: words(),
        })
        .event(Event::ImageReady { reference: words(), digest: words(), millis: 1 })
        .event(Event::Captured { evidence: stray })
        .event(Event::Captured { evidence: linked })
        .event(Event::Snapshot { id: words(), files: 1, bytes: 1, volumes: vec![words()] })
        .event(Event::Covered { volumes: vec![volume] })
        .event(Event::StaleDeclaration { declaration: words(), reason: words() })
        .fail(Tier::Lint, "rule", Fault::RuleBroken { rule: words(), message: words() })
        .event(Event::CanarySkipped { tier: Tier::Upgrade, store: words(), reason: words() })
        .check(Tier::Upgrade, "stack_accepted", Outcome::Passed)
        .proving(Tier::Upgrade, "serves", failed(), Proves::Answer)
        .end(Tier::Upgrade, failed())
        .end(Tier::Custom, not_run(text))
        .finish(&[text], false)
        .scanned(&[text]);
    let mut run = view(&script.over(false));
    (run.harness, run.phase) = (words(), words());
    run.node.insert("engine".to_owned(), words());
    render(&run)
}

/// The elements of a page with the names of their attributes, in their order; and its text. Where
/// a link leads is part of the structure: to a place in the page, or to a piece of evidence.
fn read(page: &str) -> (Vec<String>, String) {
    let page = without_style(page);
    let mut reader = Reader::from_str(&page);
    let (mut skeleton, mut text) = (Vec::new(), String::new());
    let element = |start: &BytesStart<'_>| {
        let mut words = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
        for attribute in start.attributes() {
            let attribute = attribute.unwrap();
            words.push_str(&format!(" {}", String::from_utf8_lossy(attribute.key.as_ref())));
            if ["href", "class", "id"].iter().any(|key| attribute.key.as_ref() == key.as_bytes()) {
                words.push_str(&format!("={}", String::from_utf8_lossy(&attribute.value)));
            }
        }
        words
    };
    loop {
        match reader.read_event().unwrap() {
            Xml::Start(start) => skeleton.push(element(&start)),
            Xml::Empty(start) => skeleton.push(format!("{}/", element(&start))),
            Xml::End(end) => {
                skeleton.push(format!("/{}", String::from_utf8_lossy(end.name().as_ref())))
            }
            Xml::Text(words) => text.push_str(&words.decode().unwrap()),
            Xml::GeneralRef(name) => text.push_str(match name.as_ref() {
                b"amp" => "&",
                b"lt" => "<",
                b"gt" => ">",
                b"quot" => "\"",
                b"#39" => "'",
                other => panic!("{other:?} is none of the references that we write"),
            }),
            Xml::DocType(_) => {}
            Xml::Eof => return (skeleton, text),
            other => panic!("{other:?} has no place in the page"),
        }
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "</td></tr></table><script>alert(1)</script>",
        "\" onmouseover=\"alert(1)",
        "' style='x",
        "<!--",
        "-->",
        "]]>",
        "</style>",
        "&lt;b&gt;&#39;&",
        "javascript:alert(1)",
        "\u{202e}\u{1b}[31m\0\n",
        "<a href=\"evidence/0\">",
    ]);
    prop::collection::vec(prop_oneof![nasty.prop_map(str::to_owned), any::<String>()], 1..4)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_changes_the_structure(text in hostile()) {
        let (expected, _) = read(&page_with("x"));
        let (skeleton, read_back) = read(&page_with(&text));
        prop_assert_eq!(skeleton, expected);
        // Nor is any of it lost: what was said is what is read.
        prop_assert!(read_back.contains(&one_line(&text, 2_000)));
    }
}

#[test]
fn every_text_of_the_hostile_page_is_shown() {
    let (_, text) = read(&page_with("needle"));
    // Two refusals, adaptation (4), image (2), evidence (2), snapshot (2), volume (3), stale (2),
    // rule (2), store and reason, …: a text that is shown nowhere is a hole in the test above.
    assert!(text.matches("needle").count() > 30, "{}", text.matches("needle").count());
}

#[test]
fn only_a_hash_is_linked() {
    let (skeleton, _) = read(&page_with("x"));
    let links: Vec<_> = skeleton.iter().filter_map(|element| element.split_once("href=")).collect();
    let sha256 = evidence("app").sha256;
    for (_, target) in &links {
        assert!(
            target.starts_with("#unit-") || *target == format!("evidence/{sha256}"),
            "{target}"
        );
    }
    assert!(links.iter().any(|(_, target)| target.starts_with("evidence/")));
    assert_eq!(evidence("app").kind, EvidenceKind::Log);
}

#[test]
fn every_link_within_the_page_leads_somewhere() {
    for (_, run) in fixtures::all() {
        let (skeleton, _) = read(&render(&run));
        let targets = skeleton.iter().filter_map(|element| element.split_once("href=#"));
        for (_, id) in targets {
            assert!(skeleton.contains(&format!("section id={id}")), "{id}");
        }
    }
}

#[test]
fn the_page_fetches_nothing() {
    let page = render(&view(&fixtures::recipe()));
    for word in ["<script", "<link", "<img", "src=", "url(", "@import", "http://", "https://"] {
        assert!(!page.contains(word), "{word}");
    }
}
