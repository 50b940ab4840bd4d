//! A leg's place on the node: admitted by the schedule of the run, and with a turn that binds other processes.

use cc_ci_model::Fault;
use cc_ci_plan::UnitPlan;
use cc_ci_schedule::{NotBegun, Stop};

use crate::World;
use crate::admission::{Slot, Ticket};

/// Where the legs of a unit run.
pub(crate) struct Place<'a> {
    pub(crate) world: &'a World,
    pub(crate) plan: &'a UnitPlan,
    /// Nothing else is on the node, not even another leg of the unit.
    pub(crate) alone: bool,
}

/// A leg's hold on the node and on its ports. A leg takes its locks after it was admitted and gives them back before
/// its slot: a leg that waits for admission holds no lock that an admitted leg waits for.
pub(crate) struct Turn<'a> {
    _ports: Vec<Box<dyn Send>>,
    _node: Box<dyn Send>,
    _slot: Slot<'a>,
}

/// Why a leg has no place on the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// The user broke the run off.
    Cancelled,
    /// The run does not begin it, for this reason.
    Left(String),
    /// It cannot be had.
    Failed(Fault),
}

impl From<NotBegun> for NoPlace {
    fn from(reason: NotBegun) -> Self {
        match reason {
            NotBegun::Stopped(Stop::Cancelled) => Self::Cancelled,
            NotBegun::Stopped(Stop::FailFast | Stop::Deadline | Stop::HigherPriority)
            | NotBegun::TooLate { .. } => Self::Left(reason.to_string()),
            NotBegun::Larger { .. }
            | NotBegun::NoLabel(_)
            | NotBegun::NoNodeHasAll
            | NotBegun::NodeLeft(_)
            | NotBegun::Cycle(_)
            | NotBegun::Unknown(_)
            | NotBegun::BlockedBy(_)
            | NotBegun::Image { .. } => {
                Self::Failed(Fault::NotPlanned { message: reason.to_string() })
            }
        }
    }
}

impl Place<'_> {
    /// Waits for a turn; `waits` hears what for, and who holds it.
    pub(crate) async fn turn<'t>(
        &self,
        ticket: Ticket<'t>,
        waits: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<Turn<'t>, NoPlace> {
        let World { site, cancel, .. } = self.world;
        let turn = &site.turn;
        // A cancelled run takes no turn, not even a free one.
        if cancel.is_cancelled() {
            return Err(NoPlace::Cancelled);
        }
        let had = async {
            let slot = ticket.begins(waits).await?;
            let locks = async {
                let node =
                    if self.alone { turn.alone(waits).await? } else { turn.shared(waits).await? };
                let ports = turn.ports(&self.plan.host_ports(), waits).await?;
                Ok(Turn { _ports: ports, _node: node, _slot: slot })
            };
            locks.await.map_err(NoPlace::Failed)
        };
        tokio::select! {
            had = had => had,
            () = cancel.cancelled() => Err(NoPlace::Cancelled),
        }
    }
}
