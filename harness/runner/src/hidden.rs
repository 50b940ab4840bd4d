//! Which values of a run are secrets. They reach the journal before anything that may hold them is read or
//! written.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_journal::{bits, is_secret_name, passwords_in_urls};
use cc_ci_model::{Event, ObjectSource, Secret};
use cc_ci_suite::{SidePlan, UnitPlan};
use serde_json::Value;

use crate::World;

/// From so many bits on a value that was found by its name is hidden: 2^28 guesses are more than an online
/// attack can make, and six lower-case letters, an ordinary word, are worth fewer. Below that, ordinary
/// words would be blanked out of every log.
const HIDDEN_FROM: f64 = 28.0;

/// Secrets of the plans by what they are called.
#[derive(Default)]
pub(crate) struct Known {
    /// Hidden whatever their strength.
    always: BTreeMap<Secret, String>,
    /// Found by a name in an environment; hidden where strong.
    named: BTreeMap<Secret, String>,
    /// Names that reports have to show.
    public: BTreeSet<String>,
}

impl Known {
    /// Everything that is known before the first unit begins.
    pub(crate) fn of(world: &World, plans: &[UnitPlan]) -> Self {
        let mut known = Self::default();
        for (name, value) in &world.backups.credentials {
            known.always.insert(value.clone(), format!("{name} of the backups"));
        }
        if let Some(backend) = &world.backups.backend {
            known.urls("the backups' address", &backend.reveal_text());
        }
        for plan in plans {
            let head = &plan.head;
            known.urls("the recipe's address", &head.asked);
            known.urls("the recipe's address", &head.rerun);
            let names = [head.recipe.as_str(), head.unit.as_str(), head.version.as_str()];
            known.public.extend(names.map(str::to_owned));
            for side in plan.base.iter().chain([&plan.target, &plan.fresh]) {
                known.side(side);
            }
            let suite = &plan.suite;
            let probes = suite.ready.iter().map(|ready| &ready.probe);
            let probes = probes.chain(suite.checks.iter().map(|check| &check.probe));
            let probes = probes.chain(suite.canaries.iter().flat_map(|c| [&c.write, &c.read]));
            for (name, value) in probes.flat_map(|probe| &probe.with) {
                known.setting(name, value);
            }
        }
        known
    }

    fn side(&mut self, side: &SidePlan) {
        let spec = &side.spec;
        let keys = spec.services.keys().chain(spec.volumes.keys()).chain(spec.networks.keys());
        self.public.extend(keys.chain(spec.secrets.keys()).chain(spec.configs.keys()).cloned());
        self.public.insert(spec.name.to_string());
        for (name, value) in &side.env {
            self.variable(name, value);
        }
        for (key, service) in &spec.services {
            self.public.insert(service.image.clone());
            for (name, value) in &service.environment {
                self.variable(name, value.as_deref().unwrap_or_default());
            }
            let words = service.command.iter().chain(&service.entrypoint).flatten();
            words.for_each(|word| self.urls(&format!("an address in the command of {key}"), word));
        }
        for (key, secret) in &spec.secrets {
            if let ObjectSource::Content(file) = &secret.source {
                self.always.insert(Secret::new(file.bytes.clone()), format!("secret {key}"));
            }
        }
    }

    fn variable(&mut self, name: &str, value: &str) {
        self.urls(name, value);
        // A path to a secret is no secret, and these words are no values.
        let says_nothing =
            value.starts_with("/run/secrets/") || matches!(value, "" | "true" | "false");
        if is_secret_name(name) && !says_nothing {
            self.named.entry(value.into()).or_insert_with(|| name.to_owned());
        }
    }

    fn setting(&mut self, name: &str, value: &Value) {
        match value {
            // `${secret:NAME}` stands for a value that is known already.
            Value::String(text) if !text.contains("${") => self.variable(name, text),
            Value::Array(items) => items.iter().for_each(|item| self.setting(name, item)),
            Value::Object(map) => map.iter().for_each(|(name, value)| self.setting(name, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn urls(&mut self, name: &str, value: &str) {
        for password in passwords_in_urls(value) {
            self.named.entry(password.into()).or_insert_with(|| format!("a password in {name}"));
            let decoded = percent_encoding::percent_decode_str(password).collect::<Vec<_>>();
            self.named.entry(decoded.into()).or_insert_with(|| format!("a password in {name}"));
        }
    }

    /// Hides the values; the answer names those that stay visible, each with the reason.
    pub(crate) fn hide(&self, world: &World) -> Vec<String> {
        let mut visible = BTreeSet::new();
        let mut hidden: Vec<&Secret> = self.always.keys().collect();
        for (value, name) in &self.named {
            let text = value.reveal_text();
            let worth = bits(&text);
            if worth < HIDDEN_FROM {
                visible.insert(format!("{name} ({worth:.0} of {HIDDEN_FROM} bits)"));
            } else if self.public.iter().any(|known| known.contains(&*text)) {
                visible.insert(format!("{name} (part of a name of the recipe)"));
            } else {
                hidden.push(value);
            }
        }
        for short in world.journal.hide(hidden) {
            let name = self.always.get(short).or_else(|| self.named.get(short));
            visible.insert(format!("{} (too short)", name.map_or("a value", String::as_str)));
        }
        visible.into_iter().collect()
    }
}

/// Says which values stay visible, where there are any.
pub(crate) fn say_visible(names: Vec<String>, say: impl Fn(Event)) {
    if !names.is_empty() {
        say(Event::LeftVisible { names });
    }
}
