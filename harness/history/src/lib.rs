//! Past runs in SQLite: derived from run folders, rebuilt from them at any time, and what they predict.
//!
//! A run is added once, after its end, and its rows never change. Everything in the file is also in the
//! folders, so `cc-ci history rebuild` replaces a file that is lost or of another version.

mod error;
mod folders;
mod ingest;
mod list;
mod open;
mod predict;
mod pressure;
mod rebuild;
mod rows;
#[cfg(test)]
mod testing;

pub use error::HistoryError;
pub use folders::run_folders;
pub use ingest::Taken;
pub use list::{PastAttempt, PastTier};
pub use open::{FILE, History};
pub use predict::{PREDICTS_FROM, Prediction, median};
pub use pressure::{FLOOR, WINDOWS, floor};
pub use rebuild::{Rebuilt, Skipped, rebuild};
