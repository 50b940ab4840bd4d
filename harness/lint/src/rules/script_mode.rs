//! Scripts without an executable mode.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::shell::{executed, is_shell};
use crate::stack::{Service, Stack, Used};

pub(super) const RULE: Rule = Rule {
    id: "C029",
    name: "script-mode",
    severity: Severity::Error,
    title: "a config that is executed has an executable mode",
    why: "configs are mounted with mode 0444: the container ends with `permission denied` before \
          anything runs, or the hook or health check fails every time",
    remedy: "mount it with `mode: 0555`, or name its interpreter, as in [\"sh\", \"/start.sh\"]",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        let is_script = |used: &Used<'_>| !used.is_executable() && used.target.starts_with('/');
        if !service.configs().iter().chain(service.secrets()).any(is_script) {
            continue;
        }
        let executed = all_executed(&service);
        for section in ["configs", "secrets"] {
            for used in service.used(section) {
                if !used.is_executable() && executed.iter().any(|path| path == used.target) {
                    let message = format!(
                        "`{}` executes {}, which has mode {}",
                        service.name(),
                        used.target,
                        mode(used)
                    );
                    found.at(
                        used.place,
                        service.key(&format!("{section}.{}", used.source)),
                        message,
                    );
                }
            }
        }
    }
}

fn mode(used: &Used<'_>) -> String {
    format!("0{:o}", used.mode)
}

/// The paths that the service executes when it starts, in its health check and in its hooks.
fn all_executed(service: &Service<'_>) -> Vec<String> {
    let words = |key: &str| -> Vec<&str> {
        service.words(&[key]).into_iter().map(|(word, _)| word).collect()
    };
    let (entrypoint, command) = (words("entrypoint"), words("command"));
    let mut all = of_words(&entrypoint);
    // A shell or an interpreter as entry point reads what the command names.
    if entrypoint.first().is_none_or(|first| !is_shell(first)) {
        all.extend(of_words(&command));
    }
    let test: Vec<&str> =
        service.words(&["healthcheck", "test"]).into_iter().map(|(word, _)| word).collect();
    match test.split_first() {
        Some((&"CMD", rest)) => all.extend(of_words(rest)),
        Some((&"CMD-SHELL", rest)) => all.extend(rest.iter().flat_map(|line| executed(line))),
        _ => {}
    }
    for label in service.labels().iter().filter(|label| label.name.starts_with("backupbot.")) {
        if label.name.ends_with("-hook") {
            all.extend(executed(label.value));
        }
    }
    all
}

/// What a list of words executes: its program, and what a shell is told to run with `-c`.
fn of_words(words: &[&str]) -> Vec<String> {
    let Some(first) = words.first() else { return Vec::new() };
    if !is_shell(first) {
        return executed(&words.join(" ")).into_iter().take(1).collect();
    }
    let script = words.iter().position(|word| word.starts_with('-') && word.ends_with('c'));
    script.and_then(|at| words.get(at + 1)).map(|line| executed(line)).unwrap_or_default()
}
