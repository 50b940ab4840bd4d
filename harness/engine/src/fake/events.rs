//! The stream of what happens.

use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, unfold};
use tokio::time::sleep_until;

use super::engine::FakeEngine;
use crate::{EngineError, EngineEvent};

/// Where a reader of the stream is.
struct Reader {
    fake: FakeEngine,
    next: usize,
    cuts: u64,
    ended: bool,
}

/// What happens on `fake` from now on.
pub(super) fn stream(fake: &FakeEngine) -> BoxStream<'static, Result<EngineEvent, EngineError>> {
    let (next, cuts) = {
        let desk = fake.desk();
        (desk.world.events.len(), desk.cuts.0)
    };
    let reader = Reader { fake: fake.clone(), next, cuts, ended: false };
    unfold(reader, |mut reader| async move {
        let item = reader.read().await?;
        Some((item, reader))
    })
    .boxed()
}

impl Reader {
    async fn read(&mut self) -> Option<Result<EngineEvent, EngineError>> {
        if self.ended {
            return None;
        }
        loop {
            // Asked for before looking, so that no change between the two is missed.
            let shared = self.fake.shared.clone();
            let mut changed = std::pin::pin!(shared.changed.notified());
            changed.as_mut().enable();
            let due = {
                let desk = self.fake.desk();
                if let (true, Some(error)) = (desk.cuts.0 > self.cuts, &desk.cuts.1) {
                    self.ended = true;
                    return Some(Err(error.clone()));
                }
                if let Some(event) = desk.world.events.get(self.next) {
                    self.next += 1;
                    return Some(Ok(event.clone()));
                }
                desk.world.agenda.next()
            };
            match due {
                Some(due) => tokio::select! {
                    () = sleep_until(due) => {}
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }
}
