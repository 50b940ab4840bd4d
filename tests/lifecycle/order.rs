//! The order of what happens in a whole life.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_model::{Event, Leg, Record, Tier};
use serde_json::Value;

const UNIT: &str = "custom-html@1.1.0+1.26.3";

/// Checks that are tried at the same time; whichever ends first is written first.
const STANDING_UP: &[&str] =
    &["edge_opens", "gateway_opens", "services_converge", "toolbox_starts"];
const AFRESH: &[&str] =
    &["fresh.edge_opens", "fresh.gateway_opens", "fresh.services_converge", "fresh.toolbox_starts"];
const AT_ONCE: [(&str, &[&str]); 4] = [
    ("deploy", STANDING_UP),
    ("recovery", AFRESH),
    ("interrupt", AFRESH),
    ("backup", &["post_hooks_succeed", "snapshot_verified"]),
];

pub(crate) fn is_known(records: &[Record]) {
    let of_unit = records
        .iter()
        .filter(|record| record.unit.as_ref().is_some_and(|unit| unit.as_str() == UNIT));
    // Legs run beside each other: each has an order of its own.
    let mut legs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut checks = BTreeSet::new();
    for record in of_unit.filter(|record| is_told(&record.event)) {
        if let Event::CheckFinished { tier, check, .. } = &record.event {
            checks.insert((tier.as_str(), check.to_string()));
        }
        let line = line(&record.event);
        let lines = legs.entry(part(record)).or_default();
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    // A line stands for all of its checks, so each of them is looked for.
    for (tier, at_once) in AT_ONCE {
        for check in at_once {
            assert!(checks.contains(&(tier, (*check).to_owned())), "{tier}: no {check}");
        }
    }
    let parts = legs.iter().map(|(part, lines)| format!("== {part}\n{}", lines.join("\n")));
    insta::assert_snapshot!("custom_html", parts.collect::<Vec<_>>().join("\n"));
}

/// Of two checks of one name in a tier, reports would show one.
pub(crate) fn is_without_twins(records: &[Record]) {
    let mut seen = BTreeSet::new();
    for record in records {
        if let Event::CheckFinished { tier, check, .. } = &record.event {
            let name = (record.unit.clone(), record.attempt, *tier, check.to_string());
            assert!(seen.insert(name.clone()), "told twice: {name:?}");
        }
    }
    assert!(!seen.is_empty());
}

/// The leg, or its tear-down: which leg ends first is open.
fn part(record: &Record) -> String {
    match &record.event {
        Event::CheckFinished { tier: Tier::Teardown, check, .. } => {
            let legs = Leg::FROM_SNAPSHOT.into_iter();
            let mut named = legs.filter(|leg| check.as_str().starts_with(&format!("{leg}.")));
            format!("teardown of {}", named.next().unwrap_or_default())
        }
        Event::TierStarted { tier: Tier::Teardown }
        | Event::TierFinished { tier: Tier::Teardown, .. } => "teardown".to_owned(),
        _ => record.leg.to_string(),
    }
}

/// What is left out depends on the machine: how images come, what is adapted, what the engine
/// was just doing when somebody looked.
fn is_told(event: &Event) -> bool {
    !matches!(
        event,
        Event::Waiting { .. }
            | Event::UnitWaits { .. }
            | Event::ImageReady { .. }
            | Event::Adapted { .. }
            | Event::UpdateSettled { .. }
            // What the kernel counts, and that a busy node gets more time, depends on the machine.
            | Event::MemoryPeak { .. }
            | Event::NodeStalled { .. }
            | Event::LimitStretched { .. }
            // It stands before its check, whose line says the same.
            | Event::Observed { .. }
            | Event::Compared { .. }
    )
}

fn line(event: &Event) -> String {
    let value = serde_json::to_value(event).unwrap();
    let word = |key: &str| value.get(key).and_then(Value::as_str);
    let (tier, check) = (word("tier"), word("check"));
    let at_once = AT_ONCE.iter().find(|(of, checks)| {
        Some(*of) == tier && check.is_some_and(|check| checks.contains(&check))
    });
    let check = at_once.map(|(_, checks)| checks.join(" | ")).or(check.map(str::to_owned));
    let words = [word("kind").map(str::to_owned), tier.map(str::to_owned), check];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
