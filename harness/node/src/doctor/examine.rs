//! The examination: every check once, in the order in which a reader wants to know.

use cc_ci_engine::{Engine, EngineError};

use super::checks::CHECKS;
use super::facts::Facts;
use super::finding::Finding;
use crate::{Host, Settings};

/// Examines this machine.
///
/// `engine` is what connecting to it gave. A machine without an engine is examined as well: the
/// findings say what is missing.
pub async fn examine(
    engine: Result<&dyn Engine, &EngineError>,
    settings: &Settings,
) -> Vec<Finding> {
    examine_on(&Host::this(), engine, settings).await
}

/// As [`examine`], with the files of another machine.
pub async fn examine_on(
    host: &Host,
    engine: Result<&dyn Engine, &EngineError>,
    settings: &Settings,
) -> Vec<Finding> {
    let facts = Facts::gather(engine, settings, host).await;
    let mut findings = Vec::with_capacity(CHECKS.len());
    for check in CHECKS {
        let answer = check.examine(&facts).await;
        findings.push(Finding {
            id: check.id(),
            status: answer.status,
            what: check.what(),
            reason: answer.reason,
            remedy: answer.remedy,
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::facts::fake;
    use super::super::finding::Status;
    use super::*;
    use crate::host::fake::host;

    #[tokio::test]
    async fn a_bare_machine_is_examined_to_the_end_and_is_bad() {
        let (_folder, host) = host(&[]);
        let error = fake::down();
        let findings = examine_on(&host, Err(&error), &fake::settings()).await;
        let ids: BTreeSet<_> = findings.iter().map(|finding| finding.id).collect();
        assert_eq!((findings.len(), ids.len()), (CHECKS.len(), CHECKS.len()));
        let bad: Vec<_> =
            findings.iter().filter(|f| f.status == Status::Bad).map(|f| f.id).collect();
        assert_eq!(bad, ["engine"]);
        // Nothing that only the engine knows is called good without it.
        for id in ["engine.version", "engine.swarm"] {
            let finding = findings.iter().find(|finding| finding.id == id).unwrap();
            assert_eq!(finding.status, Status::Warn, "{id}");
        }
    }
}
