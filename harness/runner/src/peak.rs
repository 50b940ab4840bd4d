//! The most memory that a leg had, which says what it will take of the node the next time.

use cc_ci_model::Event;
use tokio::time::Instant;

use crate::Samples;

/// Digits by which samples know a container.
const DIGITS: usize = 12;

/// The most memory that the containers of a leg were seen to have at once, over its looks.
#[derive(Debug)]
pub(crate) struct Peak {
    from: Instant,
    bytes: u64,
    containers: u64,
}

impl Peak {
    /// The leg begins; nothing was seen.
    pub(crate) fn begin() -> Self {
        Self { from: Instant::now(), bytes: 0, containers: 0 }
    }

    /// Looks at what the containers that there are now had at most, each for itself. Those of two versions are not
    /// added up: they were not there at one time.
    pub(crate) fn see(&mut self, samples: &dyn Samples, containers: &[String]) {
        let seen = samples.window(self.from).containers;
        let short = |id: &String| id.get(..DIGITS).map(str::to_owned);
        let of = |id: &String| seen.get(&short(id)?)?.memory_bytes;
        let known: Vec<u64> = containers.iter().filter_map(of).collect();
        let bytes = known.iter().sum();
        if bytes > self.bytes {
            (self.bytes, self.containers) = (bytes, known.len() as u64);
        }
    }

    /// For the journal; nothing where nothing was seen.
    pub(crate) fn event(&self) -> Option<Event> {
        let Self { bytes, containers, .. } = *self;
        (bytes > 0).then_some(Event::MemoryPeak { bytes, containers })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cc_ci_model::{ContainerPeak, NodeSample, NodeWindow};

    use super::*;

    /// Containers by the first digits of their ids, with the bytes that they had at most.
    struct Seen(BTreeMap<String, u64>);

    impl Samples for Seen {
        fn window(&self, _: Instant) -> NodeWindow {
            let peak =
                |bytes: &u64| ContainerPeak { memory_bytes: Some(*bytes), ..Default::default() };
            let containers = self.0.iter().map(|(id, bytes)| (id.clone(), peak(bytes))).collect();
            NodeWindow { containers, ..NodeWindow::default() }
        }

        fn raw(&self, _: Instant) -> Vec<NodeSample> {
            Vec::new()
        }
    }

    #[tokio::test]
    async fn versions_that_follow_each_other_are_not_added_up() {
        let seen = [("a", 30), ("b", 20), ("c", 45), ("x", 900)];
        let seen = Seen(seen.map(|(id, bytes)| (id.repeat(12), bytes)).into());
        let id = |id: &str| id.repeat(64);
        let mut peak = Peak::begin();
        assert_eq!(peak.event(), None);
        peak.see(&seen, &[id("a"), id("b"), id("d")]);
        peak.see(&seen, &[id("c")]);
        // 30 + 20 in the first version, 45 in the second; x belongs to another leg and d was never sampled.
        assert_eq!(peak.event(), Some(Event::MemoryPeak { bytes: 50, containers: 2 }));
    }
}
