//! Canary data in the app's own words, as the suite describes it.

use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_model::{Fault, ProbeSpec, Unread};
use cc_ci_probe::{Probe, ProbeError, Unheld, until_it_answers};
use cc_ci_suite::{CanarySpec, Words};

use crate::standing::Standing;
use crate::{Found, Saved, Store};

/// True for an answer over HTTP that refuses the login.
fn is_barred(message: &str) -> bool {
    ["401", "403", "407"]
        .iter()
        .any(|status| message.contains(&format!(" answered {status}, not ")))
}

/// True for an answer over HTTP that speaks of an error of the app itself.
fn is_in_trouble(message: &str) -> bool {
    let status = message.split_once(" answered 5").map(|(_, rest)| rest.as_bytes());
    status.is_some_and(|rest| {
        rest.len() > 2 && rest[..2].iter().all(u8::is_ascii_digit) && rest[2] == b','
    })
}

struct App {
    spec: CanarySpec,
}

/// Builds a suite's probe with every word filled in.
///
/// # Errors
/// [`Fault::BrokenCheck`]: the suite is wrong, not the recipe.
pub fn build_probe(words: &Words, spec: &ProbeSpec) -> Result<Box<dyn Probe>, Fault> {
    let broken = |message: String| Fault::BrokenCheck { message };
    let filled = words.fill(spec).map_err(|error| broken(error.to_string()))?;
    cc_ci_probe::build(&filled).map_err(|error| broken(error.to_string()))
}

pub(crate) fn discover(standing: &Standing<'_>) -> Vec<Arc<dyn Store>> {
    let store = |spec: &CanarySpec| Arc::new(App { spec: spec.clone() }) as Arc<dyn Store>;
    standing.canaries.iter().map(store).collect()
}

#[async_trait]
impl Store for App {
    fn name(&self) -> String {
        format!("app:{}", self.spec.id)
    }

    fn volume(&self) -> Option<&str> {
        None
    }

    fn is_read_in_place(&self) -> bool {
        false
    }

    fn saved(&self, standing: &Standing<'_>) -> Saved {
        match standing.backup_plan() {
            Some(_) => Saved::Yes,
            None => Saved::No("the recipe has no backup".to_owned()),
        }
    }

    async fn write(&self, standing: &Standing<'_>, key: &str) -> Result<(), Fault> {
        let probe = build_probe(&standing.words.clone().with_nonce(key), &self.spec.write)?;
        let limit = standing.limit;
        let result = until_it_answers(probe.as_ref(), &standing.access, limit).await;
        result.map_err(Unheld::fault)
    }

    async fn find(&self, standing: &Standing<'_>, key: &str) -> Result<Found, Fault> {
        let probe = build_probe(&standing.words.clone().with_nonce(key), &self.spec.read)?;
        let limit = standing.limit;
        match until_it_answers(probe.as_ref(), &standing.access, limit).await {
            Ok(()) => Ok(Found::Intact),
            // The app answered and refused the login.
            Err(Unheld::Said(ProbeError::Unmet { message })) if is_barred(&message) => {
                Ok(Found::Unreadable(Unread::Refused, message))
            }
            Err(Unheld::Said(ProbeError::Unmet { message })) if is_in_trouble(&message) => {
                Ok(Found::Unreadable(Unread::Closed, message))
            }
            // Nothing answered within the time limit.
            Err(Unheld::Said(error @ ProbeError::NoAnswer { .. })) => {
                Ok(Found::Unreadable(Unread::Closed, error.to_string()))
            }
            // The app answered: what was written is not there.
            Err(Unheld::Said(ProbeError::Unmet { .. })) => Ok(Found::Gone),
            Err(error) => Err(error.fault()),
        }
    }

    async fn damage(&self, _standing: &Standing<'_>, _key: &str) -> Result<bool, Fault> {
        Ok(false)
    }

    fn forgets(&self) -> bool {
        false
    }

    fn has_accounts(&self) -> bool {
        true
    }

    async fn clear(&self, _standing: &Standing<'_>, _key: &str) -> Result<(), Fault> {
        // A suite does not say how the app deletes data. Data that stays does no harm to the app.
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::login("GET http://a/x answered 401, not 200: \"\"", true, false)]
    #[case::forbidden("step 2: GET http://a/x answered 403, not 200: \"no\"", true, false)]
    #[case::not_there("GET http://a/x answered 404, not 200: \"404\"", false, false)]
    #[case::other_text(
        "GET http://a/x answered without \"bk-1\": \"answered 401, or 5\"",
        false,
        false
    )]
    #[case::trouble("GET http://a/x answered 503, not 200: \"\"", false, true)]
    fn an_answer_that_lets_nobody_look_is_no_loss(
        #[case] message: &str,
        #[case] barred: bool,
        #[case] in_trouble: bool,
    ) {
        assert_eq!((is_barred(message), is_in_trouble(message)), (barred, in_trouble));
    }
}
