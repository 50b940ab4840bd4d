//! Measures the program: lives, tear-downs, soundness, kills, redaction, the journal, lint and scheduling, each against its goal.

mod crash;
mod goal;
mod ground;
mod journal;
pub mod kill;
mod life;
mod lifecycle;
mod lint;
mod median;
mod overlay;
mod peak;
mod phase;
mod redact;
mod report;
mod schedule;
mod script;
pub mod soundness;
mod stage;
mod teardown;
mod tools;

pub use ground::Ground;
pub use journal::{JournalCost, journal};
pub use lifecycle::lifecycle;
pub use lint::{LintSpeed, lint};
pub use redact::{RedactionCost, redact};
pub use report::Report;
pub use schedule::{ScheduleCost, schedule};
