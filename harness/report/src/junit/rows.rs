//! From the view to the tree.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_classify::{CheckFact, Dossier, TierFact};
use cc_ci_model::{Class, Fault, Outcome, RecipeName, Tier};

use super::XmlText;
use super::model::{CaseRow, Property, Red, ReportRow, Status, SuiteRow};
use crate::{Case, Run, Unit};

/// The case that stands for a unit of which nothing was tried, and for a tier without checks.
const WHOLE: &str = "tier";

/// One suite per recipe, in the order in which the recipes were asked for.
pub(super) fn report(run: &Run) -> ReportRow {
    let mut recipes = Vec::new();
    for unit in &run.units {
        if !recipes.contains(&&unit.recipe) {
            recipes.push(&unit.recipe);
        }
    }
    let units = |recipe: &RecipeName| run.units.iter().filter(|u| u.recipe == *recipe).collect();
    let mut suites: Vec<_> = recipes.into_iter().map(|r| suite(run, units(r))).collect();
    suites.extend(guard(run));
    ReportRow { name: XmlText::new(run.run.as_str()), suites }
}

/// Red that belongs to no recipe: a run that proves nothing, a secret in what was written.
fn guard(run: &Run) -> Option<SuiteRow> {
    let mut red = Vec::new();
    if run.units.is_empty() {
        red.push(("bootstrap", "harness.code", "the run has no units".to_owned()));
    }
    if let Some(alarm) = run.scan.alarm() {
        red.push(("no_secret_leak", "harness.code", alarm));
    }
    let row = |(name, rule, message): (&str, &str, String)| {
        let red = Red::new(rule, &message);
        CaseRow {
            classname: XmlText::new("harness.run"),
            name: XmlText::new(name),
            millis: 0,
            status: Status::Error(red, Vec::new()),
            properties: Vec::new(),
            out: None,
        }
    };
    let cases: Vec<_> = red.into_iter().map(row).collect();
    (!cases.is_empty()).then(|| SuiteRow {
        name: XmlText::new("harness"),
        started: run.started,
        hostname: XmlText::new(run.node.get("hostname").map_or("unknown", String::as_str)),
        properties: run_properties(run),
        cases,
    })
}

fn suite(run: &Run, units: Vec<&Unit>) -> SuiteRow {
    let several = units.len() > 1;
    let mut names = Names::default();
    let mut cases = Vec::new();
    let mut properties = run_properties(run);
    for unit in &units {
        // Names are the history key of every reader, so a version is in them only where one run
        // holds two versions of a recipe.
        let prefix = if several { unit.name() } else { unit.recipe.to_string() };
        cases.extend(unit_cases(unit, &prefix, &mut names));
        properties.extend(unit_properties(unit, if several { &prefix } else { "" }));
    }
    let started = units.iter().flat_map(|unit| &unit.attempts).map(|a| a.facts.started).min();
    let host = run.node.get("hostname").map_or("unknown", String::as_str);
    SuiteRow {
        name: XmlText::new(units.first().map_or("", |unit| unit.recipe.as_str())),
        started: started.unwrap_or(run.started),
        hostname: XmlText::new(host),
        properties,
        cases,
    }
}

/// Makes each pair of class and name unique: some readers drop all but the first.
#[derive(Default)]
struct Names(BTreeMap<(String, String), u32>);

impl Names {
    fn unique(&mut self, classname: &str, name: &str) -> XmlText {
        let count = self.0.entry((classname.to_owned(), name.to_owned())).or_default();
        *count += 1;
        match count {
            1 => XmlText::new(name),
            count => XmlText::new(&format!("{name} ({count})")),
        }
    }
}

fn unit_cases(unit: &Unit, prefix: &str, names: &mut Names) -> Vec<CaseRow> {
    let mut rows = Vec::new();
    let mut told = BTreeSet::new();
    let mut push = |stage: &str, name: &str, millis, status, case: Option<&Case>| {
        let classname = format!("{prefix}.{stage}");
        let name = names.unique(&classname, name);
        let classname = XmlText::new(&classname);
        let properties = case.map(case_properties).unwrap_or_default();
        let out = case.map(|case| case_out(case, &properties));
        rows.push(CaseRow { classname, name, millis, status, properties, out });
    };
    for tier in unit.decisive().map_or(&[][..], |attempt| &attempt.facts.tiers) {
        for check in &tier.checks {
            let red = find(unit, tier, check);
            told.extend(red.map(|(_, dossier)| (dossier.tier, &dossier.check)));
            let status = || skip_or_pass(tier.tier, &check.outcome);
            let status = red.map_or_else(status, |(case, dossier)| red_status(case, dossier));
            let case = red.map(|(case, _)| case);
            push(tier.tier.as_str(), check.check.as_str(), check.millis, status, case);
        }
        if tier.checks.is_empty() {
            let status = skip_or_pass(tier.tier, &tier.outcome);
            push(tier.tier.as_str(), WHOLE, tier.millis, status, None);
        }
    }
    // Red cases of other attempts: reruns can find what the deciding attempt did not get to.
    let all = unit.cases.iter().flat_map(|case| case.checks.iter().map(move |one| (case, one)));
    for (case, one) in all.filter(|(_, one)| !told.contains(&(one.tier, &one.check))) {
        push(one.stage(), one.check.as_str(), 0, red_status(case, one), Some(case));
    }
    if unit.cases.is_empty() && unit.decisive().is_none_or(|a| a.facts.tiers.is_empty()) {
        let reason = unit.outcome.reason().unwrap_or("nothing was tried");
        let status = Status::Skipped(XmlText::new(&format!("not run: {reason}")));
        push("plan", "unit", 0, status, None);
    }
    rows
}

fn find<'a>(unit: &'a Unit, tier: &TierFact, check: &CheckFact) -> Option<(&'a Case, &'a Dossier)> {
    let mut cases = unit.cases.iter();
    cases.find_map(|case| Some((case, case.check(Some(tier.tier), &check.check)?)))
}

fn skip_or_pass(tier: Tier, outcome: &Outcome) -> Status {
    let skipped = |words: String| Status::Skipped(XmlText::new(&words));
    match outcome {
        Outcome::Passed => Status::Passed,
        Outcome::Blocked { by } => skipped(format!("blocked by {by}")),
        Outcome::NotApplicable { reason } => skipped(format!("not applicable: {reason}")),
        Outcome::NotRun { reason } => skipped(format!("not run: {reason}")),
        // The tier did not fail and did not pass, so it is a skip.
        Outcome::Failed { fault } if tier.is_advisory() => skipped(format!("advisory: {fault}")),
        // Every failure belongs to a case; without a case its owner is not known.
        Outcome::Failed { fault } => {
            Status::Failure(Red::of("undetermined.unknown", fault), Vec::new())
        }
    }
}

/// One of the red checks of a case, under the case's class.
fn red_status(case: &Case, check: &Dossier) -> Status {
    let rule = case.verdict.rule();
    let red = |fault: &Fault| Red::of(&rule, fault);
    let faults = check.attempts.iter().filter_map(|attempt| attempt.fault());
    let mut reds: Vec<_> = faults.map(red).collect();
    if reds.is_empty() {
        // It was red only while the attempt was being broken off.
        reds.extend(case.first_fault().map(red));
    }
    if case.verdict.class == Class::Flake || case.dossier.has_healed() {
        return Status::Flaky(reds);
    }
    let again = reds.split_off(reds.len().min(1));
    let first = reds.pop().unwrap_or_else(|| Red::new(&rule, "no failure is on record"));
    match case.verdict.class {
        Class::Harness => Status::Error(first, again),
        Class::Recipe | Class::Undetermined | Class::Flake => Status::Failure(first, again),
    }
}

fn case_properties(case: &Case) -> Vec<Property> {
    let verdict = &case.verdict;
    let mut properties = vec![
        Property::new("class", verdict.class.as_str()),
        Property::new("owner", verdict.owner.as_str()),
        Property::new("repeat", verdict.repeat.as_str()),
        Property::new("cause", verdict.cause.as_str()),
        Property::new("confidence", &format!("{:.3}", verdict.confidence)),
        Property::new("decided", if case.decided { "yes" } else { "no" }),
        Property::new("case", &case.id),
        Property::new("rerun", &case.dossier.rerun),
    ];
    let lint = case
        .lint
        .iter()
        .map(|found| format!("{}: {}; fix: {}", found.rule, found.message, found.fix));
    properties.extend(lint.map(|words| Property::new("lint", &words)));
    let evidence = verdict.evidence.iter().map(|item| format!("evidence/{}", item.sha256));
    properties.extend(evidence.map(|path| Property::new("evidence", &path)));
    properties
}

/// The lines that attachment and property readers look for. Words of containers have no place
/// here: a line of theirs could name any file of the machine.
fn case_out(case: &Case, properties: &[Property]) -> XmlText {
    let kept = properties.iter().filter(|property| property.name.as_str() != "evidence");
    let mut lines: Vec<_> = kept
        .map(|property| format!("[[PROPERTY|{}={}]]", property.name.line(), property.value.line()))
        .collect();
    let files = case.verdict.evidence.iter();
    lines.extend(files.map(|item| format!("[[ATTACHMENT|evidence/{}]]", item.sha256)));
    XmlText::new(&lines.join("\n"))
}

fn run_properties(run: &Run) -> Vec<Property> {
    let mut properties = vec![
        Property::new("run", run.run.as_str()),
        Property::new("harness", &run.harness),
        Property::new("phase", &run.phase),
    ];
    let node = run.node.iter().map(|(key, value)| Property::new(&format!("node.{key}"), value));
    properties.extend(node);
    properties.extend(run.foreign.words().iter().map(|words| Property::new("not_read", words)));
    properties
}

fn unit_properties(unit: &Unit, prefix: &str) -> Vec<Property> {
    let dot = if prefix.is_empty() { "" } else { "." };
    let mut properties = Vec::new();
    let mut add = |name: &str, value: &str| {
        properties.push(Property::new(&format!("{prefix}{dot}{name}"), value));
    };
    if let Some(version) = &unit.version {
        add("version", version.as_str());
    }
    if let Some(reason) = &unit.base_reason {
        let base = unit.base.as_ref().map_or("none", |base| base.as_str());
        add("base", &format!("{base}: {reason}"));
    }
    add("level", unit.level.as_str());
    if let Some(held) = &unit.held_by {
        add("level_held_by", &held.reason);
    }
    if let Some(attempt) = unit.decisive() {
        add("attempts", &unit.attempts.len().to_string());
        for fact in &attempt.facts.tiers {
            if let Some(weakness) = fact.weakness() {
                add(&format!("weak.{}", fact.tier), &weakness.to_string());
            }
        }
        for store in attempt.stores() {
            let name = format!("store.{}", store.name);
            let proven: Vec<_> = store.proven.iter().map(|tier| tier.as_str()).collect();
            let none = || "not proven".to_owned();
            add(&name, &if proven.is_empty() { none() } else { proven.join(", ") });
        }
        for stale in &attempt.stale {
            add(&format!("stale.{}", stale.declaration), &stale.reason);
        }
        for image in &attempt.images {
            add(&format!("image.{}", image.reference), &image.digest);
        }
        for adapted in &attempt.adaptations {
            let value = format!("{} became {}: {}", adapted.from, adapted.to, adapted.reason);
            add(&format!("adapted.{}", adapted.object), &value);
        }
    }
    properties
}
