//! Shows a run while it goes on: bars on a terminal, plain lines elsewhere.

use cc_ci_model::Record;
use cc_ci_report::progress::{Bars, Plain};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::printer::Printer;

/// Starts showing what comes through the returned sender; ends when the sender is dropped.
pub(crate) fn show(printer: Printer) -> (UnboundedSender<Record>, JoinHandle<()>) {
    let (sender, receiver) = unbounded_channel();
    let shown = if printer.is_watched() {
        tokio::spawn(bars(receiver))
    } else {
        tokio::spawn(lines(receiver, printer))
    };
    (sender, shown)
}

async fn bars(mut records: UnboundedReceiver<Record>) {
    let mut bars = Bars::new();
    while let Some(record) = records.recv().await {
        bars.show(&record);
    }
}

async fn lines(mut records: UnboundedReceiver<Record>, printer: Printer) {
    let mut plain = Plain::new();
    while let Some(record) = records.recv().await {
        if let Some(line) = plain.line(&record) {
            printer.talk(&line);
        }
    }
}
