//! What two failures have in common that have one cause.

use cc_ci_model::Fault;

/// The innermost thing that a fault names, without what differs from one time to the next: numbers, ids,
/// names of stacks. Failures of one unit with the same signature are one case.
///
/// A service that fails has one signature however it was noticed: as a crash loop, by its health check, by
/// an update that was taken back.
#[must_use]
pub fn signature(fault: &Fault) -> String {
    let of = |what: &str, object: &str, words: &str| format!("{what} {object}: {}", steady(words));
    match fault {
        Fault::CrashLoop { service, error, said, .. }
        | Fault::OneShotFailed { service, error, said, .. }
        | Fault::RolledBack { service, error, said, .. }
        | Fault::UpdatePaused { service, error, said, .. } => {
            of("service", service, said.as_ref().map_or(error.as_str(), |said| &said.line))
        }
        Fault::Ended { service, said, .. } => {
            of("service", service, said.as_ref().map_or("", |said| &said.line))
        }
        Fault::Unhealthy { service, output, said } => {
            of("service", service, said.as_ref().map_or(output.as_str(), |said| &said.line))
        }
        Fault::TaskRejected { service, error } | Fault::NotSchedulable { service, error } => {
            of("service", service, error)
        }
        // What is lost in a volume and in a database of one name are two; the operation only counts by
        // whose work it is.
        Fault::DataLost { store, .. }
        | Fault::InNoVolume { store, .. }
        | Fault::DataKept { store, .. } => {
            format!("data {store}: {}", fault.origin().1)
        }
        Fault::HookFailed { service, hook, output, .. } => {
            of("hook", &format!("{service} {hook}"), output)
        }
        Fault::NotServing { detail, .. } => of("edge", "", detail),
        Fault::EngineDown { .. } => "engine".to_owned(),
        Fault::Deadline { waiting_for, .. } => of("wait", "", waiting_for),
        other => steady(&other.to_string()),
    }
}

/// The words without numbers and ids.
fn steady(text: &str) -> String {
    let mut out = String::new();
    for word in text.to_lowercase().split_inclusive(|c: char| !c.is_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        if bare.chars().any(|c| c.is_ascii_digit()) {
            out.push('#');
            out.push_str(&word[bare.len()..]);
        } else {
            out.push_str(word);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{Operation, Said};
    use rstest::rstest;

    use super::*;

    fn said(line: &str) -> Option<Box<Said>> {
        Some(Box::new(Said { line: line.to_owned(), tail: line.to_owned() }))
    }

    fn crash(service: &str, failures: u32, line: &str) -> Fault {
        let (service, error) = (service.to_owned(), "task: non-zero exit (1)".to_owned());
        Fault::CrashLoop {
            service,
            failures,
            seconds: 3,
            exit_code: Some(1),
            error,
            said: said(line),
        }
    }

    fn back(line: &str) -> Fault {
        let error = "task: non-zero exit (1)".to_owned();
        let (service, message) = ("app".to_owned(), "rollback completed".to_owned());
        Fault::RolledBack { service, message, exit_code: Some(1), error, said: said(line) }
    }

    fn lost(store: &str, after: Operation) -> Fault {
        Fault::DataLost { store: store.into(), detail: "key-9a is gone".into(), after }
    }

    #[rstest]
    #[case::another_count(crash("app", 3, "no database"), crash("app", 5, "no database"), true)]
    #[case::another_pid(
        crash("app", 3, "[12] no database"),
        crash("app", 3, "[7] no database"),
        true
    )]
    #[case::noticed_by_an_update(crash("app", 3, "no database"), back("no database"), true)]
    #[case::another_line(crash("app", 3, "no database"), crash("app", 3, "no disk"), false)]
    #[case::another_service(crash("app", 3, "no database"), crash("db", 3, "no database"), false)]
    #[case::one_restore(
        lost("sqlite:db", Operation::Restore),
        lost("sqlite:db", Operation::Recovery),
        true
    )]
    #[case::another_work(
        lost("sqlite:db", Operation::Restore),
        lost("sqlite:db", Operation::Upgrade),
        false
    )]
    #[case::another_store(
        lost("sqlite:a", Operation::Restore),
        lost("sqlite:b", Operation::Restore),
        false
    )]
    #[case::other_words(
        Fault::CheckFailed { message: "answered 500".into() },
        Fault::CheckFailed { message: "answered without \"x\"".into() },
        false
    )]
    #[case::one_outage(
        Fault::EngineDown { message: "refused".into() },
        Fault::EngineDown { message: "timed out".into() },
        true
    )]
    fn one_cause_has_one_signature(#[case] a: Fault, #[case] b: Fault, #[case] same: bool) {
        assert_eq!(signature(&a) == signature(&b), same, "{} / {}", signature(&a), signature(&b));
    }
}
