//! Overlays that need another overlay.

use cc_ci_recipe::Files;

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Stack, word};

pub(super) const RULE: Rule = Rule {
    id: "C018",
    name: "overlay-without-image",
    severity: Severity::Warning,
    title: "an overlay can be added by itself",
    why: "a service that gets its image from another overlay has none where only this one is \
          added, and the deploy is refused",
    remedy: "add the image, or say in .env.sample that both belong together: \
             COMPOSE_FILE=\"$COMPOSE_FILE:compose.a.yml:compose.b.yml\"",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.services().filter(|service| service.image().is_none()) {
        let Some(other) = giver(stack.files, service.name()) else {
            // No file gives an image: that is R011.
            continue;
        };
        if documented(stack, other) {
            continue;
        }
        let message = format!("service `{}` has its image in {other} only", service.name());
        found.at(service.place(), service.key("image"), message);
    }
}

/// The file that gives the service an image.
fn giver<'a>(files: &'a Files, service: &str) -> Option<&'a str> {
    let gives = |file: &&cc_ci_recipe::ComposeFile| {
        let image = (file.root.get("services"))
            .and_then(|services| services.get(service)?.get("image"))
            .and_then(word);
        image.is_some_and(|image| !image.is_empty())
    };
    files.compose.iter().find(gives).map(|file| file.name.as_str())
}

/// True where a line of `.env.sample` adds both files.
fn documented(stack: &Stack<'_>, other: &str) -> bool {
    let lines = stack.files.sample.iter().flatten().filter(|line| line.name == "COMPOSE_FILE");
    let both = |value: &str| {
        let names: Vec<&str> = value.split(':').collect();
        names.contains(&other) && stack.overlay.is_some_and(|overlay| names.contains(&overlay))
    };
    lines.into_iter().any(|line| both(&line.value))
}
