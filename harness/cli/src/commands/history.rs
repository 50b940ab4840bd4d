//! `cc-ci history`

use std::fmt::Write as _;

use cc_ci_history::{History, PastAttempt, Rebuilt, rebuild};
use cc_ci_session::Failure;

use super::Context;
use crate::args;

pub(super) fn run(context: &Context<'_>, args: &args::History) -> Result<u8, Failure> {
    let state = &context.session.settings.node.state;
    match args {
        args::History::List { recipe, count } => {
            let history = History::open(state)?;
            let past = history.past(recipe.as_ref(), *count)?;
            context.printer.data(&past, &table(&past));
        }
        args::History::Rebuild { folders } => {
            let usual = || -> Result<_, Failure> {
                let runs = context.session.settings.runs()?;
                Ok(if runs.exists() { vec![runs] } else { Vec::new() })
            };
            let folders = if folders.is_empty() { usual()? } else { folders.clone() };
            let rebuilt = rebuild(state, &folders)?;
            context.printer.data(&rebuilt, &words(&rebuilt));
        }
    }
    Ok(0)
}

fn table(past: &[PastAttempt]) -> String {
    if past.is_empty() {
        return "no run is in the history; `cc-ci history rebuild` reads the folders of runs"
            .to_owned();
    }
    let mut text = format!(
        "{:20} {:24} {:24} {:>3} {:10} {:>9}  tiers\n",
        "began", "recipe", "version", "try", "outcome", "seconds"
    );
    for attempt in past {
        let PastAttempt { started, recipe, version, attempt: number, outcome, .. } = attempt;
        // The fraction of a second says nothing to a person.
        let began = started
            .split_once('.')
            .map_or_else(|| started.clone(), |(whole, _)| format!("{whole}Z"));
        let tiers: Vec<String> = attempt
            .tiers
            .iter()
            .map(|tier| format!("{} {}", tier.tier, seconds(tier.millis)))
            .collect();
        let (millis, tiers) = (seconds(attempt.millis), tiers.join(", "));
        let _ = writeln!(
            text,
            "{began:20} {recipe:24} {version:24} {number:>3} {outcome:10} {millis:>9}  {tiers}"
        );
    }
    text
}

fn seconds(millis: u64) -> String {
    format!("{}.{}", millis / 1_000, millis % 1_000 / 100)
}

fn words(rebuilt: &Rebuilt) -> String {
    let Rebuilt { runs, skipped, lost, kept } = rebuilt;
    let mut text = format!("{} runs are in the history\n", runs.len());
    for skipped in skipped {
        let _ = writeln!(text, "skipped: {}: {}", skipped.folder.display(), skipped.reason);
    }
    if !lost.is_empty() {
        let _ = writeln!(text, "runs without a folder: {}", lost.join(", "));
    }
    if let Some(kept) = kept {
        let _ = writeln!(text, "the old history is kept as {}", kept.display());
    }
    text
}

#[cfg(test)]
mod tests {
    use cc_ci_history::{PastTier, Skipped};

    use super::*;

    #[test]
    fn a_person_sees_a_line_for_each_attempt() {
        let tier = |tier: &str, millis| PastTier {
            tier: tier.to_owned(),
            outcome: "passed".to_owned(),
            millis,
            checks: 1,
        };
        let attempt = PastAttempt {
            run: "r1".to_owned(),
            started: "2026-11-30T02:00:00.123456Z".to_owned(),
            recipe: "shop".to_owned(),
            version: "1.0.0+1".to_owned(),
            attempt: 1,
            isolated: false,
            outcome: "passed".to_owned(),
            millis: 61_250,
            inputs_sha256: String::new(),
            folder: "/r1".to_owned(),
            tiers: vec![tier("backup", 20_000), tier("deploy", 9_990)],
        };
        let text = table(&[attempt]);
        let line = text.lines().nth(1).unwrap();
        let wanted = "2026-11-30T02:00:00Z shop 1.0.0+1 1 passed 61.2 backup 20.0, deploy 9.9";
        assert_eq!(line.split_whitespace().collect::<Vec<_>>().join(" "), wanted);
        assert!(table(&[]).contains("cc-ci history rebuild"));
    }

    #[test]
    fn a_rebuild_says_what_it_passed_over_and_what_is_lost() {
        let skipped = Skipped { folder: "/odd".into(), reason: "no run begins in it".to_owned() };
        let rebuilt = Rebuilt {
            runs: vec!["a".to_owned()],
            skipped: vec![skipped],
            lost: vec!["b".to_owned()],
            kept: Some("/state/history.db.old-1".into()),
        };
        let wanted = "1 runs are in the history\nskipped: /odd: no run begins in it\n\
                      runs without a folder: b\nthe old history is kept as /state/history.db.old-1\n";
        assert_eq!(words(&rebuilt), wanted);
    }
}
