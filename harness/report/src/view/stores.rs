//! Which stores were proven, by name: whose data was looked at after an operation and was right.

use cc_ci_classify::{CheckFact, TierFact};
use cc_ci_model::{CheckId, Fault, Outcome, Proves, Tier};

use super::AttemptView;

/// Operations that data has to live through, with the tiers that write what is looked for after.
const OPERATIONS: [(Tier, &[Tier]); 7] = [
    (Tier::Upgrade, &[Tier::Upgrade]),
    (Tier::Restore, &[Tier::Restore, Tier::Backup]),
    (Tier::Restart, &[Tier::Restart]),
    (Tier::Reboot, &[Tier::Reboot]),
    (Tier::Rollback, &[Tier::Rollback]),
    (Tier::Recovery, &[Tier::Recovery, Tier::Backup]),
    (Tier::Interrupt, &[Tier::Interrupt, Tier::Backup]),
];

/// Checks that see a store's data where and as it has to be.
const POSITIVE: [&str; 3] = ["data_intact", "data_back", "store_proven"];
/// Checks that see that data is gone which has to be gone. Alone they prove nothing: a store that
/// lost everything holds nothing that is too much either.
const NEGATIVE: [&str; 2] = ["later_data_gone", "deleted_data_gone"];

/// Why a store is not proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The operation it is not proven for.
    pub tier: Tier,
    /// Why not.
    pub reason: String,
    /// True where its data was looked at and was wrong; false where it was not looked at.
    pub wrong: bool,
}

/// What is known about the data of one store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreProof {
    /// Its name, `sqlite:data/app.db`; where only a check names the store, the check's word for it.
    pub name: String,
    /// Operations that its data was seen to live through, in the order of a unit's life.
    pub proven: Vec<Tier>,
    /// Operations that were carried out without such a proof.
    pub not_proven: Vec<Gap>,
}

impl StoreProof {
    /// `sqlite:data/app.db (upgrade, restore)`; nothing where nothing is proven.
    #[must_use]
    pub fn proven_words(&self) -> Option<String> {
        let tiers: Vec<_> = self.proven.iter().map(|tier| tier.as_str()).collect();
        (!tiers.is_empty()).then(|| format!("{} ({})", self.name, tiers.join(", ")))
    }

    /// `restore, recovery: keeps nothing`: why it is not proven; nothing where nothing is missing.
    #[must_use]
    pub fn reasons(&self) -> Option<String> {
        if self.not_proven.is_empty() {
            let reason = "no operation that could prove it was carried out";
            return self.proven.is_empty().then(|| reason.to_owned());
        }
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for Gap { tier, reason, .. } in &self.not_proven {
            match reasons.iter_mut().find(|(known, _)| known == reason) {
                Some((_, tiers)) => tiers.push(tier.as_str()),
                None => reasons.push((reason, vec![tier.as_str()])),
            }
        }
        let words = reasons.iter().map(|(reason, tiers)| format!("{}: {reason}", tiers.join(", ")));
        Some(words.collect::<Vec<_>>().join("; "))
    }

    /// `redis:cache (restore, recovery: keeps nothing)`; nothing where nothing is missing.
    #[must_use]
    pub fn gap_words(&self) -> Option<String> {
        Some(format!("{} ({})", self.name, self.reasons()?))
    }
}

impl AttemptView {
    /// Every store that the attempt heard of, in the order in which it did.
    #[must_use]
    pub fn stores(&self) -> Vec<StoreProof> {
        let mut names: Vec<String> = Vec::new();
        for canary in &self.canaries {
            if !names.contains(&canary.store) {
                names.push(canary.store.clone());
            }
        }
        let by_check: Vec<_> = self.facts.checks().filter_map(|(_, c)| subject(c)).collect();
        for slug in by_check {
            if !names.iter().any(|name| is_of(slug, name)) {
                names.push(slug.to_owned());
            }
        }
        names.iter().map(|name| self.store(name, &names)).collect()
    }

    fn store(&self, name: &str, all: &[String]) -> StoreProof {
        let mut store =
            StoreProof { name: name.to_owned(), proven: Vec::new(), not_proven: Vec::new() };
        let twin = all.iter().find(|other| *other != name && slug(other) == slug(name));
        for (tier, written_in) in OPERATIONS {
            let Some(fact) = self.facts.tier(tier) else { continue };
            let canaries = || {
                let fits = |tier| written_in.contains(&tier);
                self.canaries.iter().filter(move |c| c.store == name && fits(c.tier))
            };
            let checks: Vec<_> = checks_of(fact, name).collect();
            let tried = fact.checks.iter().any(|check| check.outcome.is_pass())
                || fact.outcome.fault().is_some();
            if checks.is_empty() && (canaries().next().is_none() || !tried) {
                continue;
            }
            let skipped = canaries().find_map(|canary| canary.skipped.clone());
            let reason = if let Some(twin) = twin {
                Some(format!("its checks cannot be told from those of {twin}"))
            } else {
                gap(fact, &checks, skipped)
            };
            match reason {
                None => store.proven.push(tier),
                Some(reason) => {
                    let wrong = checks.iter().any(|check| check.outcome.fault().is_some());
                    store.not_proven.push(Gap { tier, reason, wrong });
                }
            }
        }
        store
    }
}

/// Why the checks of one store in one tier prove nothing; `None` where they do.
fn gap(fact: &TierFact, checks: &[&CheckFact], skipped: Option<String>) -> Option<String> {
    let failed = checks.iter().find_map(|check| check.outcome.fault());
    if let Some(fault) = failed {
        return Some(told_of_it(fault));
    }
    let left_out = |check: &&&CheckFact| match check.outcome {
        Outcome::Blocked { .. } | Outcome::NotRun { .. } => true,
        // A negative that does not apply takes nothing from a positive that holds.
        Outcome::NotApplicable { .. } => is_positive(check),
        Outcome::Passed | Outcome::Failed { .. } => false,
    };
    if let Some(check) = checks.iter().find(left_out) {
        return check.outcome.reason();
    }
    let holds = |check: &&CheckFact| {
        is_positive(check) && check.outcome.is_pass() && check.proves == Proves::Data
    };
    if checks.iter().copied().any(|check| holds(&check)) {
        return None;
    }
    Some(skipped.unwrap_or_else(|| match fact.outcome.reason() {
        Some(reason) => format!("nobody came to look at its data: {reason}"),
        None => "no check looked at its data".to_owned(),
    }))
}

/// What a fault says about a store whose name has been said.
fn told_of_it(fault: &Fault) -> String {
    match fault {
        Fault::DataLost { detail, .. } | Fault::DataKept { detail, .. } => return detail.clone(),
        Fault::DataUnreadable { detail, .. } => return format!("cannot be read: {detail}"),
        _ => {}
    }
    fault.to_string()
}

fn is_positive(check: &CheckFact) -> bool {
    let kind = check.check.as_str().split('.').next().unwrap_or_default();
    POSITIVE.contains(&kind)
}

/// The store's word in the name of a check about data.
fn subject(check: &CheckFact) -> Option<&str> {
    let (kind, slug) = check.check.as_str().split_once('.')?;
    (POSITIVE.contains(&kind) || NEGATIVE.contains(&kind)).then_some(slug)
}

/// The checks of a tier about the data of the store called `name`.
fn checks_of<'a>(fact: &'a TierFact, name: &str) -> impl Iterator<Item = &'a CheckFact> {
    let kinds = POSITIVE.iter().chain(&NEGATIVE);
    // A long name is cut off in the id of a check, so ids are made and compared, not taken apart.
    let ids: Vec<_> = kinds.map(|kind| CheckId::slug(&format!("{kind}.{name}"))).collect();
    fact.checks.iter().filter(move |check| ids.contains(&check.check))
}

/// True where `slug` is what the id of some check about data makes of `name`.
fn is_of(slug: &str, name: &str) -> bool {
    let mut kinds = POSITIVE.iter().chain(&NEGATIVE);
    kinds.any(|kind| {
        let id = CheckId::slug(&format!("{kind}.{name}"));
        id.as_str().split_once('.').is_some_and(|(_, made)| made == slug)
    })
}

/// The id whose kind leaves a name the least room: two stores that are the same there are the same
/// in some check.
fn slug(name: &str) -> CheckId {
    CheckId::slug(&format!("deleted_data_gone.{name}"))
}
