//! A leg's place on the node: admitted by the schedule of the run, and with a turn that binds other processes.

use cc_ci_model::Fault;
use cc_ci_plan::UnitPlan;
use cc_ci_schedule::NotBegun;

use crate::World;
use crate::admission::{Slot, Ticket};

/// Where the legs of a unit run.
pub(crate) struct Place<'a> {
    pub(crate) world: &'a World,
    pub(crate) plan: &'a UnitPlan,
    /// Nothing else is on the node, not even another leg of the unit.
    pub(crate) alone: bool,
}

/// A leg's hold on the node and on its ports. The lock comes after the admission and goes before it: who is
/// admitted holds no lock that an admitted leg waits for.
pub(crate) struct Turn<'a> {
    _ports: Vec<Box<dyn Send>>,
    _node: Box<dyn Send>,
    _slot: Slot<'a>,
}

impl Place<'_> {
    /// Waits for a turn; `waits` hears what for, and who holds it. Nothing where the user breaks off meanwhile.
    pub(crate) async fn turn<'t>(
        &self,
        ticket: Ticket<'t>,
        waits: &(dyn Fn(&str) + Send + Sync),
    ) -> Option<Result<Turn<'t>, Fault>> {
        let World { site, cancel, .. } = self.world;
        let turn = &site.turn;
        // A cancelled run takes no turn, not even a free one.
        if cancel.is_cancelled() {
            return None;
        }
        let had = async {
            let slot = match ticket.begins(waits).await {
                Ok(slot) => slot,
                Err(NotBegun::Stopped(_)) => return None,
                Err(reason) => {
                    return Some(Err(Fault::NotPlanned { message: reason.to_string() }));
                }
            };
            let locks = async {
                let node =
                    if self.alone { turn.alone(waits).await? } else { turn.shared(waits).await? };
                let ports = turn.ports(&self.plan.host_ports(), waits).await?;
                Ok(Turn { _ports: ports, _node: node, _slot: slot })
            };
            Some(locks.await)
        };
        tokio::select! {
            had = had => had,
            () = cancel.cancelled() => None,
        }
    }
}
