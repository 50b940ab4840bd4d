//! Turns a dossier into a class or asks for the next experiment; pure.
//!
//! [`facts`] reads the records of a run and closes their holes: what claims to be green without a
//! check that was tried becomes red. [`dossiers`] collects, per red case, what each attempt said.
//! [`groups`] puts red checks of one cause together. [`step`] labels a dossier or names the experiment that is still missing; [`conclude`] labels it
//! with what there is.

mod class;
mod dossier;
mod facts;
mod group;
mod implied;
mod owner;
mod posterior;
#[cfg(test)]
mod procedure;
mod reasons;
mod repeat;
mod signature;
mod step;
#[cfg(test)]
mod testing;
mod verdict;
mod weak;

pub use dossier::{AttemptFact, Dossier, Tried, dossiers};
pub use facts::{Attempt, CheckFact, End, Failure, Refusal, RunFacts, TierFact, UnitFacts, facts};
pub use group::{Group, groups};
pub use posterior::{deterministic, excluded_rate, passes_next};
pub use signature::signature;
pub use step::{Experiment, RERUNS_ALONE, Step, conclude, step};
pub use verdict::Verdict;
pub use weak::Weakness;
