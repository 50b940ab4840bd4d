//! Watches how much disk a leg of a unit takes while it runs.
//!
//! The engine knows the size of a container's own layer, and the toolbox sees the leg's volumes. Logs are
//! bounded by the engine. Volumes without a name are seen by their container alone. For them and for whatever else
//! fills the disk, the free space of the machine is watched too.

use std::time::Duration;

use cc_ci_engine::{Engine, ExecSpec, Selector};
use cc_ci_model::{Ceiling, Ceilings, Fault, Leg, UnitId, size};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use crate::World;
use crate::guard::Guard;

/// Time between two looks. A look costs a command in the toolbox, some 50 ms of the engine's time, so it
/// takes a hundredth of a core; an app that writes 200 MB a second is 1 GB further at the next look.
const PAUSE: Duration = Duration::from_secs(5);
/// A look at millions of files takes longer; it must not take more than a quarter of the time.
const SHARE: u32 = 3;
/// Time for one look into the volumes.
const LIMIT: Duration = Duration::from_secs(60);

/// Prints the KiB in the volumes and in the repository, and the KiB that are free where they lie. A file that
/// goes away meanwhile is no error.
const MEASURE: &str = "du -skc /volumes /repository 2>/dev/null | tail -n 1 | cut -f 1; \
    df -Pk /repository | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4";

/// Ends the watch when it is dropped.
pub(crate) struct DiskWatch(AbortHandle);

impl Drop for DiskWatch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Watches a leg of `unit` until the answer is dropped, and stops it through `guard` where it takes too much.
pub(crate) fn watch(world: &World, unit: &UnitId, leg: Leg, guard: Guard) -> DiskWatch {
    let (engine, selector) = (world.site.engine.clone(), world.objects_of_leg(unit, leg));
    let ceilings = world.ceilings.clone();
    let watch = tokio::spawn(async move {
        loop {
            sleep(PAUSE).await;
            let began = Instant::now();
            let taken = Taken::by(engine.as_ref(), &selector).await;
            if let Some(fault) = taken.and_then(|taken| taken.too_much(&ceilings)) {
                guard.stop(fault);
                return;
            }
            sleep(began.elapsed() * SHARE).await;
        }
    });
    DiskWatch(watch.abort_handle())
}

/// What a leg takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Taken {
    layers: u64,
    /// Nothing where there is no toolbox.
    volumes: Option<Volumes>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Volumes {
    held: u64,
    free: u64,
}

impl Taken {
    /// Nothing where the engine does not answer: that is for the checks to report.
    async fn by(engine: &dyn Engine, selector: &Selector) -> Option<Self> {
        let containers = engine.disk(selector).await.ok()?;
        let layers = containers.iter().map(|container| container.bytes).sum();
        let is_toolbox = |name: &str| name.ends_with(cc_ci_backup::TOOLBOX_NAME);
        let toolbox = containers.iter().find(|c| c.running && is_toolbox(&c.name));
        let volumes = match toolbox {
            Some(toolbox) => {
                let exec = ExecSpec::sh(MEASURE).within(LIMIT);
                engine.exec(&toolbox.id, &exec).await.ok().and_then(|said| read(&said.text()))
            }
            None => None,
        };
        Some(Self { layers, volumes })
    }

    fn too_much(self, ceilings: &Ceilings) -> Option<Fault> {
        let (most, least) =
            (ceilings.get(Ceiling::DiskBytes), ceilings.get(Ceiling::DiskFreeBytes));
        let held = self.volumes.map_or(0, |volumes| volumes.held);
        let sum = self.layers.saturating_add(held);
        if sum > most {
            return Some(Fault::AddedLimit {
                at: "the unit".to_owned(),
                limit: format!("{} of disk", size(most)),
                detail: format!(
                    "its containers hold {} and its volumes {}; {}",
                    size(self.layers),
                    size(held),
                    Ceiling::DiskBytes.remedy()
                ),
            });
        }
        let free = self.volumes?.free;
        (free < least).then(|| Fault::NodeExhausted {
            what: "disk space".to_owned(),
            message: format!(
                "{} are free, and {} have to stay free while a unit runs; the unit itself holds {}; {}",
                size(free),
                size(least),
                size(sum),
                Ceiling::DiskFreeBytes.remedy()
            ),
        })
    }
}

/// Two numbers of KiB, a line each.
fn read(text: &str) -> Option<Volumes> {
    let mut numbers = text.lines().map(|line| line.trim().parse::<u64>().ok());
    let mut next = || numbers.next().flatten().map(|kib| kib.saturating_mul(1024));
    Some(Volumes { held: next()?, free: next()? })
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{Cause, Owner};

    use super::*;

    const GIB: u64 = 1 << 30;

    #[rstest::rstest]
    #[case::within(9 * GIB, GIB / 2, 50 * GIB, None)]
    #[case::layers_and_volumes_add_up(9 * GIB, 2 * GIB, 50 * GIB, Some("the unit reached"))]
    #[case::the_machine_is_full(0, 0, GIB / 2, Some("the machine has no disk space left"))]
    fn what_is_too_much(
        #[case] layers: u64,
        #[case] held: u64,
        #[case] free: u64,
        #[case] expected: Option<&str>,
    ) {
        let taken = Taken { layers, volumes: Some(Volumes { held, free }) };
        let fault = taken.too_much(&Ceilings::of_machine(0));
        assert_eq!(fault.is_some(), expected.is_some());
        if let (Some(fault), Some(words)) = (fault, expected) {
            assert!(fault.to_string().starts_with(words), "{fault}");
            assert_eq!(fault.origin(), (Owner::Harness, Cause::Node));
        }
    }

    #[test]
    fn a_look_that_failed_says_nothing() {
        assert_eq!(read("12\n34"), Some(Volumes { held: 12 << 10, free: 34 << 10 }));
        assert_eq!(read("du: cannot\n"), None);
        let taken = Taken { layers: 0, volumes: None };
        assert_eq!(taken.too_much(&Ceilings::of_machine(0)), None);
    }
}
