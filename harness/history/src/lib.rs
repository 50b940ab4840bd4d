//! Past runs in SQLite: derived from run folders, rebuilt from them at any time, and what they predict.
//!
//! A run is taken in once, after its end, and its rows never change. Nothing is in the file that is not in the
//! folders, so a file that is lost or of another version costs nothing but `cc-ci history rebuild`.

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
