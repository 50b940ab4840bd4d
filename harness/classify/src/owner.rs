//! Who must act, as far as the types of the faults say.

use cc_ci_model::{Cause, Fault, Owner, Tier};

use crate::Dossier;

/// The owner and the finer cause, and whether the attempts agree on the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) owner: Owner,
    pub(crate) cause: Cause,
    /// False when two attempts name different owners.
    pub(crate) agreed: bool,
    /// True when the fault is ours by its type or place, whatever a rerun says.
    pub(crate) void: bool,
}

/// Derives the owner from the typed origin of every failure that counts.
pub(crate) fn origin(dossier: &Dossier) -> Origin {
    let mut faults = dossier.attempts.iter().filter_map(|attempt| attempt.fault());
    let Some(first) = faults.clone().next() else {
        return Origin { owner: Owner::Unknown, cause: Cause::Unknown, agreed: true, void: false };
    };
    let (owner, cause) = placed(dossier.tier, first);
    if faults.clone().any(|fault| placed(dossier.tier, fault).0 != owner) {
        return Origin { owner: Owner::Unknown, cause: Cause::Unknown, agreed: false, void: false };
    }
    let void = owner == Owner::Harness && faults.any(|fault| is_void(dossier.tier, fault));
    Origin { owner, cause, agreed: true, void }
}

/// The origin by type, corrected by place: the tear-down is ours, so what goes wrong in it is ours
/// as well unless its type names the recipe.
fn placed(tier: Option<Tier>, fault: &Fault) -> (Owner, Cause) {
    match (tier, fault.origin()) {
        (Some(Tier::Teardown), (Owner::Unknown | Owner::External, cause)) => {
            (Owner::Harness, cause)
        }
        (_, origin) => origin,
    }
}

/// Faults that void the attempt: they say that the harness failed, not what it tested.
fn is_void(tier: Option<Tier>, fault: &Fault) -> bool {
    matches!(tier, None | Some(Tier::Teardown))
        || matches!(
            fault,
            Fault::LeftBehind { .. }
                | Fault::EngineDown { .. }
                | Fault::DeployCount { .. }
                | Fault::Bug { .. }
                | Fault::BrokenCheck { .. }
        )
}
