//! The turn at the node and at its ports.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use cc_ci_lock::{Place, Sharing, Waits, Who};
use cc_ci_model::{Fault, RunId};
use cc_ci_runner::NodeTurn;

/// Longest wait for a turn. A night is shorter, so a unit that waits longer waits for a process that hangs.
const LIMIT: Duration = Duration::from_secs(12 * 3600);

/// The node belongs to one isolated unit or to any number of ordinary ones, across processes.
#[derive(Debug)]
pub(crate) struct Turn {
    place: Place,
    who: Who,
}

impl Turn {
    pub(crate) fn new(place: &Place, run: &RunId) -> Self {
        Self { place: place.clone(), who: Who::run(run.as_str()) }
    }

    async fn take(
        &self,
        name: &str,
        sharing: Sharing,
        waits: Waits<'_>,
    ) -> Result<Box<dyn Send>, Fault> {
        match self.place.take(name, sharing, &self.who, LIMIT, waits).await {
            Ok(held) => Ok(Box::new(held)),
            Err(error) => Err(Fault::Bug { message: error.to_string() }),
        }
    }
}

#[async_trait]
impl NodeTurn for Turn {
    async fn alone(&self, waits: Waits<'_>) -> Result<Box<dyn Send>, Fault> {
        self.take("node", Sharing::Alone, &|by| {
            waits(&format!("the node, to be alone there: {by}"))
        })
        .await
    }

    async fn shared(&self, waits: Waits<'_>) -> Result<Box<dyn Send>, Fault> {
        self.take("node", Sharing::Shared, &|by| waits(&format!("a unit that is alone: {by}")))
            .await
    }

    async fn ports(
        &self,
        ports: &BTreeSet<u16>,
        waits: Waits<'_>,
    ) -> Result<Vec<Box<dyn Send>>, Fault> {
        let mut held = Vec::new();
        // Every unit takes them in the same order, so that no two wait for each other.
        for port in ports {
            let waits = |by: &str| waits(&format!("port {port} of the node: {by}"));
            held.push(self.take(&format!("port-{port}"), Sharing::Alone, &waits).await?);
        }
        Ok(held)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use cc_ci_lock::{A_MOMENT, unheard};

    use super::*;

    fn turn(state: &tempfile::TempDir, run: &str) -> Turn {
        Turn::new(&Place::at(state.path().join("locks")), &RunId::new(run).unwrap())
    }

    #[tokio::test]
    async fn a_port_belongs_to_one_unit_at_a_time() {
        let state = tempfile::tempdir().unwrap();
        let (one, two) = (turn(&state, "r1"), turn(&state, "r2"));
        let Ok(first) = one.ports(&BTreeSet::from([80, 443]), &unheard).await else { panic!() };
        assert_eq!(first.len(), 2);
        let other = two.ports(&BTreeSet::from([8080]), &unheard).await;
        assert!(other.is_ok_and(|held| held.len() == 1));
        let heard = Mutex::new(Vec::new());
        let hear = |words: &str| heard.lock().unwrap().push(words.to_owned());
        {
            let wanted = BTreeSet::from([443]);
            let wait = two.ports(&wanted, &hear);
            assert!(tokio::time::timeout(A_MOMENT * 2, wait).await.is_err(), "two have one port");
        }
        let heard = heard.into_inner().unwrap();
        assert!(heard[0].starts_with("port 443 of the node: run r1 (pid "), "{heard:?}");
        drop(first);
        assert!(two.ports(&BTreeSet::from([443]), &unheard).await.is_ok());
    }

    #[tokio::test]
    async fn a_lock_that_fails_is_a_fault_and_never_no_lock() {
        let state = tempfile::tempdir().unwrap();
        std::fs::write(state.path().join("locks"), "").unwrap();
        let turn = turn(&state, "r1");
        assert!(turn.alone(&unheard).await.is_err());
        assert!(turn.shared(&unheard).await.is_err());
        let fault = turn.ports(&BTreeSet::from([80]), &unheard).await.err().unwrap();
        assert!(fault.to_string().contains("it is no folder"), "{fault}");
    }
}
