//! The labels by which abra recognises an app.

use std::time::Duration;

use cc_ci_model::{RecipeName, StackSpec, Version};

use crate::resolve::APP;

/// What abra writes on the service `app` when it deploys.
#[derive(Debug, Clone, Copy)]
pub struct AbraLabels<'a> {
    /// The recipe.
    pub recipe: &'a RecipeName,
    /// The version that is deployed. A label that the recipe sets itself is kept: the upgrade tier proves that
    /// it moves with the version.
    pub version: &'a Version,
    /// The commit, for a deploy of something that is no published version.
    pub chaos: Option<&'a str>,
}

impl AbraLabels<'_> {
    /// Writes the labels `coop-cloud.<stack>.{recipe,version,chaos,chaos-version}`. A stack
    /// without a service `app` stays as it is.
    pub fn apply(&self, spec: &mut StackSpec) {
        let stack = spec.name.clone();
        let Some(app) = spec.services.get_mut(APP) else { return };
        let key = |name: &str| format!("coop-cloud.{stack}.{name}");
        app.labels.insert(key("recipe"), self.recipe.to_string());
        let version = app.labels.entry(key("version")).or_default();
        if version.is_empty() {
            *version = self.version.to_string();
        }
        app.labels.insert(key("chaos"), self.chaos.is_some().to_string());
        if let Some(commit) = self.chaos {
            app.labels.insert(key("chaos-version"), commit.to_owned());
        }
    }
}

/// The time limit of a deploy that the recipe names: its label `coop-cloud.<stack>.timeout`, in seconds, on any
/// service. A text that is no number is ignored, as abra does, and so is 0.
#[must_use]
pub fn timeout(spec: &StackSpec) -> Option<Duration> {
    let key = format!("coop-cloud.{}.timeout", spec.name);
    let label = spec.services.values().find_map(|service| service.labels.get(&key));
    let seconds = label.and_then(|text| text.trim().parse().ok()).filter(|seconds| *seconds > 0);
    seconds.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::try_read::merged;

    fn labelled(labels: &str, chaos: Option<&str>) -> Vec<(String, String)> {
        let text = format!(
            "services: {{app: {{image: a, deploy: {{labels: {labels}}}}}, db: {{image: b}}}}"
        );
        let mut spec = merged(&[&text]).unwrap();
        let recipe = &RecipeName::new("shop").unwrap();
        let version = &Version::new("1.0.0+2").unwrap();
        AbraLabels { recipe, version, chaos }.apply(&mut spec);
        assert!(spec.services["db"].labels.is_empty());
        let short = |(key, value): (&String, &String)| {
            (key.replace("coop-cloud.test-abc123.", ""), value.clone())
        };
        spec.services["app"].labels.iter().map(short).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_published_version_is_named() {
        let expected = pairs(&[("chaos", "false"), ("recipe", "shop"), ("version", "1.0.0+2")]);
        assert_eq!(labelled("{}", None), expected);
        // A recipe that has the label and leaves it empty means the same.
        assert_eq!(labelled("{\"coop-cloud.test-abc123.version\": }", None), expected);
    }

    #[test]
    fn the_recipe_s_own_version_stays() {
        let own = "{\"coop-cloud.${STACK_NAME}.version\": 0.9.0+1}";
        let own = own.replace("${STACK_NAME}", "test-abc123");
        let labels = labelled(&own, Some("1a2b3c4d"));
        let expected = [
            ("chaos", "true"),
            ("chaos-version", "1a2b3c4d"),
            ("recipe", "shop"),
            ("version", "0.9.0+1"),
        ];
        assert_eq!(labels, pairs(&expected));
    }

    #[test]
    fn a_stack_without_app_stays_as_it_is() {
        let mut spec = merged(&["services: {web: {image: a}}"]).unwrap();
        let before = spec.clone();
        let recipe = &RecipeName::new("shop").unwrap();
        let version = &Version::new("1.0.0+2").unwrap();
        AbraLabels { recipe, version, chaos: None }.apply(&mut spec);
        assert_eq!(spec, before);
    }

    #[rstest::rstest]
    #[case::named("\"600\"", Some(600))]
    #[case::number("120", Some(120))]
    #[case::no_number("soon", None)]
    #[case::nothing("0", None)]
    #[case::empty("", None)]
    fn timeouts(#[case] value: &str, #[case] seconds: Option<u64>) {
        let label = format!("{{coop-cloud.test-abc123.timeout: {value}}}");
        let text = format!("services: {{app: {{image: a, deploy: {{labels: {label}}}}}}}");
        assert_eq!(timeout(&merged(&[&text]).unwrap()), seconds.map(Duration::from_secs));
    }
}
