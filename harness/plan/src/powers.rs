//! The powers that a unit's stacks ask for, before anything is created.

use std::path::Path;

use cc_ci_policy::{Asks, Grant, Review, review, typed};
use cc_ci_recipe::{Manifest, Resolved};

use crate::error::PlanError;
use crate::trust::Trust;

/// One recipe and what may be granted to it.
#[derive(Debug)]
pub struct Powers<'a> {
    /// Its `recipe.toml`.
    pub manifest: &'a Manifest,
    /// How far it is trusted.
    pub trust: Trust,
    /// The powers that were typed with `--grant`.
    pub typed: &'a [Grant],
    /// The catalogue root, for a hint.
    pub root: Option<&'a Path>,
}

impl Powers<'_> {
    /// Judges what `stacks` ask for, each with the name under which it serves.
    ///
    /// # Errors
    /// The grants of a named root cannot be read.
    pub fn review<'b>(
        &self,
        stacks: impl IntoIterator<Item = (&'b Resolved, &'b str)>,
    ) -> Result<Review, PlanError> {
        let grants = self.trust.grants(self.manifest, self.typed)?;
        let asks = stacks.into_iter().map(|(resolved, domain)| Asks {
            spec: &resolved.spec,
            domain,
            places: &resolved.places,
        });
        Ok(review(asks, &grants))
    }

    /// Refuses every power that was not granted; otherwise the answer is what is worth saying.
    ///
    /// # Errors
    /// A power is not granted, or the grants of a named root cannot be read.
    pub(crate) fn refuse<'b>(
        &self,
        stacks: impl IntoIterator<Item = (&'b Resolved, &'b str)>,
    ) -> Result<Vec<String>, PlanError> {
        let review = self.review(stacks)?;
        let void = self.trust.void_grants(self.manifest, self.root);
        if review.passes() {
            let stale = review.stale.iter();
            let stale = stale.map(|grant| format!("{} is not needed", self.source(grant)));
            let typed = |text: &str| text.parse().is_ok_and(|grant| self.typed.contains(&grant));
            let all_typed = self.manifest.grants.iter().all(|grant| typed(&grant.text));
            let void = void.filter(|_| !all_typed);
            let void = void.map(|void| format!("{}: {}", void.said, void.hint));
            return Ok(stale.chain(void).collect());
        }
        // Each refusal with its own hint; then what holds for all of them.
        let mut error = PlanError::recipe(refusals(&review));
        if review.refused.len() > 1
            && let Some(all) = review.remedy()
        {
            error = error.hint(format!("all of it at once: {all}"));
        }
        if let Some(void) = void {
            error = error.hint(format!("{}: {}", void.said, void.hint));
        }
        Err(error)
    }

    fn source(&self, grant: &Grant) -> String {
        if self.typed.contains(grant) {
            return typed(grant);
        }
        format!("the grant {:?} of recipe.toml", grant.to_string())
    }
}

/// The refusals without stale grants: what is not needed says nothing about what is.
fn refusals(review: &Review) -> String {
    let lines: Vec<String> = review.refused.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
