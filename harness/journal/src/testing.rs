//! Events with one text in all their strings.

use std::collections::BTreeMap;

use cc_ci_model::{
    Adaptation, Event, EvidenceKind, EvidenceRef, Fault, Outcome, RecipeName, RunId, Side, Tier,
    VolumeCoverage,
};

/// The event number `kind` with `text` in every string that is no name.
pub(crate) fn event(kind: usize, text: &str, millis: u64, flag: bool) -> Event {
    let text = || text.to_owned();
    let (tier, side) = (Tier::Deploy, Side::Head);
    let evidence =
        || EvidenceRef { sha256: text(), kind: EvidenceKind::Log, name: text(), bytes: millis };
    match kind {
        0 => Event::RunStarted {
            run: RunId::new("r-1").unwrap(),
            harness: text(),
            phase: text(),
            node: BTreeMap::from([(text(), text())]),
            units: vec![],
        },
        1 => Event::UnitRefused {
            recipe: RecipeName::new("shop").unwrap(),
            version: None,
            outcome: Outcome::Failed { fault: Fault::BadRecipe { message: text() } },
        },
        2 if flag => Event::NotBegun { reason: text() },
        2 => Event::UnitWaits { on: text() },
        3 => {
            let what = Adaptation::Image;
            Event::Adapted { what, object: text(), from: text(), to: text(), reason: text() }
        }
        4 => Event::ImageReady { reference: text(), digest: text(), millis },
        5 => Event::Waiting { tier, on: text() },
        6 => Event::Converged { side, millis, noticed_millis: flag.then_some(millis) },
        7 => Event::Covered {
            volumes: vec![VolumeCoverage {
                volume: text(),
                changed: millis,
                unsaved: 0,
                example: flag.then(text),
                saved: flag,
                excused: Some(text()),
            }],
        },
        8 => Event::TaskFailed {
            service: text(),
            task: text(),
            state: text(),
            exit_code: flag.then_some(-1),
            error: text(),
        },
        9 => {
            let evidence = flag.then(evidence);
            Event::HookRan { service: text(), hook: text(), exit_code: 3, evidence }
        }
        10 => {
            Event::Snapshot { id: text(), files: millis, bytes: 1, volumes: vec![text(), text()] }
        }
        11 => Event::UnitFinished { millis, deploys: 2, left: vec![text()], cancelled: flag },
        _ => {
            let outcome = Outcome::NotApplicable { reason: text() };
            Event::TierFinished { tier, outcome, millis }
        }
    }
}
