//! Processes that end with exit code 0 although they failed.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Service, Stack};

pub(super) const RULE: Rule = Rule {
    id: "C014",
    name: "on-failure-exit-0",
    severity: Severity::Warning,
    title: "a process that may end with exit code 0 is restarted on any end",
    why: "with `on-failure` Swarm takes exit code 0 as the end of the work: the task is Complete, \
          the service has no task left and nothing starts it again",
    remedy: "set restart_policy.condition to any",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        let condition = service.word(&["deploy", "restart_policy", "condition"]);
        let Some((_, place)) = condition.filter(|(word, _)| *word == "on-failure") else {
            continue;
        };
        if let Some(why) = ends_with_0(&service) {
            let message = format!("`{}` {why} and is restarted on failure only", service.name());
            found.at(place, service.key("deploy.restart_policy.condition"), message);
        }
    }
}

/// Why the process may end with 0, if there is a sign of it: it runs on Erlang, whose run time
/// ends so when its supervisors give up; its command hides its exit code; or the restore hook ends
/// it, to be started again. A one-shot (by its command's words) is meant to end.
fn ends_with_0(service: &Service<'_>) -> Option<&'static str> {
    let lines: Vec<String> = ["entrypoint", "command"]
        .iter()
        .filter_map(|key| service.line(key).map(|(line, _)| line))
        .collect();
    let line = lines.join(" ");
    if service.seems_one_shot() {
        return None;
    }
    let erlang = ["mix phx", "elixir ", "bin/erl", "iex "].iter().any(|word| line.contains(word));
    if erlang || service.image().is_some_and(|(image, _)| image.is_erlang()) {
        return Some("runs on Erlang");
    }
    if line.trim_end().ends_with("|| true") || line.trim_end().ends_with("exit 0") {
        return Some("hides its exit code");
    }
    let hook = service.label("backupbot.restore.post-hook");
    hook.filter(|hook| hook.value.contains("kill ")).map(|_| "is ended by its restore hook")
}
