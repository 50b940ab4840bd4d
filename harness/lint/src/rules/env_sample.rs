//! `.env.sample`.

use cc_ci_recipe::Files;

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "R008",
    name: "env-sample",
    severity: Severity::Error,
    title: "there is an .env.sample",
    why: "abra makes the settings of a new app from it and cannot create the app without",
    remedy: "add an .env.sample with TYPE=<recipe> and every variable that the compose files use",
    check: Check::Files(check),
};

fn check(files: &Files, found: &mut Found) {
    if files.listing.contains(".env.sample") {
        return;
    }
    let elsewhere = files.listing.iter().find(|path| path.ends_with("/.env.sample"));
    found.file(
        ".env.sample",
        match elsewhere {
            Some(path) => format!("there is none beside compose.yml, only {path}"),
            None => "there is none".to_owned(),
        },
    );
}
