//! The words for the reports of a session.

use cc_ci_model::Record;
use cc_ci_node::images::Watch;
use cc_ci_session::{Ear, News};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use crate::image_progress::ImageProgress;
use crate::printer::Printer;
use crate::progress;

impl Ear for Printer {
    fn hear(&self, news: News<'_>) {
        self.talk(&words(&news));
    }

    fn records(&self) -> (UnboundedSender<Record>, JoinHandle<()>) {
        progress::show(*self)
    }

    fn images(&self, beside_a_run: bool) -> Box<dyn Watch> {
        Box::new(ImageProgress::of(*self, beside_a_run))
    }
}

fn words(news: &News<'_>) -> String {
    match news {
        News::Progress(line) => (*line).to_owned(),
        News::Planned(unit, warning) => format!("warning: {unit}: {warning}"),
        News::NoReaper(error) => {
            format!(
                "warning: the process that cleans up after a kill cannot be started: {error}; after a kill, run `cc-ci reap`"
            )
        }
        News::EngineIsSilent => {
            "the engine does not answer; `cc-ci reap` removes what is left once it does".to_owned()
        }
        News::Left(object) => format!("left behind: {} {}", object.kind.as_str(), object.name),
        News::LeftUnknown(error) => {
            format!("the engine does not say what is left of the run: {error}")
        }
        News::WriterStays(error) => {
            format!("warning: the registry's writer may still be there: {error}")
        }
        News::WriterUnknown => "warning: the registry's writer may still be there".to_owned(),
        News::LeaseStays(error) => {
            format!("warning: the run's lease stays on the engine: {error}")
        }
        News::NoPast(error) => format!("hint: the history of past runs cannot be read: {error}"),
        News::NotInHistory(error) => format!("hint: the run is not in the history: {error}"),
        News::GreenForgotten(error) => format!("warning: {error}"),
    }
}
