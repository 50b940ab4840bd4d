//! Ctrl-C and SIGTERM.

use cc_ci_session::Kind;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exit::code;
use crate::printer::Printer;

/// The first SIGINT or SIGTERM breaks the run off and tears down; a second one ends at once.
///
/// The signals are caught from the call on, not from the first time that the answer is polled.
pub(crate) fn watch_signals(
    cancel: CancellationToken,
    printer: Printer,
) -> impl Future<Output = ()> + Send + use<> {
    let caught = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        if let (Ok(interrupt), Ok(terminate)) = caught {
            watch(interrupt, terminate, &cancel, printer).await;
        }
    }
}

async fn watch(
    mut interrupt: Signal,
    mut terminate: Signal,
    cancel: &CancellationToken,
    printer: Printer,
) {
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if cancel.is_cancelled() {
            printer.talk("ended at once; `cc-ci reap` removes what is left on the engine");
            std::process::exit(i32::from(code(Kind::Cancelled)));
        }
        printer.talk("cancelling: tearing down what was deployed (again to end at once)");
        cancel.cancel();
    }
}
