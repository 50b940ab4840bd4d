//! `cc-ci bench`

mod command;
mod crash;
mod goal;
mod kill;
mod life;
mod lint;
mod median;
mod overlay;
mod phase;
mod redact;
mod report;
mod script;
mod soundness;
mod stage;
mod teardown;
mod tools;

pub(super) use command::run;
