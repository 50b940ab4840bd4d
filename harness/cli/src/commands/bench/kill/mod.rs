//! `cc-ci bench kill`

mod aim;
mod command;
mod keep;
mod left;
mod life;
mod moment;
mod program;
mod row;
mod table;

pub(in crate::commands) use command::{Wanted, run};
