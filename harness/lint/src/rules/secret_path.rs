//! Paths of secrets.

use cc_ci_recipe::Place;

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Service, Stack};

pub(super) const RULE: Rule = Rule {
    id: "C030",
    name: "secret-path",
    severity: Severity::Error,
    title: "a path under /run/secrets is one that is mounted",
    why: "a secret lies at /run/secrets/<target>; the app finds no file at any other path and ends, \
          or starts without its password",
    remedy: "correct the path, or add the secret to the `secrets` of the service",
    check: Check::Stack(check),
};

const FOLDER: &str = "/run/secrets/";

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        // A mount may put anything there.
        if service.mounts().iter().any(|mount| FOLDER.starts_with(mount.target)) {
            continue;
        }
        let mut told = |text: &str, place: &Place, key: &dyn Fn() -> String| {
            if !text.contains(FOLDER) {
                return;
            }
            for name in missing(&service, text) {
                let message = match granted(&service).as_slice() {
                    [] => format!("`{}` has no secret {name}, and no other", service.name()),
                    names => {
                        format!(
                            "`{}` has no secret {name}; it has {}",
                            service.name(),
                            names.join(", ")
                        )
                    }
                };
                found.at(place, key(), message);
            }
        };
        for pair in service.environment() {
            let key = || service.key(&format!("environment.{}", pair.name));
            told(pair.value, pair.place, &key);
        }
        for path in [&["entrypoint"][..], &["command"], &["healthcheck", "test"]] {
            for (word, place) in service.words(path) {
                told(word, place, &|| service.key(&path.join(".")));
            }
        }
        for label in service.labels().iter().filter(|label| label.name.ends_with("-hook")) {
            let key = || service.key(&format!("deploy.labels.{}", label.name));
            told(label.value, label.place, &key);
        }
    }
}

/// The files below [`FOLDER`] that the service has.
fn granted<'a>(service: &Service<'a>) -> Vec<&'a str> {
    let secrets = service.secrets().iter().map(|used| used.target);
    let configs = service.configs().iter().map(|used| used.target);
    let configs = configs.filter(|target| target.starts_with(FOLDER));
    secrets.chain(configs).map(|target| target.strip_prefix(FOLDER).unwrap_or(target)).collect()
}

/// The files below [`FOLDER`] that `text` names and the service does not have. A file that is only
/// tested may be absent, and a name that a variable makes is not known.
fn missing<'a>(service: &Service<'_>, text: &'a str) -> Vec<&'a str> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices(FOLDER) {
        let (before, rest) = (&text[..at], &text[at + FOLDER.len()..]);
        let part = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
        let end = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches(['.', '/', '-']);
        let tested = ["-f", "-e", "-s", "-r"]
            .iter()
            .any(|test| before.trim_end_matches(['"', '\'', ' ']).ends_with(test));
        let open = rest[end..].starts_with(['$', '{', '*', '?', '<']);
        // `/var/run/secrets` is the same folder, `/srv/run/secrets` another.
        let elsewhere =
            before.ends_with(|c: char| c.is_ascii_alphanumeric()) && !before.ends_with("/var");
        if !name.is_empty()
            && !tested
            && !open
            && !elsewhere
            && !granted(service).contains(&name)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}
