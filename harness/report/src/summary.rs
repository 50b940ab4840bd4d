//! The closing words of a run, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use cc_ci_classify::End;
use cc_ci_model::{Adaptation, Class, Tier};

use crate::classification::actor;
use crate::mark::{self, Mark};
use crate::text::{at_stop, change, count, one_line, short_seconds};
use crate::{AttemptView, HeldBy, Run, Stale, StoreProof, Unit, UnitOutcome};

/// The longest quotation of somebody else's words on one line.
const QUOTE: usize = 600;

/// Where the files lie.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The out folder.
    pub out: &'a Path,
    /// The backlog page.
    pub backlog: &'a Path,
    /// Every adaptation is listed. Otherwise they are counted where they are many.
    pub listed: bool,
}

/// The closing words: a table of units, who must act on what, where the files lie.
#[must_use]
pub fn summary(run: &Run, places: Places<'_>) -> String {
    let mut text = table(run);
    legend(&mut text, run);
    text.push('\n');
    proofs(&mut text, run);
    for (_, case) in run.cases() {
        let class = case.verdict.class;
        let fault = case.first_fault().map(ToString::to_string).unwrap_or_default();
        let mark = if class == Class::Flake { '~' } else { '✘' };
        let _ = writeln!(text, "{mark} {}  {}", case.id, case.verdict.rule());
        let _ = writeln!(text, "    {}", one_line(&fault, QUOTE));
        if case.checks.len() > 1 {
            let others = case.others().join(", ");
            let _ = writeln!(text, "    also red for it: {}", one_line(&others, QUOTE));
        }
        for found in &case.lint {
            let line = format!("{}: {}", found.rule, found.message);
            let _ = writeln!(text, "    lint: {}", one_line(&line, QUOTE));
            let _ = writeln!(text, "    fix: {}", one_line(&found.fix, QUOTE));
        }
        let _ = writeln!(text, "    who must act: {}", actor(class));
        let rerun = &case.dossier.rerun;
        let _ = writeln!(text, "    again, alone: {}", one_line(rerun, QUOTE));
    }
    for unit in &run.units {
        if let UnitOutcome::NotRun { reason } = &unit.outcome {
            let _ = writeln!(text, "– {}: not run: {}", unit.name(), one_line(reason, QUOTE));
        }
    }
    if let Some(alarm) = run.scan.alarm() {
        let _ = writeln!(text, "✘ {}", one_line(&alarm, QUOTE));
    }
    for words in run.foreign.words() {
        let _ = writeln!(text, "! {}", one_line(&words, QUOTE));
    }
    if !run.scan.visible.is_empty() {
        let names = one_line(&run.scan.visible.join(", "), QUOTE);
        let _ = writeln!(text, "left visible: {names}");
    }
    advice(&mut text, run);
    adaptations(&mut text, run, places.listed);
    let _ = writeln!(text, "{}", closing(run));
    let _ = writeln!(text, "results:  {}", places.out.display());
    let _ = writeln!(text, "backlog:  {}", places.backlog.display());
    text
}

/// How many units passed, how many red cases of which class there are, and how long it took.
pub(crate) fn closing(run: &Run) -> String {
    let asked: Vec<_> = run.units.iter().filter(|unit| !unit.is_of_run()).collect();
    let passed = asked.iter().filter(|unit| unit.outcome.word() == "passed").count();
    let mut words = format!("{passed} of {} passed", count(asked.len(), "unit"));
    for class in [Class::Harness, Class::Recipe, Class::Undetermined, Class::Flake] {
        let number = run.count(class);
        if number > 0 {
            let _ = write!(words, ", {number} {class}");
        }
    }
    match (run.end, run.millis) {
        (End::Finished, Some(millis)) => format!("{words}, in {}", short_seconds(millis)),
        (End::Cancelled, _) => format!("{words}; the run was broken off"),
        (End::Finished | End::Open, _) => format!("{words}; the run has not ended"),
    }
}

/// Adaptations of one kind that are named in a line; more of them are counted.
const NAMED: usize = 3;

/// What ran otherwise than the recipe says, a line for each kind; `report.html` has each by itself. More than [`NAMED`]
/// of a kind are counted, unless `listed`.
fn adaptations(text: &mut String, run: &Run, listed: bool) {
    let mut kinds = BTreeMap::<Adaptation, BTreeMap<(&str, &str), Vec<String>>>::new();
    let mut reasons = BTreeMap::<Adaptation, &str>::new();
    for unit in &run.units {
        for adapted in unit.decisive().map_or(&[][..], |attempt| &attempt.adaptations) {
            let object = match run.units.len() {
                1 => adapted.object.clone(),
                _ => format!("{} of {}", adapted.object, unit.name()),
            };
            reasons.entry(adapted.what).or_insert(&adapted.reason);
            let changes = kinds.entry(adapted.what).or_default();
            changes.entry((&adapted.from, &adapted.to)).or_default().push(object);
        }
    }
    for (kind, changes) in kinds {
        let said = changes.iter().map(|((from, to), objects)| {
            // An image is its own object and named once.
            let plain = change(from, from, to);
            let others: Vec<_> = objects.iter().filter(|object| object != from).cloned().collect();
            if others.is_empty() { plain } else { format!("{plain} ({})", others.join(", ")) }
        });
        let reason = reasons.get(&kind).copied().unwrap_or_default();
        let number = changes.values().map(Vec::len).sum::<usize>();
        let said = if listed || number <= NAMED {
            said.collect::<Vec<_>>().join("; ")
        } else {
            format!("{number} times, listed in report.html")
        };
        let said = format!("{}: {said} ({reason})", word(kind));
        let _ = writeln!(text, "! not as the recipe says: {}", one_line(&said, QUOTE));
    }
}

fn word(kind: Adaptation) -> &'static str {
    match kind {
        Adaptation::EndpointMode => "endpoint mode",
        Adaptation::Image => "image",
        Adaptation::Network => "network",
        Adaptation::Port => "port",
        Adaptation::UpdateOrder => "update order",
        Adaptation::Limit => "limit",
    }
}

fn table(run: &Run) -> String {
    let tiers = mark::shown_tiers(run);
    let mut rows = vec![[
        "unit".to_owned(),
        "outcome".to_owned(),
        "level".to_owned(),
        "tiers".to_owned(),
        "time".to_owned(),
    ]];
    rows.extend(run.units.iter().map(|unit| {
        [
            unit.name(),
            unit.outcome.word().to_owned(),
            unit.level.to_string(),
            marks(unit, &tiers),
            short_seconds(unit.millis()),
        ]
    }));
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3), width(4)];
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<_> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    text
}

/// One mark per tier, in their order: `deploy✔ upgrade✘ custom–`.
fn marks(unit: &Unit, tiers: &[Tier]) -> String {
    let Some(attempt) = unit.decisive() else { return "–".to_owned() };
    let mark = |tier: &Tier| format!("{tier}{}", Mark::of(&attempt.facts, *tier).sign());
    tiers.iter().map(mark).collect::<Vec<_>>().join(" ")
}

/// A line for each mark in the table that does not speak for itself.
fn legend(text: &mut String, run: &Run) {
    for mark in mark::used(run) {
        match mark {
            Mark::Passed | Mark::Failed | Mark::NotRun => {}
            Mark::Weak | Mark::Advice | Mark::Blocked | Mark::NotApplicable => {
                let _ = writeln!(text, "{} {}", mark.sign(), mark.legend());
            }
        }
    }
}

/// What keeps each unit from a higher level, and which stores were proven, by name.
fn proofs(text: &mut String, run: &Run) {
    for unit in &run.units {
        let name = unit.name();
        // What failed has its line as a red case already.
        let told = |held: &&HeldBy| {
            unit.decisive().is_some_and(|a| Mark::of(&a.facts, held.tier) == Mark::Failed)
        };
        if let Some(held) = unit.held_by.as_ref().filter(|held| !told(held)) {
            let line = format!("{name}: level {}, no higher: {}", unit.level, held.reason);
            let _ = writeln!(text, "{}", one_line(&line, QUOTE));
        }
        let stores = unit.decisive().map(AttemptView::stores).unwrap_or_default();
        let words = |words: fn(&StoreProof) -> Option<String>| {
            let words: Vec<_> =
                stores.iter().filter_map(words).map(|word| one_line(&word, QUOTE)).collect();
            (!words.is_empty()).then(|| words.join(", "))
        };
        let (proven, gaps) = (words(StoreProof::proven_words), words(StoreProof::gap_words));
        let proven = proven.map(|words| format!("proven: {words}"));
        let gaps = gaps.map(|words| format!("not proven: {words}"));
        let said: Vec<_> = proven.into_iter().chain(gaps).collect();
        if !said.is_empty() {
            let _ = writeln!(text, "{name}: {}", said.join("; "));
        }
    }
}

/// Broken rules and stale declarations: not red cases, but work for the recipe's or the suite's author.
fn advice(text: &mut String, run: &Run) {
    for unit in &run.units {
        let Some(attempt) = unit.decisive() else { continue };
        let mut advised = false;
        for (tier, fault) in attempt.facts.advice() {
            advised = true;
            let said = format!("{tier} {fault} ({})", unit.name());
            let _ = writeln!(text, "! {}", one_line(&said, QUOTE));
        }
        if let Some(asked) = unit.asked.as_ref().filter(|_| advised) {
            let _ = writeln!(text, "    all of it: cc-ci lint {}", one_line(asked, QUOTE));
        }
        for (service, seconds) in &attempt.killed_at_stop {
            let _ = writeln!(text, "! {}: {}", unit.name(), at_stop(service, *seconds));
        }
        if !attempt.stretched.is_empty() {
            let limits = count(attempt.stretched.len(), "time limit");
            let said = format!("{limits} became longer, because the node was stalled");
            let _ = writeln!(text, "! {}: {said}", unit.name());
        }
        for Stale { declaration, reason } in &attempt.stale {
            let said = format!("{}: {declaration}: {reason}", unit.name());
            let _ = writeln!(text, "! stale declaration: {}", one_line(&said, QUOTE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// An outage has a case and a row, and is no unit that was asked for.
    #[test]
    fn what_is_of_the_run_is_not_counted_as_a_unit() {
        let unit = fixtures::app();
        let message = "gone for 34 s".to_owned();
        let fault = cc_ci_model::Fault::EngineDown { message };
        let script = crate::script::Script::run(std::slice::from_ref(&unit))
            .start(&unit, 1, false)
            .event(cc_ci_model::Event::RunFailed { fault })
            .finish(&[], true)
            .start(&unit, 2, false)
            .pass(Tier::Deploy, &["serves"])
            .finish(&[], false);
        let run = fixtures::view(&script.over(false));
        assert_eq!(run.units.len(), 2);
        assert!(closing(&run).starts_with("1 of 1 unit passed, 1 harness"), "{}", closing(&run));
    }

    #[test]
    fn adaptations_of_one_kind_are_one_line() {
        use cc_ci_model::Event;
        let adapted = |what, object: &str, from: &str, to: &str| Event::Adapted {
            what,
            object: object.into(),
            from: from.into(),
            to: to.into(),
            reason: "why".into(),
        };
        let unit = fixtures::app();
        let script = crate::script::Script::run(std::slice::from_ref(&unit))
            .start(&unit, 1, false)
            .event(adapted(Adaptation::EndpointMode, "app", "vip", "dnsrr"))
            .event(adapted(Adaptation::EndpointMode, "db", "vip", "dnsrr"))
            .event(adapted(Adaptation::Limit, "app", "none", "1 GiB"))
            .event(adapted(Adaptation::Limit, "db", "none", "2 GiB"))
            .event(adapted(Adaptation::Image, "nginx:1", "nginx:1", "mine:1"))
            .pass(Tier::Deploy, &["serves"])
            .finish(&[], false);
        let run = fixtures::view(&script.over(false));
        let mut text = String::new();
        adaptations(&mut text, &run, false);
        assert_eq!(
            text,
            "! not as the recipe says: endpoint mode: vip → dnsrr (app, db) (why)\n\
             ! not as the recipe says: image: nginx:1 → mine:1 (why)\n\
             ! not as the recipe says: limit: none → 1 GiB (app); none → 2 GiB (db) (why)\n"
        );
    }

    #[test]
    fn many_adaptations_of_one_kind_are_counted_unless_the_list_is_wanted() {
        use cc_ci_model::Event;
        let unit = fixtures::app();
        let limits = (0..=NAMED).fold(
            crate::script::Script::run(std::slice::from_ref(&unit)).start(&unit, 1, false),
            |script, number| {
                script.event(Event::Adapted {
                    what: Adaptation::Limit,
                    object: format!("service{number}"),
                    from: "none".into(),
                    to: "1 GiB".into(),
                    reason: "why".into(),
                })
            },
        );
        let run = fixtures::view(&limits.finish(&[], false).over(false));
        let (mut counted, mut listed) = (String::new(), String::new());
        adaptations(&mut counted, &run, false);
        assert_eq!(
            counted,
            "! not as the recipe says: limit: 4 times, listed in report.html (why)\n"
        );
        adaptations(&mut listed, &run, true);
        assert!(listed.contains("(service0, service1, service2, service3)"), "{listed}");
    }

    #[test]
    fn whole_texts() {
        let places = Places {
            out: Path::new("out"),
            backlog: Path::new("docs/BACKLOG-night.md"),
            listed: false,
        };
        for (name, run) in fixtures::all() {
            insta::assert_snapshot!(name, summary(&run, places));
        }
    }
}
