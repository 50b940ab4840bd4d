//! Which findings of the lint explain a red case.

use cc_ci_model::{Event, Fault, Record, UnitId};

/// A finding of the lint about the version under test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintFound {
    /// The rule's id.
    pub rule: String,
    /// File, line and what was found.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}

/// Words of a reason at the edge, and the rules that speak of the same.
const ROUTES: [(&str, &[&str]); 9] = [
    ("port is missing", &["traefik-port"]),
    ("loadbalancer.server.port", &["traefik-port"]),
    ("where nothing listens", &["traefik-port"]),
    ("middleware", &["traefik-target", "traefik-provider"]),
    ("not on the network", &["traefik-network", "proxy-network"]),
    ("backticks", &["traefik-rule"]),
    ("no router of the stack has a rule", &["traefik-rule"]),
    ("traefik.enable", &["traefik-enabled", "labels-outside-deploy"]),
    ("does not exist", &["traefik-target", "traefik-provider"]),
];

/// Words that stand in most messages and tie nothing together.
const COMMON: [&str; 40] = [
    "error",
    "errors",
    "failed",
    "file",
    "directory",
    "such",
    "found",
    "line",
    "service",
    "secret",
    "config",
    "variable",
    "environment",
    "missing",
    "exit",
    "code",
    "task",
    "container",
    "cannot",
    "could",
    "with",
    "that",
    "this",
    "from",
    "have",
    "none",
    "only",
    "value",
    "values",
    "name",
    "host",
    "port",
    "user",
    "usr",
    "local",
    "docker",
    "entrypoint",
    "secrets",
    "template",
    "expansion",
];

/// The findings about the unit that explain why it fails with `fault`, each once.
pub(super) fn explaining(
    records: &[Record],
    unit: Option<&UnitId>,
    fault: &Fault,
) -> Vec<LintFound> {
    let mut found: Vec<LintFound> = Vec::new();
    for record in records.iter().filter(|record| unit.is_some() && record.unit.as_ref() == unit) {
        let Event::LintFound { rule, name, message, key, fix } = &record.event else { continue };
        let (rule, message, fix) = (rule.clone(), message.clone(), fix.clone());
        let finding = LintFound { rule, message, fix };
        if !found.contains(&finding) && explains(fault, name, &finding.message, key) {
            found.push(finding);
        }
    }
    found
}

fn explains(fault: &Fault, rule: &str, message: &str, key: &str) -> bool {
    match fault {
        Fault::NotServing { detail, .. } => {
            ROUTES.iter().any(|(words, rules)| detail.contains(words) && rules.contains(&rule))
        }
        Fault::CrashLoop { service, error, said, .. }
        | Fault::OneShotFailed { service, error, said, .. }
        | Fault::RolledBack { service, error, said, .. }
        | Fault::UpdatePaused { service, error, said, .. } => {
            let words = said.as_ref().map_or(error.as_str(), |said| &said.line);
            of_service(service, key) && (shares(words, message) || shares(error, message))
        }
        Fault::TaskRejected { service, error } => {
            of_service(service, key) && shares(error, message)
        }
        Fault::Unhealthy { service, output, .. } => {
            of_service(service, key) && (rule.contains("health") || shares(output, message))
        }
        Fault::MemoryLimit { service, .. } => of_service(service, key) && rule == "tiny-memory",
        Fault::OwnPort { service, .. } => {
            of_service(service, key) && rule == "host-port-start-first"
        }
        Fault::DataLost { store, .. }
        | Fault::InNoVolume { store, .. }
        | Fault::DataKept { store, .. } => {
            about_data(rule) && shares_any(store, &format!("{message} {key}"))
        }
        Fault::HookFailed { service, .. } => about_data(rule) && of_service(service, key),
        Fault::BadDump { path, .. } => {
            about_data(rule) && shares_any(path, &format!("{message} {key}"))
        }
        Fault::NotSaved { volume, .. } => {
            about_data(rule) && shares_any(volume, &format!("{message} {key}"))
        }
        Fault::BackupLabels { .. } => matches!(rule, "backup-label" | "hooks-without-backup"),
        _ => false,
    }
}

/// True for a finding below the service, and for one below no service.
fn of_service(service: &str, key: &str) -> bool {
    match key.strip_prefix("services.") {
        Some(rest) => rest.split('.').next() == Some(service),
        None => true,
    }
}

fn about_data(rule: &str) -> bool {
    ["backup", "dump", "restore", "hook", "volume", "data"].iter().any(|word| rule.contains(word))
}

/// True where both name the same thing: a word that is not one of the common ones.
fn shares(said: &str, message: &str) -> bool {
    let names = words(message);
    words(said)
        .iter()
        .any(|word| word.len() >= 4 && !COMMON.contains(&word.as_str()) && names.contains(word))
}

fn shares_any(name: &str, message: &str) -> bool {
    let known = words(message);
    words(name).iter().any(|word| word.len() >= 2 && known.contains(word))
}

/// Words as files, variables and secrets are named.
fn words(text: &str) -> Vec<String> {
    let part = |c: char| !(c.is_alphanumeric() || c == '_' || c == '-');
    text.split(part).filter(|word| word.len() > 1).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Said;
    use rstest::rstest;

    use super::*;

    fn edge(reason: &str) -> Fault {
        Fault::NotServing { url: "https://a.test/".into(), detail: format!("404; {reason}") }
    }

    fn crash(line: &str) -> Fault {
        let said = Some(Box::new(Said { line: line.into(), tail: line.into() }));
        let (service, error) = ("db".into(), "task: non-zero exit (1)".into());
        Fault::CrashLoop { service, failures: 3, seconds: 4, exit_code: Some(1), error, said }
    }

    const NO_PASSWORD: &str =
        "entrypoint.sh: line 28: /run/secrets/db_password: No such file or directory";

    #[rstest]
    #[case::the_port(
        edge("error: port is missing"),
        "traefik-port",
        "`app` has no label x",
        "services.app",
        true
    )]
    #[case::another_route(
        edge("error: port is missing"),
        "traefik-rule",
        "no backticks",
        "services.app",
        false
    )]
    #[case::the_middleware(
        edge("middleware \"a@docker\" does not exist"),
        "traefik-provider",
        "m",
        "services.app",
        true
    )]
    #[case::the_secret(
        crash(NO_PASSWORD),
        "secret-path",
        "`db` has no secret db_password; it has db_pw",
        "services.db.environment",
        true
    )]
    #[case::of_another_service(
        crash(NO_PASSWORD),
        "secret-path",
        "`app` has no secret db_password",
        "services.app.environment",
        false
    )]
    #[case::another_secret(
        crash(NO_PASSWORD),
        "secret-path",
        "`db` has no secret token",
        "services.db.environment",
        false
    )]
    #[case::common_words_alone(
        crash(NO_PASSWORD),
        "readme-metadata",
        "no such file: README.md",
        "",
        false
    )]
    #[case::the_dump(
        Fault::BadDump { path: "db/dump.sql".into(), defect: "empty".into() },
        "dump-not-saved",
        "dump.sql is not below a saved path",
        "services.db.deploy",
        true
    )]
    fn a_finding_explains_what_it_speaks_of(
        #[case] fault: Fault,
        #[case] rule: &str,
        #[case] message: &str,
        #[case] key: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(explains(&fault, rule, message, key), expected);
    }
}
