//! Shows how the making of images goes on: a line for each on a terminal, and a line for each that is done elsewhere.

use cc_ci_node::images::{Step, Watch};
use cc_ci_report::progress::Works;

use crate::printer::Printer;

/// Shows how the making of images goes on.
pub(crate) enum ImageProgress {
    /// A person watches a terminal.
    Watched(Works),
    /// A line for each image that is done. `every`: each line of output too.
    Plain { printer: Printer, every: bool },
    /// The terminal shows a run, so only failures are printed.
    Failures(Printer),
}

impl ImageProgress {
    /// What fits `printer`. `beside_a_run`: a run is shown at the same time.
    pub(crate) fn of(printer: Printer, beside_a_run: bool) -> Self {
        match (printer.is_watched(), beside_a_run) {
            (true, true) => Self::Failures(printer),
            (true, false) => Self::Watched(Works::new()),
            (false, _) => Self::Plain { printer, every: printer.is_logging() },
        }
    }
}

impl Watch for ImageProgress {
    fn hear(&self, step: Step<'_>) {
        match self {
            Self::Watched(works) => match step {
                Step::Began { name, doing } => works.goes_on(name, doing),
                Step::Line { name, line } => works.goes_on(name, line),
                Step::Ended { name, how: "failed", .. } => {
                    works.ended(name, false, &ending(&step).unwrap_or_default());
                }
                Step::Ended { name, .. } => {
                    works.ended(name, true, &ending(&step).unwrap_or_default());
                }
                Step::Note(line) => works.note(line),
            },
            Self::Plain { printer, every } => {
                if let Some(line) = plain(&step, *every) {
                    printer.talk(&line);
                }
            }
            Self::Failures(printer) => {
                if let (Step::Ended { how: "failed", .. }, Some(line)) = (step, ending(&step)) {
                    printer.talk(&format!("  {line}"));
                }
            }
        }
    }
}

/// The line for a step, where it is worth one. `every`: lines of output are, too.
fn plain(step: &Step<'_>, every: bool) -> Option<String> {
    match step {
        Step::Began { name, doing } => every.then(|| format!("  {name}: {doing}")),
        Step::Line { name, line } => every.then(|| format!("  {name}: {line}")),
        // The list at the end names the images that were up to date.
        Step::Ended { how: "up to date", .. } if !every => None,
        Step::Ended { .. } => ending(step).map(|line| format!("  {line}")),
        Step::Note(line) => Some(format!("  {line}")),
    }
}

fn ending(step: &Step<'_>) -> Option<String> {
    let Step::Ended { name, how, seconds } = step else { return None };
    Some(format!("{name:22} {how:10} {seconds:>6.1} s"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::done(Step::Ended { name: "a:1", how: "built", seconds: 31.25 }, false, Some("  a:1                    built        31.2 s"))]
    #[case::failed(Step::Ended { name: "a:1", how: "failed", seconds: 3.0 }, false, Some("  a:1                    failed        3.0 s"))]
    #[case::nothing_to_do(Step::Ended { name: "a:1", how: "up to date", seconds: 0.0 }, false, None)]
    #[case::output(Step::Line { name: "a:1", line: "x" }, false, None)]
    #[case::output_is_wanted(Step::Line { name: "a:1", line: "x" }, true, Some("  a:1: x"))]
    #[case::began(Step::Began { name: "a:1", doing: "building" }, false, None)]
    #[case::a_wait(Step::Note("waiting"), false, Some("  waiting"))]
    fn one_plain_line_for_each_image_that_is_done(
        #[case] step: Step<'_>,
        #[case] every: bool,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(plain(&step, every).as_deref(), expected);
    }
}
