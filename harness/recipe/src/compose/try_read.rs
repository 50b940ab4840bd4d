//! Short ways for tests to read a compose text.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_model::{ServiceSpec, StackName, StackSpec};

use super::{Context, Notes, build};
use crate::chain::Chain;
use crate::env::read_sample;
use crate::text::Source;
use crate::yaml::Problem;

/// What a test gives besides the compose text.
#[derive(Default)]
pub(crate) struct Given<'a> {
    pub(crate) sample: &'a str,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) folder: Option<&'a std::path::Path>,
}

/// Reads a chain of texts with an environment.
pub(crate) fn read_with(texts: &[&str], given: &Given<'_>) -> Result<(StackSpec, Notes), Problem> {
    let stack = StackName::new("test-abc123").unwrap();
    let mut pinned = given.settings.clone();
    pinned.insert("STACK_NAME".to_owned(), stack.to_string());
    let sample = read_sample(&Source::new(".env.sample", given.sample), &pinned).unwrap();
    let mut unset = BTreeSet::new();
    let mut whole = None;
    let mut notes = Notes::default();
    let empty = std::path::Path::new("/nonexistent");
    let folder = given.folder.unwrap_or(empty);
    for text in texts {
        let source = Source::new("compose.yml", *text);
        let (env, notes, unset) = (&sample.env, &mut notes, &mut unset);
        whole = Some(Chain { env, folder, notes, unset }.add(whole, &source)?);
    }
    let cx = Context {
        stack: &stack,
        env: &sample.env,
        modifiers: &sample.modifiers,
        settings: &given.settings,
        folder,
        contents: true,
    };
    let spec = build(&whole.unwrap(), &cx, &mut notes)?;
    Ok((spec, notes))
}

/// Reads a chain of texts.
pub(crate) fn merged(texts: &[&str]) -> Result<StackSpec, Problem> {
    Ok(read_with(texts, &Given::default())?.0)
}

/// Reads the service `app` of one text.
pub(crate) fn service(text: &str) -> Result<ServiceSpec, Problem> {
    Ok(merged(&[text])?.services.remove("app").unwrap())
}

/// Reads a service `app` with `image: a` and the given further lines, each without indentation.
pub(crate) fn app(lines: &str) -> Result<ServiceSpec, Problem> {
    let lines: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    service(&format!(
        "services:\n  app:\n    image: a\n{lines}networks:\n  inner: {{}}\nvolumes:\n  data: {{}}\n\
         configs:\n  conf: {{external: true}}\nsecrets:\n  word: {{external: true}}\n"
    ))
}
