//! The thread that looks once a second.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cc_ci_model::{NodeSample, NodeWindow};

use super::reading::Reading;
use super::ring::Ring;
use crate::Host;

/// Time between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks at the machine once a second until it is dropped. It has a thread of its own: samples are needed most while
/// everything else on the machine waits for a processor.
#[derive(Debug)]
pub struct Sampler {
    ring: Arc<Mutex<Ring>>,
    /// The thread ends as soon as this is dropped.
    _alive: Sender<()>,
}

impl Sampler {
    /// Begins to look at `host`, whose engine keeps its data in `data`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(host: Host, data: PathBuf) -> io::Result<Self> {
        Self::every(PAUSE, host, data)
    }

    fn every(pause: Duration, host: Host, data: PathBuf) -> io::Result<Self> {
        let ring = Arc::new(Mutex::new(Ring::new(Reading::of(&host, &data))));
        let (alive, ended) = channel::<()>();
        let kept = ring.clone();
        thread::Builder::new().name("sampler".to_owned()).spawn(move || {
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let reading = Reading::of(&host, &data);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(reading);
            }
        })?;
        Ok(Self { ring, _alive: alive })
    }

    /// The node from `from` until now, and no longer back than an hour.
    #[must_use]
    pub fn window(&self, from: Instant) -> NodeWindow {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).window(from)
    }

    /// The samples themselves, as [`Sampler::window`].
    #[must_use]
    pub fn raw(&self, from: Instant) -> Vec<NodeSample> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).raw(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_again_and_again_until_it_is_dropped() {
        let from = Instant::now();
        let pause = Duration::from_millis(1);
        let sampler = Sampler::every(pause, Host::this(), PathBuf::from("/")).unwrap();
        let ring = Arc::downgrade(&sampler.ring);
        while sampler.raw(from).len() < 2 {
            thread::yield_now();
        }
        let window = sampler.window(from);
        assert!(window.samples >= 2 && window.disk_free.is_some() && window.load.is_some());
        drop(sampler);
        // The thread holds the ring for as long as it runs.
        while ring.strong_count() > 0 {
            thread::yield_now();
        }
    }
}
