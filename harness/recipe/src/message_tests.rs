//! A message for every way to fail: a variant that no case here provokes fails the test, and one
//! that is not named here does not compile.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cc_ci_model::StackName;

use crate::{EnvError, FileDefect, Input, Instance, ProblemKind, Recipe, RecipeError};

/// The names of an enum's variants, all of them, and the name of a value's variant.
macro_rules! variants {
    ($enum:ident, $all:ident, $name:ident: $($variant:ident)*) => {
        const $all: &[&str] = &[$(concat!(stringify!($enum), "::", stringify!($variant))),*];

        fn $name(value: &$enum) -> &'static str {
            match value {
                $($enum::$variant { .. } => concat!(stringify!($enum), "::", stringify!($variant)),)*
            }
        }
    };
}

variants!(ProblemKind, PROBLEMS, problem:
    Syntax Budget DuplicateKey UnknownKey NewerKey MissingKey WrongType BadValue Undeclared
    Interpolation Unsupported Conflict LongName File NoSecretValue);
variants!(EnvError, ENV_ERRORS, env_error:
    NotAssignment BadName Nul OpenQuote AfterQuote Reference BadModifier Computed);
variants!(FileDefect, DEFECTS, defect: Missing Unusable Unread);
variants!(RecipeError, ERRORS, error:
    NotRecipe Name File UnknownVersion AmbiguousVersion Manifest Env Compose);

/// The variants that an error has in it, the outermost first.
fn names(of: &RecipeError) -> Vec<&'static str> {
    let inner = match of {
        RecipeError::NotRecipe { defect: d, .. } | RecipeError::File { defect: d, .. } => {
            Some(defect(d))
        }
        RecipeError::Env(inner) => Some(env_error(inner)),
        RecipeError::Compose(inner) => Some(problem(&inner.kind)),
        RecipeError::Name { .. }
        | RecipeError::UnknownVersion { .. }
        | RecipeError::AmbiguousVersion { .. }
        | RecipeError::Manifest(_) => None,
    };
    std::iter::once(error(of)).chain(inner).collect()
}

/// Reads a version that holds `files`.
fn version(files: &[(&str, &str)], folder: &Path) -> RecipeError {
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    let stack = &StackName::new("shop-abc123").unwrap();
    let settings = &BTreeMap::new();
    let instance = Instance { stack, domain: "shop.test", settings };
    Input { folder, env_file: None, files: &[], instance }.stack().unwrap_err()
}

fn compose(text: &str, folder: &Path) -> RecipeError {
    version(&[("compose.yml", text)], folder)
}

fn sample(text: &str, folder: &Path) -> RecipeError {
    version(&[("compose.yml", "services: {app: {image: a}}"), (".env.sample", text)], folder)
}

/// Opens a recipe of the given manifest and versions, and asks for a version.
fn recipe(manifest: &str, versions: &[&str], wanted: &str, folder: &Path) -> RecipeError {
    let root = folder.join("shop");
    for version in versions {
        fs::create_dir_all(root.join("versions").join(version)).unwrap();
    }
    fs::create_dir_all(&root).unwrap();
    if !manifest.is_empty() {
        fs::write(root.join("recipe.toml"), manifest).unwrap();
    }
    match Recipe::open(&root) {
        Ok(recipe) => recipe.version(wanted).unwrap_err(),
        Err(error) => error,
    }
}

type Case<'a> = (&'a str, &'a dyn Fn(&Path) -> RecipeError);

const SECRET: &str = "services: {app: {image: a, secrets: [w]}}\nsecrets:\n  w: {external: true, \
                      name: \"w_${SECRET_W_VERSION}\"}\n";

const CASES: &[Case<'_>] = &[
    ("syntax", &|at| compose("services: [\n", at)),
    ("budget", &|at| compose(&format!("x: {}{}", "[".repeat(70), "]".repeat(70)), at)),
    ("duplicate_key", &|at| compose("services:\n  app: {image: a}\n  app: {image: b}\n", at)),
    ("unknown_key", &|at| compose("services:\n  app: {image: a, port: [80]}\n", at)),
    ("newer_key", &|at| {
        let health = "healthcheck: {start_interval: 1s}";
        compose(&format!("version: \"3.8\"\nservices: {{app: {{image: a, {health}}}}}\n"), at)
    }),
    ("missing_key", &|at| compose("services:\n  app: {user: a}\n", at)),
    ("wrong_type", &|at| compose("services:\n  app: {image: a, ports: \"80\"}\n", at)),
    ("bad_value", &|at| compose("services:\n  app: {image: \"a b\"}\n", at)),
    ("undeclared", &|at| {
        compose("services: {app: {image: a, networks: [innr]}}\nnetworks: {inner: }\n", at)
    }),
    ("interpolation", &|at| compose("services: {app: {image: \"a:${TAG:?say which}\"}}\n", at)),
    ("unsupported", &|at| compose("services: {app: {image: a, volumes: [\"./a:/a\"]}}\n", at)),
    ("conflict", &|at| {
        compose("services: {app: {image: a, deploy: {mode: global, replicas: 2}}}\n", at)
    }),
    ("long_name", &|at| {
        let name = "x".repeat(65);
        compose(
            &format!(
                "services: {{app: {{image: a}}}}\nconfigs: {{c: {{external: true, name: {name}}}}}\n"
            ),
            at,
        )
    }),
    ("file_of_a_config", &|at| {
        compose("services: {app: {image: a}}\nconfigs: {c: {file: ../../etc/passwd}}\n", at)
    }),
    ("no_secret_value", &|at| {
        let env = "SECRET_W_VERSION=v1 # generate=false\n";
        version(&[("compose.yml", SECRET), (".env.sample", env)], at)
    }),
    ("not_assignment", &|at| sample("TYPE\n", at)),
    ("bad_name", &|at| sample("1ST=a\n", at)),
    ("nul", &|at| sample("A=b\0c\n", at)),
    ("open_quote", &|at| sample("A=\"b\n", at)),
    ("after_quote", &|at| sample("A='b'c\n", at)),
    ("reference", &|at| sample("A=${B\n", at)),
    ("bad_modifier", &|at| sample("SECRET_W_VERSION=v1 # length=many\n", at)),
    ("computed", &|at| {
        let abra = "export C_VERSION=$(date)\n";
        version(&[("compose.yml", "services: {app: {image: a}}"), ("abra.sh", abra)], at)
    }),
    ("not_recipe", &|at| Recipe::open(&at.join("nothing")).unwrap_err()),
    ("no_manifest", &|at| recipe("", &[], "1", at)),
    // The kernel answers with an I/O error: nothing is mapped at address 0.
    ("unread", &|_| crate::resolve::text(Path::new("/proc/self"), "mem").unwrap_err()),
    ("manifest_elsewhere", &|at| {
        fs::create_dir(at.join("shop")).unwrap();
        std::os::unix::fs::symlink("/proc/self/mem", at.join("shop/recipe.toml")).unwrap();
        Recipe::open(&at.join("shop")).unwrap_err()
    }),
    ("bad_version_name", &|at| recipe("schema = 1\n", &["1.0 beta"], "1", at)),
    ("no_versions_folder", &|at| recipe("schema = 1\n", &[], "1", at)),
    ("missing_compose", &|at| version(&[], at)),
    ("unknown_version", &|at| recipe("schema = 1\n", &["1.0.0+1", "1.1.0+2"], "1.0.1", at)),
    ("ambiguous_version", &|at| recipe("schema = 1\n", &["1.0.0+1", "1.0.0+2"], "1.0.0", at)),
    ("manifest", &|at| recipe("schema = 7\n", &["1.0.0+1"], "1", at)),
];

#[test]
fn every_variant_has_a_message() {
    let mut provoked = BTreeSet::new();
    for (name, provoke) in CASES {
        let folder = tempfile::tempdir().unwrap();
        let error = provoke(folder.path());
        let names = names(&error);
        let shown = error.to_string().replace(&format!("{}/", folder.path().display()), "");
        insta::assert_snapshot!(format!("message_{name}"), format!("{}\n{shown}", names.join(" ")));
        provoked.extend(names);
    }
    let all = [PROBLEMS, ENV_ERRORS, DEFECTS, ERRORS].concat();
    let silent: Vec<_> = all.iter().filter(|name| !provoked.contains(*name)).collect();
    assert!(silent.is_empty(), "no message of {silent:?}");
}

/// What the guard above is worth: it sees a variant that nothing provokes.
#[test]
fn a_silent_variant_is_seen() {
    let provoked: BTreeSet<&str> = PROBLEMS.iter().skip(1).copied().collect();
    let silent: Vec<_> = PROBLEMS.iter().filter(|name| !provoked.contains(*name)).collect();
    assert_eq!(silent, [&"ProblemKind::Syntax"]);
}
