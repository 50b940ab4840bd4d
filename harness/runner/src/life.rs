//! One leg of an attempt: what it has on the engine while it lives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cc_ci_backup::{BackupPlan, RepositoryVolume, Restic, Toolbox};
use cc_ci_canary::{Standing, Store};
use cc_ci_engine::stack::SecretValues;
use cc_ci_engine::{LABEL_LEG, LABEL_NAMESPACE, LABEL_RECIPE, LABEL_RUN, LABEL_UNIT};
use cc_ci_model::{Fault, Leg, ObjectSource, Secret, Side, StackName, StackSpec, Tier};
use cc_ci_plan::{SidePlan, UnitPlan};
use cc_ci_probe::Access;
use cc_ci_suite::Words;

use crate::World;
use crate::guard::Guard;
use crate::hidden::say_visible;
use crate::leaks::Leaks;
use crate::peak::Peak;
use crate::phases::{Backup, Repository, Sides, Up, Ways};
use crate::sockets::remove_leg_folder;
use crate::tiers;

/// What one leg of an attempt has on the engine. Fields are filled as the tiers go on.
pub(crate) struct Life<'a> {
    pub(crate) world: &'a World,
    pub(crate) plan: &'a UnitPlan,
    pub(crate) attempt: u32,
    /// Which leg it is.
    pub(crate) leg: Leg,
    /// True where nothing else runs on the node for as long as this attempt lasts.
    pub(crate) alone: bool,
    /// What stops the leg from outside of its checks.
    pub(crate) guard: Guard,
    pub(crate) secrets: SecretValues,
    /// The recipe's images by digest, once they are on the node.
    pub(crate) digests: BTreeMap<String, String>,
    /// Both sides as this node runs them, once the leg is prepared; the base is the target where there is no
    /// upgrade.
    pub(crate) sides: Option<Sides>,
    /// What runs now.
    pub(crate) stage: Stage,
    /// What there is beside the stack, once it is up.
    pub(crate) up: Option<Up>,
    /// The backup repository, in the making since the toolbox runs.
    pub(crate) repository: Repository,
    pub(crate) stores: Vec<Arc<dyn Store>>,
    /// Services that have been seen to end with 0.
    pub(crate) one_shots: BTreeSet<String>,
    /// Declared unproven stores that were found and cannot be written to; nothing before a look.
    pub(crate) excused: Option<BTreeSet<String>>,
    /// The snapshot and what is in it, once it was taken.
    pub(crate) backup: Option<Backup>,
    pub(crate) leaks: Leaks,
    /// The most memory that its containers were seen to have at once.
    pub(crate) peak: Peak,
    /// Deploys that the tiers walked so far were to make.
    pub(crate) due: u32,
    /// Deploys that were made.
    pub(crate) deploys: u32,
}

/// At which version the leg's stack runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The version that the upgrade starts from.
    Base,
    /// The version under test.
    Head,
}

impl Stage {
    /// The side of the upgrade, for events.
    pub(crate) fn side(self) -> Side {
        match self {
            Self::Base => Side::Base,
            Self::Head => Side::Head,
        }
    }
}

/// What the main leg leaves for the legs that begin at its snapshot.
#[derive(Clone)]
pub(crate) struct Handover {
    pub(crate) secrets: SecretValues,
    pub(crate) digests: BTreeMap<String, String>,
    pub(crate) stores: Vec<Arc<dyn Store>>,
    /// Services that have been seen to end with 0.
    pub(crate) one_shots: BTreeSet<String>,
    pub(crate) backup: Backup,
}

impl<'a> Life<'a> {
    /// The main leg before anything was done.
    pub(crate) fn new(world: &'a World, plan: &'a UnitPlan, attempt: u32) -> Self {
        let secrets = make_up_secrets(world, plan, attempt);
        Self::empty(world, plan, (attempt, Leg::Main), secrets)
    }

    /// A leg that begins at the snapshot of the main leg.
    pub(crate) fn beside(
        world: &'a World,
        plan: &'a UnitPlan,
        of: (u32, Leg),
        handed: Handover,
    ) -> Self {
        let Handover { secrets, digests, stores, one_shots, backup } = handed;
        let backup = Some(backup);
        Self { digests, stores, one_shots, backup, ..Self::empty(world, plan, of, secrets) }
    }

    fn empty(
        world: &'a World,
        plan: &'a UnitPlan,
        (attempt, leg): (u32, Leg),
        secrets: SecretValues,
    ) -> Self {
        Self {
            world,
            plan,
            attempt,
            leg,
            alone: false,
            guard: Guard::default(),
            secrets,
            digests: BTreeMap::new(),
            sides: None,
            stage: if plan.sides(leg).0.is_none() { Stage::Head } else { Stage::Base },
            up: None,
            repository: Repository::None,
            stores: Vec::new(),
            one_shots: BTreeSet::new(),
            excused: None,
            backup: None,
            leaks: Leaks::unseen(),
            peak: Peak::begin(),
            due: 0,
            deploys: 0,
        }
    }

    /// The side that runs now, as planned.
    pub(crate) fn side(&self) -> &'a SidePlan {
        let (base, target) = self.plan.sides(self.leg);
        match self.stage {
            Stage::Base => base.unwrap_or(target),
            Stage::Head => target,
        }
    }

    /// The name of the stack that runs now.
    pub(crate) fn stack(&self) -> &'a StackName {
        &self.side().spec.name
    }

    /// The labels of everything that belongs to the stack that runs now.
    pub(crate) fn labels(&self) -> Vec<(String, String)> {
        let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![
            label(LABEL_NAMESPACE, self.stack().as_str()),
            label(LABEL_RUN, self.world.run.as_str()),
            label(LABEL_UNIT, self.plan.head.unit.as_str()),
            label(LABEL_LEG, self.leg.as_str()),
            label(LABEL_RECIPE, self.plan.head.recipe.as_str()),
        ]
    }

    /// The stack that runs now: as the node runs it once that is known, else as planned.
    pub(crate) fn spec(&self) -> &StackSpec {
        match &self.sides {
            Some(sides) => match self.stage {
                Stage::Base => &sides.first,
                Stage::Head => &sides.target,
            },
            None => &self.side().spec,
        }
    }

    /// The volume of the leg's backup repository. That of the main leg is the unit's: it outlives the main
    /// leg's stack, since the other legs copy it. A copy goes with its leg.
    pub(crate) fn repository_volume(&self) -> RepositoryVolume {
        let called = |stack: &StackName| format!("{stack}_cc-ci-repository");
        let is_main = self.leg.is_main();
        let of_leg = [LABEL_NAMESPACE, LABEL_LEG];
        let mut labels = self.labels();
        labels.retain(|(name, _)| !is_main || !of_leg.contains(&name.as_str()));
        let backup = self.backup.as_ref();
        let is_copy = !is_main && backup.is_some_and(|backup| backup.restic.is_local());
        let copied_from = is_copy.then(|| called(&self.plan.head.stack));
        RepositoryVolume { name: called(self.stack()), labels, copied_from }
    }

    /// Begins to create the backup repository, where the leg needs one and has none. restic stretches the password
    /// for half a second or more, and nothing in that depends on the app.
    pub(crate) fn start_repository(&self, toolbox: &Toolbox) -> Option<Repository> {
        let asked = self.plan.tiers.contains(&Tier::Backup) && self.backup_plan().is_some();
        if !asked || !matches!(self.repository, Repository::None) || self.backup.is_some() {
            return None;
        }
        let password = self.world.entropy.word(40, "abcdefghijklmnopqrstuvwxyz0123456789");
        let password = Secret::from(password);
        let _ = self.world.journal.hide([&password]);
        let (engine, toolbox) = (self.world.site.engine.clone(), toolbox.clone());
        let (backups, name) =
            (self.world.backups.clone(), format!("{}-{}", self.plan.head.stack, self.attempt));
        let limit = self.plan.suite.timeouts.hook;
        Some(Repository::Making(tokio::spawn(async move {
            let place = (&backups, name.as_str());
            Restic::init(engine.as_ref(), &toolbox, place, password, limit).await
        })))
    }

    /// What the backup labels of the running side say; broken labels are the backup tier's to tell.
    pub(crate) fn backup_plan(&self) -> Option<BackupPlan> {
        BackupPlan::read(self.spec()).ok().flatten()
    }

    pub(crate) fn words(&self) -> Words {
        Words::of(self.stack().as_str(), &self.plan.domain, &self.side().env, &self.secrets)
    }

    pub(crate) fn access(&self) -> Access {
        self.ways().map(Ways::access).unwrap_or_default()
    }

    /// Closes the ways into the stack and removes their sockets. Their containers go with the stack.
    pub(crate) async fn close_doors(&mut self) -> Result<(), Fault> {
        if let Some(Up { ways: Some(ways), .. }) = self.up.take() {
            ways.gateway.close().await;
        }
        let removed = remove_leg_folder(&self.world.site.sockets, self.stack());
        removed.map_err(|error| Fault::LeftBehind {
            objects: vec![format!("folder of sockets of {}: {error}", self.stack())],
        })
    }

    /// A fresh name for canary data: a letter first, so that it fits everywhere.
    pub(crate) fn nonce(&self, prefix: &str) -> String {
        format!("{prefix}-{}", self.world.entropy.word(10, "abcdefghijklmnopqrstuvwxyz0123456789"))
    }

    /// The stack that runs now, as far as its stores need to know it.
    pub(crate) fn standing(&self) -> Standing<'_> {
        Standing {
            engine: self.world.site.engine.as_ref(),
            spec: self.spec(),
            objects: self.objects(),
            toolbox: self.up.as_ref().map(|up| &up.toolbox),
            ceilings: &self.world.ceilings,
            access: self.access(),
            words: self.words(),
            canaries: &self.plan.suite.canaries,
            limit: self.plan.suite.timeouts.check,
        }
    }

    /// What the legs need that begin at the snapshot of this one.
    pub(crate) async fn handover(&self) -> Result<Handover, Fault> {
        let message = "the main leg has no snapshot at which another leg could begin".to_owned();
        let backup = self.backup.clone().ok_or(Fault::Bug { message })?;
        let mut one_shots = tiers::ended(self).await.map_err(|error| error.fault())?;
        one_shots.extend(self.one_shots.iter().cloned());
        let (secrets, digests) = (self.secrets.clone(), self.digests.clone());
        Ok(Handover { secrets, digests, stores: self.stores.clone(), one_shots, backup })
    }

    /// What there is beside the stack.
    pub(crate) fn up(&self) -> Result<&Up, Fault> {
        let message = "the toolbox is used before it was started".to_owned();
        self.up.as_ref().ok_or(Fault::Bug { message })
    }

    pub(crate) fn up_mut(&mut self) -> Result<&mut Up, Fault> {
        let message = "the toolbox is used before it was started".to_owned();
        self.up.as_mut().ok_or(Fault::Bug { message })
    }

    pub(crate) fn toolbox(&self) -> Result<&Toolbox, Fault> {
        Ok(&self.up()?.toolbox)
    }

    /// The ways into the stack, where they are open.
    pub(crate) fn ways(&self) -> Option<&Ways> {
        self.up.as_ref()?.ways.as_ref()
    }

    pub(crate) fn sides(&self) -> Result<&Sides, Fault> {
        let message = "the stack is used before it was prepared".to_owned();
        self.sides.as_ref().ok_or(Fault::Bug { message })
    }
}

/// Makes up the secrets that the recipe wants generated and hides their values from the journal.
fn make_up_secrets(world: &World, plan: &UnitPlan, attempt: u32) -> SecretValues {
    let sides = plan.base.iter().chain([&plan.target]);
    let mut values = SecretValues::new();
    for (key, secret) in sides.flat_map(|side| &side.spec.secrets) {
        let make = || match &secret.source {
            ObjectSource::Generate { length, charset } => {
                Some(world.entropy.word(usize::from(*length), charset))
            }
            ObjectSource::Passphrase { words } => Some(world.entropy.passphrase(*words)),
            ObjectSource::Content(_) | ObjectSource::External => None,
        };
        if values.contains_key(key) {
            continue;
        }
        if let Some(value) = make() {
            values.insert(key.clone(), Secret::from(value));
        }
    }
    let short = world.journal.hide(values.values());
    let named = values.iter().filter(|(_, value)| short.contains(value));
    let names = named.map(|(key, _)| format!("secret {key} (too short)")).collect();
    let unit = Some(&plan.head.unit);
    say_visible(names, |event| world.journal.write(unit, attempt, event));
    values
}
