//! A suite as it is used: the floor for every recipe with what one recipe adds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use cc_ci_model::{CheckId, ProbeSpec, StackSpec, Tier};
use serde::Serialize;
use toml::Spanned;

use crate::SuiteError;
use crate::file::{self, SuiteFile, When};
use crate::names::TAKEN;
use crate::place::line;

/// The floor of every recipe: the project's own `suites/generic.toml`.
pub const FLOOR: &str = include_str!("../../../suites/generic.toml");
/// The name of [`FLOOR`] in errors.
pub(crate) const FLOOR_NAME: &str = "suites/generic.toml";

/// How long the harness waits, each with its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Timeouts {
    /// Until all services of a deploy or upgrade run and stay. Default 600 s: the slowest first
    /// boots seen in the field take six to nine minutes.
    pub deploy: Duration,
    /// For one check, and for a ready probe to hold. Default 60 s.
    pub check: Duration,
    /// For one backup or restore hook. Default 300 s.
    pub hook: Duration,
    /// How long all tasks have to live without a restart before the stack counts as up, the time
    /// until they are healthy included. Default 1 s; what dies later is caught by the checks.
    pub stable: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            deploy: Duration::from_secs(600),
            check: Duration::from_secs(60),
            hook: Duration::from_secs(300),
            stable: Duration::from_secs(1),
        }
    }
}

/// What a leg takes of the node, as its suite says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Resources {
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Bytes of disk, beside its images.
    pub disk: Option<u64>,
}

/// A probe that must hold before anything is asserted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadySpec {
    /// Stable name.
    pub id: CheckId,
    /// Applies only where a service of the stack asks the edge to route to it.
    pub only_behind_edge: bool,
    /// What is tried.
    pub probe: ProbeSpec,
}

/// One assertion of a suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckSpec {
    /// Stable name.
    pub id: CheckId,
    /// The tier it belongs to.
    pub tier: Tier,
    /// What is tried.
    pub probe: ProbeSpec,
}

/// Canary data that only this app's own protocol can write and read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CanarySpec {
    /// Stable name, which is also the name of the store in reports.
    pub id: CheckId,
    /// Writes the data named by `${nonce}`.
    pub write: ProbeSpec,
    /// Holds exactly if the data named by `${nonce}` is there.
    pub read: ProbeSpec,
}

/// What is asserted about one recipe.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Suite {
    /// Environment on top of the recipe's `.env.sample`.
    pub settings: BTreeMap<String, String>,
    /// How long the harness waits.
    pub timeouts: Timeouts,
    /// True where the recipe's own suite says how long a deploy may take.
    pub own_deploy_limit: bool,
    /// Tiers that have nothing to prove here, with the reason.
    pub expected_na: BTreeMap<Tier, String>,
    /// Tiers that are walked only because the suite asks for them.
    pub also: BTreeSet<Tier>,
    /// Stores by name that no canary data can be written to, with the reason why that is acceptable.
    pub unproven_stores: BTreeMap<String, String>,
    /// What a leg of the recipe takes of the node, where the suite knows better than measurements and estimates.
    pub resources: Resources,
    /// Names of things that exist once; legs that share one never run at the same time.
    pub exclusive: BTreeSet<String>,
    /// Ready probes.
    pub ready: Vec<ReadySpec>,
    /// Checks.
    pub checks: Vec<CheckSpec>,
    /// The app's own canary data.
    pub canaries: Vec<CanarySpec>,
}

impl Suite {
    /// Reads `<folder>/generic.toml`, or the floor that the program brings along where there is none, and
    /// `<folder>/<recipe>/suite.toml` on top where that exists. Without a folder it is the program's floor,
    /// which no checkout can replace.
    ///
    /// # Errors
    /// A file that cannot be read, is no suite, or names two checks alike.
    pub fn load(folder: Option<&Path>, recipe: &str) -> Result<Self, SuiteError> {
        let mut suite = Self::default();
        match folder.map(|folder| folder.join("generic.toml")).filter(|path| path.exists()) {
            Some(generic) => suite.add(&generic)?,
            None => {
                let path = Path::new(FLOOR_NAME);
                suite.merge((path, FLOOR), file::parse(path, FLOOR)?)?;
            }
        }
        suite.own_deploy_limit = false;
        let Some(folder) = folder else { return Ok(suite) };
        let own = folder.join(recipe).join("suite.toml");
        if own.exists() {
            suite.add(&own)?;
        }
        Ok(suite)
    }

    /// Sets the time limit of a deploy that the recipe itself names. A limit in the recipe's own suite takes
    /// precedence.
    pub fn allow(&mut self, deploy: Duration) {
        if !self.own_deploy_limit {
            self.timeouts.deploy = deploy;
        }
    }

    fn add(&mut self, path: &Path) -> Result<(), SuiteError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SuiteError::Read { path: path.to_owned(), source })?;
        self.merge((path, &text), file::parse(path, &text)?)
    }

    fn merge(&mut self, (path, text): (&Path, &str), file: SuiteFile) -> Result<(), SuiteError> {
        let SuiteFile {
            schema: _,
            settings,
            timeouts,
            expected_na,
            also,
            unproven_stores,
            resources,
            exclusive,
            ready,
            check,
            canary,
        } = file;
        let at = |line: usize, message: String| SuiteError::Check {
            path: path.to_owned(),
            line,
            message,
        };
        // The last line that quotes the word: of two items of one name the second one is at fault.
        let bad = |word: &str, message: String| {
            let line = text.lines().rev().position(|line| mentions(line, word));
            at(line.map_or(1, |from_end| text.lines().count() - from_end), message)
        };
        let of = |id: &Spanned<String>| line(text, id.span().start);
        let named = |id: &Spanned<String>| {
            CheckId::new(id.get_ref().clone()).map_err(|error| at(of(id), error.to_string()))
        };

        self.settings.extend(settings);
        self.expected_na.extend(expected_na);
        if let Some(tier) = also.iter().find(|tier| !tier.is_opt_in()) {
            return Err(bad(tier.as_str(), format!("also: {tier} is walked in any case")));
        }
        self.also.extend(also);
        for (store, reason) in unproven_stores {
            if reason.trim().is_empty() {
                let message = format!("unproven_stores: {store}: a declaration needs a reason");
                return Err(bad(&store, message));
            }
            self.unproven_stores.insert(store, reason);
        }
        for (key, amount, own) in [
            ("memory_mib", resources.memory_mib, &mut self.resources.memory),
            ("disk_mib", resources.disk_mib, &mut self.resources.disk),
        ] {
            let Some(mib) = amount else { continue };
            let bytes = mib.checked_mul(1 << 20).filter(|bytes| *bytes > 0);
            *own = Some(bytes.ok_or_else(|| {
                bad(key, format!("resources.{key}: {mib} MiB is no amount that a leg can take"))
            })?);
        }
        if let Some(name) = exclusive.iter().find(|name| name.trim().is_empty()) {
            return Err(bad(name, "exclusive: a name is empty".to_owned()));
        }
        self.exclusive.extend(exclusive);
        self.own_deploy_limit |= timeouts.deploy.is_some();
        let seconds = |own: Option<u64>, old| own.map_or(old, Duration::from_secs);
        self.timeouts = Timeouts {
            deploy: seconds(timeouts.deploy, self.timeouts.deploy),
            check: seconds(timeouts.check, self.timeouts.check),
            hook: seconds(timeouts.hook, self.timeouts.hook),
            stable: seconds(timeouts.stable, self.timeouts.stable),
        };
        let mut of_this_file = BTreeSet::new();
        for entry in ready {
            let id = named(&entry.id)?;
            let taken = !of_this_file.insert(id.clone());
            let free = if taken { Err(TAKEN.to_owned()) } else { self.free_for_ready(&id) };
            free.map_err(|why| at(of(&entry.id), format!("ready.id {id}: {why}")))?;
            let probe = ProbeSpec { probe: entry.probe, from: entry.from, with: entry.with };
            let ready = ReadySpec { id, only_behind_edge: entry.when == Some(When::Edge), probe };
            // A recipe's probe of the same name takes the place of the generic one.
            self.ready.retain(|old| old.id != ready.id);
            self.ready.push(ready);
        }
        for entry in check {
            let (id, tier) = (named(&entry.id)?, *entry.tier.get_ref());
            if matches!(tier, Tier::Lint | Tier::Teardown) {
                let line = line(text, entry.tier.span().start);
                return Err(at(line, format!("check {id}: tier {tier} has no app to ask")));
            }
            self.free_for_check(tier, &id)
                .map_err(|why| at(of(&entry.id), format!("check.id {id} in tier {tier}: {why}")))?;
            let probe = ProbeSpec { probe: entry.probe, from: entry.from, with: entry.with };
            self.checks.push(CheckSpec { id, tier, probe });
        }
        for entry in canary {
            let id = named(&entry.id)?;
            self.free_for_canary(&id)
                .map_err(|why| at(of(&entry.id), format!("canary.id {id}: {why}")))?;
            self.canaries.push(CanarySpec { id, write: entry.write, read: entry.read });
        }
        Ok(())
    }

    /// The ready probes that apply to `stack`.
    pub fn ready_for<'a>(&'a self, stack: &StackSpec) -> impl Iterator<Item = &'a ReadySpec> {
        let routed = stack.services.values().any(|service| {
            service.labels.get("traefik.enable").is_some_and(|value| value == "true")
        });
        self.ready.iter().filter(move |ready| routed || !ready.only_behind_edge)
    }
}

/// True for a line that has `word` in quotes or as a bare key.
fn mentions(line: &str, word: &str) -> bool {
    let quoted = ['"', '\''].iter().any(|quote| line.contains(&format!("{quote}{word}{quote}")));
    quoted || line.trim_start().strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '=']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(generic: &str, own: &str) -> Result<Suite, SuiteError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("generic.toml"), generic).unwrap();
        std::fs::create_dir(folder.path().join("app")).unwrap();
        std::fs::write(folder.path().join("app/suite.toml"), own).unwrap();
        Suite::load(Some(folder.path()), "app")
    }

    const READY: &str = "schema = 1\n[[ready]]\nid = \"up\"\nwhen = \"edge\"\nprobe = \"http\"\n";

    #[test]
    fn the_recipe_replaces_a_generic_probe_of_the_same_name() {
        let suite = load(READY, "schema = 1\n[[ready]]\nid = \"up\"\nprobe = \"tcp\"\n").unwrap();
        assert_eq!(suite.ready.len(), 1);
        assert_eq!(suite.ready[0].probe.probe, "tcp");
    }

    #[test]
    fn a_suite_says_what_a_leg_takes() {
        let own = "schema = 1\nexclusive = [\"smtp\"]\n[resources]\nmemory_mib = 2048\n";
        let suite = load(READY, own).unwrap();
        let resources = Resources { memory: Some(2 << 30), disk: None };
        assert_eq!((suite.resources, suite.exclusive.len()), (resources, 1));
        let mend =
            |from: &str, to: &str| load(READY, &own.replace(from, to)).unwrap_err().to_string();
        let error = mend("2048", "0");
        assert!(error.contains("suite.toml:4") && error.contains("memory_mib: 0 MiB"), "{error}");
        let error = mend("memory_mib", "memory");
        assert!(error.contains("memory_mib"), "{error}");
        let error = mend("smtp", " ");
        assert!(error.contains("suite.toml:2") && error.contains("a name is empty"), "{error}");
    }

    #[test]
    fn a_recipe_without_a_suite_gets_the_floor() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("generic.toml"), READY).unwrap();
        assert_eq!(Suite::load(Some(folder.path()), "none").unwrap().ready.len(), 1);
    }

    #[test]
    fn a_folder_without_a_floor_gets_the_programs_own() {
        let folder = tempfile::tempdir().unwrap();
        let floor = Suite::load(None, "app").unwrap();
        assert!(!floor.ready.is_empty());
        assert_eq!(Suite::load(Some(folder.path()), "app").unwrap(), floor);
        std::fs::create_dir(folder.path().join("app")).unwrap();
        let own = "schema = 1\n[timeouts]\ncheck = 7\n";
        std::fs::write(folder.path().join("app/suite.toml"), own).unwrap();
        let suite = Suite::load(Some(folder.path()), "app").unwrap();
        assert_eq!((suite.ready, suite.timeouts.check), (floor.ready, Duration::from_secs(7)));
    }

    #[test]
    fn the_floor_that_is_brought_along_is_the_projects_own() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites");
        let floor = Suite::load(None, "custom-html").unwrap();
        assert_eq!(floor, Suite::load(Some(Path::new(folder)), "no-such-recipe").unwrap());
        assert_ne!(floor, Suite::load(Some(Path::new(folder)), "custom-html").unwrap());
    }

    #[rstest::rstest]
    #[case::the_recipe("schema = 1\n", 900)]
    #[case::its_suite("schema = 1\n[timeouts]\ndeploy = 60\n", 60)]
    fn who_says_how_long_a_deploy_may_take(#[case] own: &str, #[case] seconds: u64) {
        let mut suite = load("schema = 1\n[timeouts]\ndeploy = 300\n", own).unwrap();
        suite.allow(Duration::from_secs(900));
        assert_eq!(suite.timeouts.deploy, Duration::from_secs(seconds));
    }

    #[rstest::rstest]
    #[case::unknown_key("schema = 1\ntimeout = 3\n", "suite.toml:2: unknown field `timeout`")]
    #[case::near_key("schema = 1\ntimeout = 3\n", "; did you mean `timeouts`?")]
    #[case::near_inner_key("schema = 1\n[timeouts]\ndeplo = 3\n", "toml:3: unknown field `deplo`")]
    #[case::no_schema("[settings]\nA = \"b\"\n", "missing field `schema`")]
    #[case::newer("schema = 2\nnew_thing = 1\n", "schema 2 is newer")]
    #[case::schema_0("schema = 0\n", "schema 0 does not exist")]
    #[case::unknown_tier(
        "schema = 1\n[[check]]\nid = \"a\"\ntier = \"deplo\"\nprobe = \"tcp\"\n",
        "suite.toml:4: unknown variant `deplo`"
    )]
    #[case::bad_name(
        "schema = 1\n[[check]]\nid = \"A b\"\ntier = \"custom\"\nprobe = \"tcp\"\n",
        "suite.toml:3: check id \"A b\" is not valid"
    )]
    #[case::twins(
        "schema = 1\n[[check]]\nid = \"a\"\ntier = \"custom\"\nprobe = \"tcp\"\n\
         [[check]]\nid = \"a\"\ntier = \"custom\"\nprobe = \"tls\"\n",
        "suite.toml:7: check.id a in tier custom: the name is taken already"
    )]
    #[case::ready_twins(
        "schema = 1\n[[ready]]\nid = \"up\"\nprobe = \"tcp\"\n\
         [[ready]]\nid = \"up\"\nprobe = \"tls\"\n",
        "suite.toml:6: ready.id up: the name is taken already"
    )]
    #[case::no_opt_in(
        "schema = 1\nalso = [\"backup\"]\n",
        "suite.toml:2: also: backup is walked in any case"
    )]
    #[case::no_reason(
        "schema = 1\n[unproven_stores]\n\"redis:cache\" = \" \"\n",
        "suite.toml:3: unproven_stores: redis:cache"
    )]
    #[case::teardown(
        "schema = 1\n[[check]]\nid = \"a\"\ntier = \"teardown\"\nprobe = \"tcp\"\n",
        "suite.toml:4: check a: tier teardown has no app to ask"
    )]
    #[case::lint(
        "schema = 1\n[[check]]\nid = \"a\"\ntier = \"lint\"\nprobe = \"tcp\"\n",
        "suite.toml:4: check a: tier lint has no app to ask"
    )]
    #[case::built_in_check(
        "schema = 1\n[[check]]\nid = \"services_converge\"\ntier = \"deploy\"\nprobe = \"tcp\"\n",
        "suite.toml:3: check.id services_converge in tier deploy: the harness has a check of this name"
    )]
    #[case::built_in_check_of_a_store(
        "schema = 1\n[[check]]\nid = \"data_intact.files\"\ntier = \"custom\"\nprobe = \"tcp\"\n\
         [check.with]\npath = \"data_intact.files\"\n",
        "suite.toml:3: check.id data_intact.files in tier custom: the harness has a check"
    )]
    #[case::built_in_ready(
        "schema = 1\n[[ready]]\nid = \"wrong_password_is_refused\"\nprobe = \"tcp\"\n",
        "suite.toml:3: ready.id wrong_password_is_refused: the harness has a check of this name"
    )]
    #[case::check_like_a_ready_probe(
        "schema = 1\n[[ready]]\nid = \"up\"\nprobe = \"tcp\"\n\
         [[check]]\nid = \"up\"\ntier = \"upgrade\"\nprobe = \"tcp\"\n",
        "suite.toml:6: check.id up in tier upgrade: a ready probe has this name"
    )]
    #[case::canary_twins(
        "schema = 1\n[[canary]]\nid = \"a\"\nwrite = { probe = \"tcp\" }\nread = { probe = \"tcp\" }\n\
         [[canary]]\nid = \"a\"\nwrite = { probe = \"tcp\" }\nread = { probe = \"tcp\" }\n",
        "suite.toml:7: canary.id a: the name is taken already"
    )]
    fn a_broken_suite_says_what_is_wrong(#[case] own: &str, #[case] expected: &str) {
        let message = load("schema = 1\n", own).unwrap_err().to_string();
        assert!(message.contains("suite.toml"), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}
