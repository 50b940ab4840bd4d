//! Downloads when a container starts.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::shell::downloads;
use crate::stack::{Service, Stack};

pub(super) const RULE: Rule = Rule {
    id: "C016",
    name: "start-download",
    severity: Severity::Warning,
    title: "nothing is downloaded when a container starts",
    why: "a restart then needs the internet and whatever is there at that moment: a rate limit or \
          an outage turns one crash into a crash loop, and two starts are not the same",
    remedy: "build it into the image, or keep it in a volume and download only what is missing",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    let own = stack.files.env.get("DOMAIN").map(String::as_str).unwrap_or_default();
    for service in stack.changed_services() {
        let tell = |what: &str| format!("`{}` runs {what} when it starts", service.name());
        for key in ["entrypoint", "command"] {
            if let Some((line, place)) = service.line(key) {
                let words = service.words(&[key]);
                for (_, what) in downloads(&line, own) {
                    let word = words.iter().find(|(word, _)| word.contains(&what));
                    found.at(word.map_or(place, |(_, at)| at), service.key(key), tell(&what));
                }
            }
        }
        for config in service.configs().iter().filter(|c| runs_at_start(&service, c.target)) {
            let Some(path) = stack.file_of("configs", config.source) else { continue };
            let text = stack.files.text(path).unwrap_or_default();
            for (line, what) in downloads(text, own) {
                let Some(place) = stack.files.place(path, line, 1) else { continue };
                found.at(&place, service.key(&format!("configs.{}", config.source)), tell(&what));
            }
        }
    }
}

/// A script runs when it is named by entrypoint or command, is called an entry point itself, or
/// lies in the folder that common images run through.
fn runs_at_start(service: &Service<'_>, target: &str) -> bool {
    let named = ["entrypoint", "command"].iter().any(|key| {
        service.line(key).is_some_and(|(line, _)| line.split_whitespace().any(|w| w == target))
    });
    named || target.contains("entrypoint")
}
