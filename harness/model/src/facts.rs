//! Named facts that a check requires and found, and the pure judgement on them that the runner and `verify` share.

use serde::{Deserialize, Serialize};

use crate::Fault;

/// All that the outcome of a check is made of, as named facts. Every kind of check that is no HTTP answer and no
/// look for canary data keeps it, so that a new kind of check needs no new form in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The requirements, in the order in which they are judged.
    pub required: Vec<Required>,
    /// What was found, as far as the requirements reach.
    pub found: Vec<Fact>,
}

/// A requirement: a fact that must be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Required {
    /// Its name: `step 2 status`, `running copies of app`.
    pub name: String,
    /// The values of which it has to have one.
    pub any_of: Vec<String>,
}

/// A fact that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Facts {
    /// Adds that the fact `name` has to have one of the values `any_of`.
    pub fn require<V: ToString>(&mut self, name: &str, any_of: impl IntoIterator<Item = V>) {
        let any_of = any_of.into_iter().map(|value| value.to_string()).collect();
        self.required.push(Required { name: name.to_owned(), any_of });
    }

    /// Adds that the fact `name` was found to have `value`.
    pub fn find(&mut self, name: &str, value: impl ToString) {
        self.found.push(Fact { name: name.to_owned(), value: value.to_string() });
    }

    /// These facts and one that has to be `required` and was found to be `found`.
    #[must_use]
    pub fn with(mut self, name: &str, required: impl ToString, found: impl ToString) -> Self {
        self.require(name, [required]);
        self.find(name, found);
        self
    }

    /// The first requirement that no fact meets; `None` where each is met. A fact meets one requirement only:
    /// of two dumps of one name both must be sound.
    #[must_use]
    pub fn judge(&self) -> Option<&Required> {
        let mut left: Vec<&Fact> = self.found.iter().collect();
        self.required.iter().find(|required| {
            let meets =
                |fact: &&Fact| fact.name == required.name && required.any_of.contains(&fact.value);
            match left.iter().position(meets) {
                Some(at) => {
                    left.remove(at);
                    false
                }
                None => true,
            }
        })
    }
}

/// True for a fault that follows from the facts of its check and from nothing else. A check may still fail for
/// another reason: the engine stopped answering, time ran out, a port of the node is taken.
pub(crate) fn is_made_of_facts(fault: &Fault) -> bool {
    match fault {
        Fault::CrashLoop { .. }
        | Fault::OneShotFailed { .. }
        | Fault::Ended { .. }
        | Fault::Unhealthy { .. }
        | Fault::RolledBack { .. }
        | Fault::NotMoved { .. }
        | Fault::BadDump { .. }
        | Fault::RuleBroken { .. }
        | Fault::NotServing { .. }
        | Fault::CheckFailed { .. }
        | Fault::Restic { .. }
        | Fault::NotRefused { .. }
        | Fault::NotIdempotent { .. }
        | Fault::LeftBehind { .. }
        | Fault::DeployCount { .. } => true,
        Fault::TaskRejected { .. }
        | Fault::MemoryLimit { .. }
        | Fault::OwnPort { .. }
        | Fault::UpdatePaused { .. }
        | Fault::DataLost { .. }
        | Fault::InNoVolume { .. }
        | Fault::DataUnreadable { .. }
        | Fault::DataKept { .. }
        | Fault::HookFailed { .. }
        | Fault::BackupLabels { .. }
        | Fault::NotSaved { .. }
        | Fault::NotRestarted { .. }
        | Fault::BadRecipe { .. }
        | Fault::ImageMissing { .. }
        | Fault::RegistryDown { .. }
        | Fault::SourceDown { .. }
        | Fault::RegistryQuota { .. }
        | Fault::EngineDown { .. }
        | Fault::EngineRefused { .. }
        | Fault::NotSchedulable { .. }
        | Fault::PortTaken { .. }
        | Fault::NodeExhausted { .. }
        | Fault::AddedLimit { .. }
        | Fault::Gateway { .. }
        | Fault::Edge { .. }
        | Fault::NotPlanned { .. }
        | Fault::BrokenCheck { .. }
        | Fault::Bug { .. }
        | Fault::Deadline { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(status: &str, text: Option<&str>) -> Facts {
        let mut facts = Facts::default();
        facts.require("status", [200, 204]);
        facts.require("body holds", ["shop"]);
        facts.find("status", status);
        text.into_iter().for_each(|text| facts.find("body holds", text));
        facts
    }

    #[rstest::rstest]
    #[case::all_met(facts("204", Some("shop")), None)]
    #[case::another_value(facts("500", Some("shop")), Some("status"))]
    #[case::not_found(facts("200", None), Some("body holds"))]
    #[case::the_first_counts(facts("500", None), Some("status"))]
    #[case::nothing_required(Facts::default(), None)]
    #[case::with_one(facts("200", Some("shop")).with("left", 0, 2), Some("left"))]
    #[case::of_one_name(Facts::default().with("a", "x", "x").with("a", "x", "y"), Some("a"))]
    #[case::another_name(Facts::default().with("a", "x", "y").with("b", "y", "x"), Some("a"))]
    fn each_requirement_has_to_be_met(#[case] facts: Facts, #[case] unmet: Option<&str>) {
        assert_eq!(facts.judge().map(|unmet| unmet.name.as_str()), unmet);
        let json = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<Facts>(&json).unwrap(), facts);
    }
}
