//! From the files of a version to the stack that is asked of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use cc_ci_model::{StackName, StackSpec};

use crate::compose::{MAX_BYTES, Notes, read_inside};
use crate::env::{Sample, read_abra, read_sample};
use crate::text::{Source, printable};
use crate::yaml::Node;
use crate::{FileDefect, Input, Places, RecipeError};

/// The service that gets the whole environment of the app.
pub(crate) const APP: &str = "app";

/// The copy of a recipe that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Instance<'a> {
    /// The stack's name.
    pub stack: &'a StackName,
    /// The domain under which it is to serve.
    pub domain: &'a str,
    /// The suite's settings; they win over `.env.sample` and `abra.sh`.
    pub settings: &'a BTreeMap<String, String>,
}

/// A version of a recipe, resolved for one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The stack. Images are those of the recipe, not yet substituted; the backup labels stay in
    /// the services' labels.
    pub spec: StackSpec,
    /// The app's environment. Values of secrets are not in it.
    pub env: BTreeMap<String, String>,
    /// The images of all services as the recipe names them, sorted, each once.
    pub images: Vec<String>,
    /// Keys that Swarm ignores, with their path, sorted, each once.
    pub ignored: Vec<String>,
    /// Variables that the compose files use, that have no default and that are not set, sorted.
    pub unset: Vec<String>,
    /// Sample hosts that were put below the instance's domain, as
    /// `EXTRA_DOMAINS: www.example.com is www.shop.test here`.
    pub mapped: Vec<String>,
    /// Where the keys of the compose files stand.
    pub places: Places,
}

pub(crate) fn resolve(folder: &Path, instance: &Instance<'_>) -> Result<Resolved, RecipeError> {
    Input { folder, env_file: None, files: &[], instance: *instance }.stack()
}

impl Resolved {
    /// Gives the whole environment to the app, as abra does.
    pub(crate) fn new(
        mut spec: StackSpec,
        env: BTreeMap<String, String>,
        notes: Notes,
        unset: BTreeSet<String>,
        root: Node,
    ) -> Self {
        if let Some(app) = spec.services.get_mut(APP) {
            for (name, value) in &env {
                app.environment.entry(name.clone()).or_insert_with(|| Some(value.clone()));
            }
        }
        let images: BTreeSet<String> = spec.services.values().map(|s| s.image.clone()).collect();
        Self {
            spec,
            env,
            images: images.into_iter().collect(),
            ignored: notes.ignored.into_iter().collect(),
            unset: unset.into_iter().collect(),
            mapped: Vec::new(),
            places: Places::new(root),
        }
    }
}

/// `.env.sample`, then `abra.sh`, then what the instance says.
pub(crate) fn environment(
    folder: &Path,
    instance: &Instance<'_>,
    notes: &mut Notes,
) -> Result<Sample, RecipeError> {
    let mut pinned = pinned(instance);
    pinned.insert("DOMAIN".to_owned(), instance.domain.to_owned());
    let sample = match source(folder, ".env.sample")? {
        Some(source) => read_sample(&source, &pinned)?,
        None => Sample { env: pinned.clone(), ..Sample::default() },
    };
    with_abra(folder, sample, &pinned, notes)
}

/// The domain that `.env.sample` itself names, as an example.
pub(crate) fn sample_domain(folder: &Path) -> Option<String> {
    let source = source(folder, ".env.sample").ok()??;
    let sample = read_sample(&source, &BTreeMap::new()).ok()?;
    sample.env.get("DOMAIN").cloned()
}

/// The operator's own environment file in place of `.env.sample`; its `DOMAIN` counts.
pub(crate) fn environment_of(
    folder: &Path,
    file: &Path,
    instance: &Instance<'_>,
    notes: &mut Notes,
) -> Result<Sample, RecipeError> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let content = text(parent.unwrap_or(Path::new(".")), &name)?;
    let settings = instance.settings;
    let mut sample = read_sample(&Source::new(file.display().to_string(), content), settings)?;
    // Values of the harness count only where the operator's file sets none.
    let mut ours = pinned(instance);
    ours.insert("DOMAIN".to_owned(), instance.domain.to_owned());
    for (name, value) in ours {
        sample.env.entry(name).or_insert(value);
    }
    with_abra(folder, sample, settings, notes)
}

fn pinned(instance: &Instance<'_>) -> BTreeMap<String, String> {
    let mut pinned = instance.settings.clone();
    // The edge has one certificate and no ACME, so the name of its resolver is empty. A sample's `production`
    // would name a resolver that does not exist.
    pinned.entry("LETS_ENCRYPT_ENV".to_owned()).or_default();
    pinned.insert("STACK_NAME".to_owned(), instance.stack.to_string());
    pinned
}

fn with_abra(
    folder: &Path,
    mut sample: Sample,
    pinned: &BTreeMap<String, String>,
    notes: &mut Notes,
) -> Result<Sample, RecipeError> {
    if let Some(source) = source(folder, "abra.sh")? {
        let abra = read_abra(&source)?;
        notes.ignored.extend(abra.ignored);
        sample.env.extend(abra.env.into_iter().filter(|(name, _)| !pinned.contains_key(name)));
    }
    Ok(sample)
}

/// A file that a recipe may or may not have. A link that leads out of the recipe is refused like
/// any other: an error message would show what it leads to.
pub(crate) fn source(folder: &Path, name: &str) -> Result<Option<Arc<Source>>, RecipeError> {
    let path = folder.join(name);
    if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return Ok(None);
    }
    text(folder, name).map(|text| Some(Source::new(path.display().to_string(), text)))
}

pub(crate) fn text(folder: &Path, name: &str) -> Result<String, RecipeError> {
    let refused = |defect| RecipeError::File { path: folder.join(printable(name)), defect };
    let bytes = read_inside(folder, name, MAX_BYTES).map_err(refused)?;
    let text = String::from_utf8(bytes)
        .map_err(|error| refused(FileDefect::Unusable(not_utf8(&error))))?;
    // Editors of Windows put a mark in front that is no part of the text.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Says where the first byte is that is no text.
fn not_utf8(error: &std::string::FromUtf8Error) -> String {
    let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
    format!("is not UTF-8 in line {line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes `files` into a folder and resolves it with `settings`.
    fn run(files: &[(&str, &str)], settings: &[(&str, &str)]) -> Result<Resolved, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        resolve_in(folder.path(), settings)
    }

    fn resolve_in(folder: &Path, settings: &[(&str, &str)]) -> Result<Resolved, String> {
        let settings = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let stack = StackName::new("shop-abc123").unwrap();
        let instance = Instance { stack: &stack, domain: "shop.test", settings: &settings };
        let shown = format!("{}/", folder.display());
        resolve(folder, &instance).map_err(|error| error.to_string().replace(&shown, ""))
    }

    const COMPOSE: &str = "services:\n  app: {image: \"a:${TAG}\", environment: [OWN=1, A=mine]}\n  \
                           db: {image: \"b:${B_VERSION:-none}\"}\n";

    #[test]
    fn the_app_gets_the_whole_environment_and_others_only_their_own() {
        let sample = "A=sample\nTAG=1\nDOMAIN=example.com\nLETS_ENCRYPT_ENV=production\n";
        let files = [("compose.yml", COMPOSE), (".env.sample", sample)];
        let resolved = run(&files, &[]).unwrap();
        let env = &resolved.spec.services["app"].environment;
        let env: Vec<_> = env.iter().map(|(k, v)| (k.as_str(), v.as_deref().unwrap())).collect();
        assert_eq!(
            env,
            [
                ("A", "mine"),
                ("DOMAIN", "shop.test"),
                ("LETS_ENCRYPT_ENV", ""),
                ("OWN", "1"),
                ("STACK_NAME", "shop-abc123"),
                ("TAG", "1"),
            ]
        );
        assert!(resolved.spec.services["db"].environment.is_empty());
        assert_eq!(resolved.images, ["a:1", "b:none"]);
        assert_eq!(resolved.env["A"], "sample");
    }

    #[rstest::rstest]
    #[case::sample(&[(".env.sample", "TAG=1\nB_VERSION=s\n")], &[], "b:s")]
    #[case::abra_over_sample(
        &[(".env.sample", "TAG=1\nB_VERSION=s\n"), ("abra.sh", "export B_VERSION=x\n")], &[], "b:x"
    )]
    #[case::settings_over_abra(
        &[(".env.sample", "TAG=1\n"), ("abra.sh", "export B_VERSION=x\n")],
        &[("B_VERSION", "set")],
        "b:set"
    )]
    fn later_sources_win(
        #[case] files: &[(&str, &str)],
        #[case] settings: &[(&str, &str)],
        #[case] image: &str,
    ) {
        let files = [&[("compose.yml", COMPOSE)], files].concat();
        assert_eq!(run(&files, settings).unwrap().images[1], image);
    }

    #[test]
    fn what_nobody_sets_is_said() {
        let resolved = run(&[("compose.yml", "services: {app: {image: \"a$N\"}}")], &[]).unwrap();
        assert_eq!(resolved.unset, ["N"]);
    }

    #[test]
    fn sample_hosts_of_routers_are_put_below_the_domain() {
        let compose = "services:\n  app:\n    image: a\n    environment: [EXTRA_DOMAINS, MAIL_HOST]\n    \
                       deploy:\n      labels:\n        \
                       - \"traefik.http.routers.x.rule=Host(`$DOMAIN`${EXTRA_DOMAINS})\"\n";
        let sample = "DOMAIN=shop.example.com\nEXTRA_DOMAINS=', `www.shop.example.com`'\n\
                      MAIL_HOST=mail.example.com\n";
        let files = [("compose.yml", compose), (".env.sample", sample)];
        let resolved = run(&files, &[]).unwrap();
        let app = &resolved.spec.services["app"];
        let rule = &app.labels["traefik.http.routers.x.rule"];
        assert_eq!(rule, "Host(`shop.test`, `www.shop.test`)");
        assert_eq!(app.environment["EXTRA_DOMAINS"].as_deref(), Some(", `www.shop.test`"));
        // No router asks for it, so it is as the recipe says.
        assert_eq!(app.environment["MAIL_HOST"].as_deref(), Some("mail.example.com"));
        let said = "EXTRA_DOMAINS: the sample's www.shop.example.com is www.shop.test here";
        assert_eq!(resolved.mapped, [said]);
        let set = run(&files, &[("EXTRA_DOMAINS", ", `www.shop.example.com`")]).unwrap();
        assert!(set.mapped.is_empty(), "a suite's setting stays");
    }

    #[test]
    fn an_operators_file_wins_over_what_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        let compose = "services: {app: {image: \"a:${STACK_NAME}-${LETS_ENCRYPT_ENV}-${DOMAIN}\"}}";
        fs::write(folder.path().join("compose.yml"), compose).unwrap();
        let (file, settings) = (folder.path().join("x.env"), BTreeMap::new());
        let stack = StackName::new("shop-abc123").unwrap();
        let instance = Instance { stack: &stack, domain: "shop.test", settings: &settings };
        let image = |text: &str| {
            fs::write(&file, text).unwrap();
            let env_file = Some(file.as_path());
            let input = Input { folder: folder.path(), env_file, files: &[], instance };
            input.stack().unwrap().images[0].clone()
        };
        let own = "STACK_NAME=mine\nLETS_ENCRYPT_ENV=staging\nDOMAIN=my.test\n";
        assert_eq!(image(own), "a:mine-staging-my.test");
        assert_eq!(image(""), "a:shop-abc123--shop.test");
    }

    #[test]
    fn compose_file_names_a_chain() {
        let over = "services: {app: {environment: {OWN: \"2\"}}, cache: {image: c}}";
        let sample =
            "TAG=1\nCOMPOSE_FILE=compose.yml\nCOMPOSE_FILE=\"$COMPOSE_FILE:compose.c.yml\"\n";
        let files = [("compose.yml", COMPOSE), ("compose.c.yml", over), (".env.sample", sample)];
        let spec = run(&files, &[]).unwrap().spec;
        assert_eq!(spec.services.keys().collect::<Vec<_>>(), ["app", "cache", "db"]);
        assert_eq!(spec.services["app"].environment["OWN"].as_deref(), Some("2"));
    }

    #[test]
    fn the_value_of_a_secret_is_no_environment() {
        let compose = "services: {app: {image: a, secrets: [w]}}\nsecrets:\n  w: {external: true, \
                       name: \"w_${SECRET_W_VERSION}\"}\n";
        let files = [("compose.yml", compose), (".env.sample", "SECRET_W_VERSION=v1\n")];
        let resolved = run(&files, &[("SECRET_W", "hush")]).unwrap();
        assert!(!resolved.env.contains_key("SECRET_W"));
        assert!(!resolved.spec.services["app"].environment.contains_key("SECRET_W"));
    }

    #[rstest::rstest]
    #[case::no_compose(&[], "compose.yml does not exist")]
    #[case::chain_outside(
        &[(".env.sample", "COMPOSE_FILE=../compose.yml")],
        "../compose.yml leaves the recipe's folder"
    )]
    #[case::empty_chain(
        &[(".env.sample", "COMPOSE_FILE=:")],
        "compose.yml is not named by COMPOSE_FILE, which names nothing"
    )]
    fn files_that_cannot_be_used(#[case] files: &[(&str, &str)], #[case] message: &str) {
        assert_eq!(run(files, &[]).unwrap_err(), message);
    }

    #[test]
    fn a_file_that_is_no_text_or_no_file_of_the_recipe_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("compose.yml"), b"\xff").unwrap();
        assert_eq!(
            resolve_in(folder.path(), &[]).unwrap_err(),
            "compose.yml is not UTF-8 in line 1"
        );
        let link = folder.path().join(".env.sample");
        std::os::unix::fs::symlink("/etc/hostname", link).unwrap();
        let message = ".env.sample is a symbolic link that leaves the recipe's folder";
        assert_eq!(resolve_in(folder.path(), &[]).unwrap_err(), message);
    }
}
