//! That the recipe can be read at all.

use cc_ci_recipe::{FileDefect, Files, RecipeError};

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "C001",
    name: "readable",
    severity: Severity::Error,
    title: "the recipe can be read, with each of its overlays",
    why: "a file that cannot be read is refused at the deploy of the operator who switches it on",
    remedy: "correct the file at the place named",
    check: Check::Files(check),
};

fn check(files: &Files, found: &mut Found) {
    for problem in &files.problems {
        match problem {
            RecipeError::Compose(problem) => {
                let hint = problem.hint.as_ref().map(|h| format!("; {h}")).unwrap_or_default();
                let message = format!("{}{hint}", problem.kind);
                found.at(&problem.place, problem.path.to_string(), message);
            }
            RecipeError::Env(error) => {
                let text = error.to_string();
                let first = text.lines().next().unwrap_or_default();
                let place = format!("{}: ", error.place());
                let message = first.strip_prefix(&place).unwrap_or(first);
                found.at(error.place(), "", message);
            }
            RecipeError::File { path, defect } => {
                let message = match defect {
                    FileDefect::Missing => "does not exist".to_owned(),
                    FileDefect::Unusable(defect) => defect.clone(),
                    FileDefect::Unread(_) => defect.to_string(),
                };
                found.file(&path.display().to_string(), message);
            }
            RecipeError::NotRecipe { .. }
            | RecipeError::Name { .. }
            | RecipeError::UnknownVersion { .. }
            | RecipeError::AmbiguousVersion { .. }
            | RecipeError::Manifest(_) => found.recipe(problem.to_string()),
        }
    }
}
