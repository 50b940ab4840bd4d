//! Which values of a run are secrets. They reach the journal before anything that may hold them is read or
//! written.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_journal::{bits, is_secret_name, passwords_in_urls};
use cc_ci_model::{Event, ObjectSource, Secret};
use cc_ci_plan::{SidePlan, UnitPlan};
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
            for password in both_forms(&backend.reveal_text()) {
                known.always.insert(password, "a password in the backups' address".to_owned());
            }
        }
        for plan in plans {
            let head = &plan.head;
            known.urls("the recipe's address", &head.asked);
            known.urls("the recipe's address", &head.rerun);
            let names = [head.recipe.as_str(), head.unit.as_str(), head.version.as_str()];
            known.public.extend(names.map(str::to_owned));
            for side in plan.all_sides() {
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
        for password in both_forms(value) {
            self.named.entry(password).or_insert_with(|| format!("a password in {name}"));
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

/// The passwords of the addresses in `value`, as they stand and decoded.
fn both_forms(value: &str) -> Vec<Secret> {
    let forms = |password: &str| {
        let decoded: Vec<u8> = percent_encoding::percent_decode_str(password).collect();
        [Secret::from(password), Secret::from(decoded)]
    };
    passwords_in_urls(value).into_iter().flat_map(forms).collect()
}

/// Says which values stay visible, where there are any.
pub(crate) fn say_visible(names: Vec<String>, say: impl Fn(Event)) {
    if !names.is_empty() {
        say(Event::LeftVisible { names });
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{FileContent, SecretSpec};
    use cc_ci_suite::Suite;

    use super::*;
    use crate::testing::{Scene, services};

    #[tokio::test]
    async fn strong_values_are_hidden_and_weak_ones_are_named() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let (mut plan, mut world) = (scene.plan.clone(), scene.world.clone());
        let spec = &mut plan.target.spec;
        for (name, value) in [
            ("ADMIN_PASSWORD", "hunter2hunter2env"),
            ("DB_PASS", "changeme"),
            ("CACHE", "redis://c:p%40ss-in-url-55@h"),
            ("MAIL_SECRET", spec.name.clone().as_str()),
            ("PW_FILE", "/run/secrets/a-long-enough-path"),
        ] {
            let app = spec.services.get_mut("app").unwrap();
            app.environment.insert(name.to_owned(), Some(value.to_owned()));
        }
        let bytes = b"own-key-of-the-file\n".to_vec();
        let source = ObjectSource::Content(FileContent { path: "own.key".to_owned(), bytes });
        let (labels, name) = (BTreeMap::new(), "own".to_owned());
        let own = SecretSpec { name, source, template_driver: None, labels };
        spec.secrets.insert("own".to_owned(), own);
        world.backups.credentials.insert("AWS_SECRET_ACCESS_KEY".to_owned(), "key9".into());

        let visible = Known::of(&world, std::slice::from_ref(&plan)).hide(&world);
        let text = "hunter2hunter2env changeme p@ss-in-url-55 p%40ss-in-url-55 own-key-of-the-file \
                    key9 /run/secrets/a-long-enough-path";
        let clean = "[redacted] changeme [redacted] [redacted] [redacted] [redacted] \
                     /run/secrets/a-long-enough-path";
        assert_eq!(world.journal.redactor().clean_text(text), clean);
        assert_eq!(
            visible,
            ["DB_PASS (22 of 28 bits)", "MAIL_SECRET (part of a name of the recipe)"]
        );
    }
}
