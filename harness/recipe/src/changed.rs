//! Secrets and configs whose content changed under an unchanged name.

use cc_ci_model::{ConfigSpec, ObjectSource, SecretSpec, StackSpec};
use thiserror::Error;

/// A secret or config that the engine would refuse to update: both are immutable there, and its
/// own words for it are `only updates to Labels are allowed`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{kind} `{key}` has a new content under its old name {name}{}\n  hint: give it a new name: raise its version {}",
    file_words(.file), home(.kind)
)]
pub struct Changed {
    /// `config` or `secret`.
    pub kind: &'static str,
    /// Its name in the compose file.
    pub key: String,
    /// Its name on the engine, in both versions.
    pub name: String,
    /// The file that changed, relative to the recipe.
    pub file: Option<String>,
}

fn file_words(file: &Option<String>) -> String {
    file.as_ref().map(|file| format!(" ({file})")).unwrap_or_default()
}

fn home(kind: &str) -> &'static str {
    if kind == "secret" { "in .env.sample" } else { "in abra.sh" }
}

/// What changed from `old` to `new` without a new name, by compose name, configs first. An upgrade would fail
/// on each of them. External and generated objects have no content that could be compared.
#[must_use]
pub fn changed_configs(old: &StackSpec, new: &StackSpec) -> Vec<Changed> {
    let config = |key: &String, c: &ConfigSpec| Object {
        kind: "config",
        key: key.clone(),
        name: c.name.clone(),
        content: content(&c.source, c.template_driver.as_deref()),
    };
    let secret = |key: &String, s: &SecretSpec| Object {
        kind: "secret",
        key: key.clone(),
        name: s.name.clone(),
        content: content(&s.source, s.template_driver.as_deref()),
    };
    let all = |spec: &StackSpec| -> Vec<Object> {
        let configs = spec.configs.iter().map(|(key, c)| config(key, c));
        configs.chain(spec.secrets.iter().map(|(key, s)| secret(key, s))).collect()
    };
    let old = all(old);
    let changed = |new: &Object| {
        // A key may be renamed: what counts is the engine's name.
        old.iter().any(|old| {
            let same = (old.kind, &old.name) == (new.kind, &new.name);
            let both = old.content.is_some() && new.content.is_some();
            same && both && old.content != new.content
        })
    };
    let file = |object: &Object| object.content.as_ref().map(|content| content.path.clone());
    (all(new).into_iter().filter(changed))
        .map(|o| Changed { kind: o.kind, file: file(&o), key: o.key, name: o.name })
        .collect()
}

struct Object {
    kind: &'static str,
    key: String,
    name: String,
    content: Option<Content>,
}

struct Content {
    path: String,
    bytes: Vec<u8>,
    template_driver: Option<String>,
}

impl PartialEq for Content {
    /// The path does not count: contents are equal if their bytes and their template drivers are.
    fn eq(&self, other: &Self) -> bool {
        (&self.bytes, &self.template_driver) == (&other.bytes, &other.template_driver)
    }
}

fn content(source: &ObjectSource, template_driver: Option<&str>) -> Option<Content> {
    match source {
        ObjectSource::Content(file) => Some(Content {
            path: file.path.clone(),
            bytes: file.bytes.clone(),
            template_driver: template_driver.map(str::to_owned),
        }),
        ObjectSource::Generate { .. }
        | ObjectSource::Passphrase { .. }
        | ObjectSource::External => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::compose::try_read::{Given, read_with};

    fn stack(objects: &str, content: &str) -> StackSpec {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.tmpl"), content).unwrap();
        let text = format!("services: {{app: {{image: a, secrets: [s]}}}}\n{objects}");
        let sample = "SECRET_S_VERSION=v1\n";
        let given = Given { sample, folder: Some(folder.path()), ..Given::default() };
        read_with(&[&text], &given).unwrap().0
    }

    const EXTERNAL: &str = "secrets: {s: {external: true, name: \"s_${SECRET_S_VERSION}\"}}\n";

    fn config(rest: &str) -> String {
        format!("{EXTERNAL}configs: {{c: {{file: a.tmpl, {rest}}}}}\n")
    }

    #[test]
    fn a_new_content_needs_a_new_name() {
        let (old, new) = (config("name: c_v1"), config("name: c_v2"));
        assert_eq!(changed_configs(&stack(&old, "1"), &stack(&old, "1")), []);
        assert_eq!(changed_configs(&stack(&old, "1"), &stack(&new, "2")), []);
        let changed = changed_configs(&stack(&old, "1"), &stack(&old, "2"));
        let [changed] = changed.as_slice() else { panic!("{changed:?}") };
        insta::assert_snapshot!(changed, @r"
        config `c` has a new content under its old name c_v1 (a.tmpl)
          hint: give it a new name: raise its version in abra.sh
        ");
    }

    #[test]
    fn another_template_driver_is_another_content() {
        let (old, new) = (config("name: c_v1"), config("name: c_v1, template_driver: golang"));
        assert_eq!(changed_configs(&stack(&old, "1"), &stack(&new, "1")).len(), 1);
    }

    #[test]
    fn a_renamed_key_with_the_old_name_counts() {
        let old = config("name: n");
        let new = old.replace("{c: ", "{d: ");
        assert_eq!(changed_configs(&stack(&old, "1"), &stack(&new, "2"))[0].key, "d");
    }

    #[test]
    fn secrets_from_files_count_and_made_up_ones_do_not() {
        let file = "secrets: {s: {file: a.tmpl, name: s_v1}}\n";
        let changed = changed_configs(&stack(file, "1"), &stack(file, "2"));
        insta::assert_snapshot!(changed[0], @r"
        secret `s` has a new content under its old name s_v1 (a.tmpl)
          hint: give it a new name: raise its version in .env.sample
        ");
        assert_eq!(changed_configs(&stack(file, "1"), &stack(EXTERNAL, "2")), []);
        assert_eq!(changed_configs(&stack(EXTERNAL, "1"), &stack(EXTERNAL, "2")), []);
    }

    #[test]
    fn the_message_names_the_file_and_where_the_version_is_raised() {
        let (key, name) = ("page".to_owned(), "s_page_v1".to_owned());
        let file = Some("page.txt".to_owned());
        let config = Changed { kind: "config", key, name, file };
        insta::assert_snapshot!(config.to_string(), @r"
        config `page` has a new content under its old name s_page_v1 (page.txt)
          hint: give it a new name: raise its version in abra.sh
        ");
        let secret = Changed { kind: "secret", file: None, ..config };
        insta::assert_snapshot!(secret.to_string(), @r"
        secret `page` has a new content under its old name s_page_v1
          hint: give it a new name: raise its version in .env.sample
        ");
    }
}
