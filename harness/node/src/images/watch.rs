//! What is heard while images are made.

/// A step in the making of images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step<'a> {
    /// Work at an image or a base began.
    Began {
        /// Its name, as `nginx:1.22` or `cc-ci/base:trixie`.
        name: &'a str,
        /// `building` or `sending`.
        doing: &'static str,
    },
    /// One line of its output, without the end.
    Line {
        /// Its name.
        name: &'a str,
        /// The line.
        line: &'a str,
    },
    /// Work at it ended.
    Ended {
        /// Its name.
        name: &'a str,
        /// `built`, `pushed`, `up to date` or `failed`.
        how: &'static str,
        /// How long the work took since it began.
        seconds: f64,
    },
    /// Something that concerns all of them, such as a wait for another process.
    Note(&'a str),
}

/// Hears the steps as they come. Any `Fn(Step)` is one.
pub trait Watch: Send + Sync {
    /// One step.
    fn hear(&self, step: Step<'_>);
}

impl<F: Fn(Step<'_>) + Send + Sync> Watch for F {
    fn hear(&self, step: Step<'_>) {
        self(step);
    }
}
