//! Whole runs that every report is held against.

use cc_ci_model::{
    Adaptation, Event, Fault, Outcome, Proves, Record, Said, Tier, UnitHead, VolumeCoverage,
};

use crate::Run;
use crate::script::{Script, head, not_run};

pub(crate) fn app() -> UnitHead {
    head("app", "1.0.0+2")
}

pub(crate) fn crash() -> Fault {
    Fault::CrashLoop {
        service: "app".into(),
        failures: 3,
        seconds: 12,
        exit_code: Some(1),
        error: "task: non-zero exit (1)".into(),
        said: Some(Box::new(Said {
            line: "fatal: no database is configured".into(),
            tail: "starting\nfatal: no database is configured\nentrypoint exited with 1".into(),
        })),
    }
}

/// Something a container could print to break a report.
pub(crate) fn hostile() -> Fault {
    let message = "expected \"200\"\n## Adversary findings\n\u{1b}[31m]]></failure>`x`|<b>\r\n&";
    Fault::CheckFailed { message: message.into() }
}

/// A whole green attempt.
fn green_attempt(script: Script, unit: &UnitHead, attempt: u32, isolated: bool) -> Script {
    let adapted = |script: Script| {
        script.event(Event::Adapted {
            what: Adaptation::EndpointMode,
            object: "app".into(),
            from: "vip".into(),
            to: "dnsrr".into(),
            reason: "the kernel has no IPVS".into(),
        })
    };
    let script = adapted(adapted(script.start(unit, attempt, isolated)))
        .event(Event::ImageReady {
            reference: "nginx:1.26".into(),
            digest: "127.0.0.1:5055/nginx@sha256:abc".into(),
            millis: 40,
        })
        .pass(Tier::Lint, &["no_rule_of_severity_error_is_broken"])
        .pass(Tier::Deploy, &["converges", "serves"])
        .written(Tier::Upgrade, "files:content")
        .pass(Tier::Upgrade, &["moved", "data_intact.files:content"])
        .pass(Tier::Custom, &["handshake"])
        .written(Tier::Backup, "files:content")
        .event(Event::CanarySkipped {
            tier: Tier::Backup,
            store: "sqlite in data".into(),
            reason: "no database file".into(),
        })
        .event(Event::Snapshot {
            id: "5f3e".into(),
            files: 3,
            bytes: 900,
            volumes: vec!["content".into()],
        })
        .pass(Tier::Backup, &["snapshot"])
        .pass(Tier::Restore, &["data_back.files:content", "later_data_gone.files:content"])
        .written(Tier::Restart, "files:content");
    script
        .event(Event::TasksKilled {
            tier: Tier::Restart,
            services: vec!["app".into(), "db".into()],
        })
        .pass(Tier::Restart, &["data_intact.files:content"])
        .pass(Tier::Recovery, &["data_back.files:content"])
        .pass(Tier::Teardown, &["nothing_left"])
        .finish(&[], false)
}

/// An attempt in which the upgrade fails and everything above it is blocked.
fn red_attempt(script: Script, attempt: u32, isolated: bool, fault: Fault) -> Script {
    let blocked = || Outcome::Blocked { by: Tier::Upgrade };
    script
        .start(&app(), attempt, isolated)
        .pass(Tier::Deploy, &["converges", "serves"])
        .fail(Tier::Upgrade, "moved", fault)
        .check(Tier::Custom, "handshake", blocked())
        .end(Tier::Custom, blocked())
        .end(Tier::Backup, blocked())
        .end(Tier::Restore, Outcome::NotApplicable { reason: "declared: no data".into() })
        .pass(Tier::Teardown, &["nothing_left"])
        .finish(&[], false)
}

pub(crate) fn green() -> Vec<Record> {
    green_attempt(Script::run(&[app()]), &app(), 1, false).scanned(&[]).over(false)
}

pub(crate) fn recipe() -> Vec<Record> {
    let first = red_attempt(Script::run(&[app()]), 1, false, hostile());
    red_attempt(first, 2, true, hostile()).over(false)
}

/// One cause that is noticed in two tiers, and another one beside it.
pub(crate) fn one_cause() -> Vec<Record> {
    let Fault::CrashLoop { service, exit_code, error, said, .. } = crash() else {
        return Vec::new();
    };
    let message = "rollback completed".to_owned();
    let back = Fault::RolledBack { service, message, exit_code, error, said };
    let lost = || Fault::DataLost {
        store: "sqlite:db/app.db".into(),
        detail: "key-1 is gone".into(),
        after: cc_ci_model::Operation::Restore,
    };
    let attempt = |script: Script, number, isolated| {
        script
            .start(&app(), number, isolated)
            .event(Event::LintFound {
                rule: "C040".into(),
                name: "unset-variable".into(),
                message:
                    "compose.yml: line 7: `app` asks for a database, nothing sets DATABASE_URL"
                        .into(),
                key: "services.app.environment.DATABASE_URL".into(),
                fix: "set DATABASE_URL in .env.sample".into(),
            })
            .pass(Tier::Deploy, &["converges", "serves"])
            .event(Event::KilledAtStop { service: "db".into(), seconds: 10 })
            .event(Event::LimitStretched {
                what: "services to converge".into(),
                limit_seconds: 60,
                stalled_seconds: 41,
                most_seconds: 180,
            })
            .fail(Tier::Upgrade, "services_converge", back.clone())
            .fail(Tier::Restore, "data_back.sqlite:db/app.db", lost())
            .fail(Tier::Restart, "services_converge", crash())
            .pass(Tier::Teardown, &["nothing_left"])
            .finish(&[], false)
    };
    attempt(attempt(Script::run(&[app()]), 1, false), 2, true).over(false)
}

pub(crate) fn flake() -> Vec<Record> {
    let late = Fault::Deadline { seconds: 30, waiting_for: "app 0/1".into() };
    let first = red_attempt(Script::run(&[app()]), 1, false, late);
    let first = first.wait(&app(), 2, "the node, to be alone there");
    green_attempt(first, &app(), 2, true).over(false)
}

pub(crate) fn harness() -> Vec<Record> {
    let gateway = || Fault::Gateway { message: "connection refused".into() };
    let attempt = |script: Script, number, isolated| {
        script
            .start(&app(), number, isolated)
            .fail(Tier::Deploy, "serves", gateway())
            .pass(Tier::Teardown, &["nothing_left"])
            .finish(&["network app_internal"], false)
    };
    attempt(attempt(Script::run(&[app()]), 1, false), 2, true).over(false)
}

pub(crate) fn refused() -> Vec<Record> {
    let message = "compose.yml:3:5: services.app.prots: unknown key; hint: ports";
    let bad = Outcome::Failed { fault: Fault::BadRecipe { message: message.into() } };
    let bug = Outcome::Failed { fault: Fault::Bug { message: "no suite".into() } };
    let script = Script::run(&[app()])
        .refuse("broken", None, bad)
        .refuse("other", Some("2.0.0+1"), bug)
        .refuse("later", None, not_run("the deadline has passed"));
    green_attempt(script, &app(), 1, false).over(false)
}

pub(crate) fn cancelled() -> Vec<Record> {
    Script::run(&[app(), head("next", "1.0.0+1")])
        .start(&app(), 1, false)
        .pass(Tier::Deploy, &["converges", "serves"])
        .fail(Tier::Upgrade, "moved", Fault::Deadline { seconds: 1, waiting_for: "app".into() })
        .end(Tier::Custom, not_run("cancelled"))
        .pass(Tier::Teardown, &["nothing_left"])
        .finish(&[], true)
        .over(true)
}

/// Green, and yet with things to tell: weak tiers, a broken rule, a stale declaration, a store that
/// is not proven, a volume that is not saved.
pub(crate) fn advice() -> Vec<Record> {
    let rule = Fault::RuleBroken {
        rule: "R011".into(),
        message: "compose.yml:7: image db:latest floats\n## <b>".into(),
    };
    let volume = |name: &str| VolumeCoverage {
        volume: name.into(),
        changed: 4,
        unsaved: 0,
        example: None,
        saved: true,
        excused: None,
    };
    let cache = VolumeCoverage {
        unsaved: 4,
        example: Some("dump.rdb".into()),
        saved: false,
        excused: Some("the recipe declares it out".into()),
        ..volume("cache")
    };
    let answer = Proves::Answer;
    Script::run(&[app()])
        .start(&app(), 1, false)
        .fail(Tier::Lint, "r011", rule)
        .proving(Tier::Deploy, "serves", Outcome::Passed, answer)
        .end(Tier::Deploy, Outcome::Passed)
        .proving(Tier::Upgrade, "serves", Outcome::Passed, answer)
        .end(Tier::Upgrade, Outcome::Passed)
        .pass(Tier::Custom, &["handshake"])
        .written(Tier::Backup, "postgres:db/app")
        .event(Event::CanarySkipped {
            tier: Tier::Backup,
            store: "redis:cache".into(),
            reason: "keeps nothing by its own configuration".into(),
        })
        .event(Event::Covered { volumes: vec![volume("db"), cache] })
        .pass(Tier::Backup, &["snapshot"])
        .event(Event::StaleDeclaration {
            declaration: "expected_na.backup".into(),
            reason: "the tier ran and passed".into(),
        })
        .pass(Tier::Restore, &["data_back.postgres:db/app"])
        .pass(Tier::Rollback, &["refuses_clearly"])
        .pass(Tier::Recovery, &["data_back.postgres:db/app"])
        .pass(Tier::Teardown, &["nothing_left"])
        .finish(&[], false)
        .over(false)
}

pub(crate) fn view(records: &[Record]) -> Run {
    Run::from_records(records).unwrap()
}

/// Every run with its name.
pub(crate) fn all() -> [(&'static str, Run); 8] {
    [
        ("one_cause", view(&one_cause())),
        ("green", view(&green())),
        ("recipe", view(&recipe())),
        ("flake", view(&flake())),
        ("harness", view(&harness())),
        ("refused", view(&refused())),
        ("cancelled", view(&cancelled())),
        ("advice", view(&advice())),
    ]
}
