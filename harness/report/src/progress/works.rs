//! One line for each piece of work that goes on, for terminals: what it does, and for how long.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};

use super::bars::{TICK, style};
use crate::text::one_line;

/// The longest quotation of a command's output.
const QUOTE: usize = 200;

/// One line on stderr for each piece of work that goes on, such as the build of an image. A piece that has ended
/// stays as a line with ✔ or ✘.
#[derive(Debug)]
pub struct Works {
    multi: MultiProgress,
    lines: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Default for Works {
    fn default() -> Self {
        Self::on(ProgressDrawTarget::stderr())
    }
}

impl Works {
    /// Draws to stderr.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn on(target: ProgressDrawTarget) -> Self {
        Self { multi: MultiProgress::with_draw_target(target), lines: Mutex::default() }
    }

    /// Work at `name` goes on; `doing` says what is done, as `building` or a line of its output.
    pub fn goes_on(&self, name: &str, doing: &str) {
        let mut lines = self.lines();
        let bar = lines.entry(name.to_owned()).or_insert_with(|| {
            let bar = self.multi.add(ProgressBar::new_spinner().with_prefix(name.to_owned()));
            bar.set_style(style("{spinner} {prefix:22} {elapsed:>4}  {wide_msg}"));
            bar.enable_steady_tick(TICK);
            bar
        });
        bar.set_message(one_line(doing, QUOTE));
    }

    /// Work at `name` has ended; `said` is the line that stays.
    pub fn ended(&self, name: &str, fine: bool, said: &str) {
        if let Some(bar) = self.lines().remove(name) {
            bar.finish_and_clear();
        }
        self.note(&format!("{} {said}", if fine { '✔' } else { '✘' }));
    }

    /// A line that stays.
    pub fn note(&self, line: &str) {
        // A line that cannot be drawn is no reason to stop.
        let _ = self.multi.println(one_line(line, QUOTE));
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<String, ProgressBar>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;

    #[test]
    fn work_that_ended_stays_and_work_that_goes_on_says_what_it_does() {
        let terminal = InMemoryTerm::new(10, 80);
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), 255);
        let works = Works::on(target);
        works.goes_on("a:1", "building");
        works.goes_on("b:1", "building");
        works.goes_on("a:1", "step 2\n\u{1b}[2J");
        works.ended("b:1", false, "b:1 failed");
        works.lines().values().for_each(ProgressBar::force_draw);
        let screen = terminal.contents();
        let lines: Vec<_> = screen.lines().collect();
        assert_eq!(lines[0], "✘ b:1 failed");
        assert!(lines[1].contains("a:1") && lines[1].contains("step 2"), "{screen}");
        assert_eq!(lines.len(), 2, "{screen}");
    }
}
