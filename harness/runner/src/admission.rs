//! Who may begin on the node: the schedule of a run, and the questions that wait for its answers.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cc_ci_schedule::{
    At, Capacity, Decision, Event, Item, ItemId, NodeId, NotBegun, Pressure, Settings, State, Stop,
};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// The longest time between two looks at the schedule, for what has aged meanwhile.
const LOOK: Duration = Duration::from_secs(5);
/// The shortest.
const SHORTEST: Duration = Duration::from_millis(100);

/// What the schedule has said of an item so far.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    /// It waits, for this in words; nothing where that is not said yet.
    Waits(String),
    Begins,
    Never(NotBegun),
}

/// The schedule of one run. Items are queued, begin when it is their turn and have ended when their [`Slot`] is
/// dropped.
pub(crate) struct Admission {
    inner: Mutex<Inner>,
    /// Nothing begins any more once something was red.
    fail_fast: bool,
    began: Instant,
}

struct Inner {
    schedule: State,
    said: BTreeMap<ItemId, watch::Sender<Said>>,
}

/// A queued item.
pub(crate) struct Ticket<'a> {
    admission: &'a Admission,
    item: ItemId,
    said: watch::Receiver<Said>,
}

/// An item that runs.
pub(crate) struct Slot<'a> {
    admission: &'a Admission,
    item: ItemId,
}

impl Admission {
    pub(crate) fn new(settings: Settings, capacity: Capacity, fail_fast: bool) -> Self {
        let mut schedule = State::new(settings);
        schedule.step(At::default(), Event::NodeSeen(NodeId::new("here"), capacity));
        let inner = Inner { schedule, said: BTreeMap::new() };
        Self { inner: Mutex::new(inner), fail_fast, began: Instant::now() }
    }

    /// Queues items, of which the schedule then chooses.
    pub(crate) fn queue(&self, items: Vec<Item>) -> Vec<Ticket<'_>> {
        let mut tickets = Vec::new();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for item in items {
            let (tell, said) = watch::channel(Said::Waits(String::new()));
            tickets.push(Ticket { admission: self, item: item.id.clone(), said });
            inner.said.insert(item.id.clone(), tell);
            inner.step(self.now(), Event::Queued(item));
        }
        inner.step(self.now(), Event::Tick);
        tickets
    }

    /// Something was red. Said while the leg has its slot, so that no other begins in its place.
    pub(crate) fn red(&self) {
        if self.fail_fast {
            self.stop(Stop::FailFast);
        }
    }

    /// Nothing begins any more.
    pub(crate) fn stop(&self, why: Stop) {
        self.step(Event::Stopped(why));
    }

    /// How hard the node works, which is told to the schedule where it changed.
    pub(crate) fn pressure(&self, pressure: Pressure) {
        self.step(Event::Pressure(pressure));
    }

    /// Looks again whenever time alone can change something: what no longer fits before the deadline is not begun.
    /// Never ends.
    pub(crate) async fn ticks(&self) {
        loop {
            let next = {
                let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
                inner.schedule.next_look()
            };
            let wait = next.map_or(LOOK, |next| {
                Duration::from_millis(next.millis.saturating_sub(self.now().millis)).min(LOOK)
            });
            sleep(wait.max(SHORTEST)).await;
            self.step(Event::Tick);
        }
    }

    fn step(&self, event: Event) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.step(self.now(), event);
    }

    fn now(&self) -> At {
        At { millis: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX) }
    }
}

impl Inner {
    fn step(&mut self, at: At, event: Event) {
        for decision in self.schedule.step(at, event) {
            let (item, said) = match decision {
                Decision::Admit(item, _) => (item, Said::Begins),
                Decision::Deferred { item, on } => {
                    let on: Vec<_> = on.iter().map(ToString::to_string).collect();
                    (item, Said::Waits(on.join(", ")))
                }
                Decision::NotBegun { item, reason } => (item, Said::Never(reason)),
                // Images are brought to the node by the leg that needs them.
                Decision::WantImage(_) => continue,
            };
            if let Some(tell) = self.said.get(&item) {
                tell.send_replace(said);
            }
        }
    }
}

impl<'a> Ticket<'a> {
    /// Waits until the item may begin; `waits` hears what it waits for.
    ///
    /// # Errors
    /// It never begins.
    pub(crate) async fn begins(
        mut self,
        waits: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<Slot<'a>, NotBegun> {
        loop {
            let said = self.said.borrow_and_update().clone();
            match said {
                Said::Begins => {
                    return Ok(Slot { admission: self.admission, item: self.item });
                }
                Said::Never(reason) => return Err(reason),
                Said::Waits(on) if !on.is_empty() => waits(&on),
                Said::Waits(_) => {}
            }
            if self.said.changed().await.is_err() {
                return Err(NotBegun::Stopped(Stop::Cancelled));
            }
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.admission.step(Event::Ended(self.item.clone(), true));
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::Arc;

    use cc_ci_model::UnitId;
    use cc_ci_schedule::{Demand, Jobs};

    use super::*;

    fn admission(jobs: usize) -> Admission {
        let jobs = Jobs::Fixed(NonZeroUsize::new(jobs).unwrap());
        let capacity =
            Capacity { memory: 8 << 30, cpu_millis: 2000, disk: 1 << 40, ..Capacity::default() };
        Admission::new(Settings { jobs, ..Settings::default() }, capacity, false)
    }

    fn item(name: &str, ports: &[u16]) -> Item {
        let unit = UnitId::new(format!("{name}@1.0.0+1")).unwrap();
        let demand = Demand { ports: ports.iter().copied().collect(), ..Demand::default() };
        Item::new(ItemId::new(name), unit, demand, 1000)
    }

    #[tokio::test(start_paused = true)]
    async fn an_item_begins_once_another_has_ended() {
        let admission = admission(1);
        let mut tickets = admission.queue(vec![item("a", &[]), item("b", &[])]).into_iter();
        let first = tickets.next().unwrap().begins(&|_| ()).await.unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let second = tickets.next().unwrap();
        let waits = |on: &str| heard.lock().unwrap().push(on.to_owned());
        let begins = second.begins(&waits);
        tokio::pin!(begins);
        assert!(futures_util::poll!(&mut begins).is_pending());
        assert_eq!(*heard.lock().unwrap(), ["a free job"]);
        drop(first);
        begins.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn two_items_never_have_one_port() {
        let admission = admission(4);
        let mut tickets = admission.queue(vec![item("a", &[80]), item("b", &[80])]).into_iter();
        let first = tickets.next().unwrap().begins(&|_| ()).await.unwrap();
        let begins = tickets.next().unwrap().begins(&|_| ());
        tokio::pin!(begins);
        assert!(futures_util::poll!(&mut begins).is_pending());
        drop(first);
        begins.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_when_the_run_stops_never_begins() {
        let admission = admission(1);
        let mut tickets = admission.queue(vec![item("a", &[]), item("b", &[])]).into_iter();
        let _first = tickets.next().unwrap().begins(&|_| ()).await.unwrap();
        admission.stop(Stop::Cancelled);
        let end = tickets.next().unwrap().begins(&|_| ()).await;
        assert_eq!(end.err(), Some(NotBegun::Stopped(Stop::Cancelled)));
    }
}
