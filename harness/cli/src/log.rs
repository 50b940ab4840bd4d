//! The log of the harness itself on stderr: a span per run, unit, tier, check and engine request, with the
//! time that it took.
//!
//! Only targets of the harness can be turned on: a library at level trace prints what it sends, and
//! that may hold secrets. What the spans hold is decided in `cc_ci_runner::spans` and
//! `cc_ci_engine::Traced`: names and ids, nothing that an app or a recipe said.

use std::io::IsTerminal as _;
use std::str::FromStr;

use clap::ValueEnum;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

/// The target of the harness; every target of its own begins with it.
const OURS: &str = "cc_ci";

/// What the lines of the log look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for a person
    #[default]
    Text,
    /// A JSON object per line for a program
    Json,
}

/// Which spans are shown: those that `-v` names, or those that the words of `CC_CI_LOG` name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown(Targets);

impl Shown {
    /// The level for a number of `-v`: nothing, runs to checks, engine requests as well.
    pub(crate) fn of(verbose: u8) -> Self {
        let level = match verbose {
            0 => LevelFilter::OFF,
            1 => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        };
        Self(Targets::new().with_target(OURS, level))
    }

    /// True where nothing is shown.
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.iter().all(|(_, level)| level == LevelFilter::OFF)
    }
}

/// Reads `info`, or `cc_ci=info,cc_ci::engine=debug`.
impl FromStr for Shown {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let mut targets = Targets::new().with_target(OURS, LevelFilter::OFF);
        for word in words {
            let (target, level) = word.split_once('=').unwrap_or((OURS, word));
            if target != OURS && !target.starts_with("cc_ci::") {
                return Err(format!(
                    "{target:?} is no target of cc-ci; the targets are {OURS}, {OURS}::run, {OURS}::engine"
                ));
            }
            let level = level.parse::<LevelFilter>().map_err(|_| {
                format!(
                    "{level:?} is no level; the levels are off, error, warn, info, debug, trace"
                )
            })?;
            targets = targets.with_target(target.to_owned(), level);
        }
        Ok(Self(targets))
    }
}

/// Starts the log.
pub(crate) fn start(shown: Shown, format: LogFormat) {
    if shown.is_nothing() {
        return;
    }
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_span_events(FmtSpan::CLOSE);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
    };
    // A second start (in tests) keeps the first log.
    let _ = tracing_subscriber::registry().with(lines.with_filter(shown.0)).try_init();
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tracing::Level;

    use super::*;

    #[rstest]
    #[case::level("debug", "cc_ci::engine", Level::DEBUG, true)]
    #[case::lower("info", "cc_ci::engine", Level::DEBUG, false)]
    #[case::target("info,cc_ci::engine=debug", "cc_ci::engine", Level::DEBUG, true)]
    #[case::others_stay_off("cc_ci::engine=debug", "cc_ci::run", Level::INFO, false)]
    #[case::a_library_is_never_shown("trace", "hyper::client", Level::ERROR, false)]
    fn is_shown(#[case] words: &str, #[case] target: &str, #[case] level: Level, #[case] is: bool) {
        assert_eq!(words.parse::<Shown>().unwrap().0.would_enable(target, &level), is);
    }

    #[rstest]
    #[case::library("hyper=trace", "hyper")]
    #[case::look_alike("cc_city=trace", "cc_city")]
    #[case::level("cc_ci=loud", "loud")]
    fn is_refused(#[case] words: &str, #[case] named: &str) {
        assert!(words.parse::<Shown>().unwrap_err().contains(named));
    }

    #[test]
    fn more_is_shown_the_more_often_it_is_asked_for() {
        assert!(Shown::of(0).is_nothing());
        let enables = |shown: &Shown, level| shown.0.would_enable("cc_ci::engine", &level);
        assert!(!enables(&Shown::of(1), Level::DEBUG) && enables(&Shown::of(1), Level::INFO));
        assert!(enables(&Shown::of(2), Level::DEBUG));
    }
}
