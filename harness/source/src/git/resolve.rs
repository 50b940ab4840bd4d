//! From what was typed to the commit that it names.

use cc_ci_recipe::nearest;

use super::locked::Locked;
use super::{Reference, Refs, failure};
use crate::{Commit, SourceError, Warning};

/// So many names stand in a hint.
const SHOWN: usize = 20;

impl Locked<'_> {
    pub(super) async fn resolve(
        &self,
        wanted: &Reference,
        refs: &mut Refs,
    ) -> Result<Commit, SourceError> {
        match wanted {
            Reference::Name(name) => self.resolve_name(name, refs).await,
            Reference::Full(name) => {
                let kept = format!("refs/cc-ci/{}", name.trim_start_matches("refs/"));
                self.bring(name, &format!("+{name}:{kept}")).await?;
                self.mirror.commit_of(&kept).await?.ok_or_else(|| self.unknown(name, refs))
            }
            Reference::Commit(commit) => {
                let name = commit.as_str();
                if self.mirror.commit_of(name).await?.is_none() {
                    self.bring(name, name).await?;
                }
                self.mirror.commit_of(name).await?.ok_or_else(|| self.unknown(name, refs))
            }
        }
    }

    async fn resolve_name(&self, name: &str, refs: &mut Refs) -> Result<Commit, SourceError> {
        if name == "HEAD" {
            return refs.main.clone().ok_or_else(|| self.unknown(name, refs));
        }
        match (refs.tags.get(name), refs.branches.get(name)) {
            (Some(tag), branch) => {
                let tag = tag.clone();
                if branch.is_some_and(|branch| *branch != tag) {
                    refs.warnings.push(Warning::TagAndBranch { name: name.to_owned() });
                }
                Ok(tag)
            }
            (None, Some(branch)) => Ok(branch.clone()),
            (None, None) => self.resolve_short(name, refs).await,
        }
    }

    /// An abbreviated commit. It has to name one commit, and never falls back to anything.
    async fn resolve_short(&self, name: &str, refs: &Refs) -> Result<Commit, SourceError> {
        let digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if !(7..40).contains(&name.len()) || !name.bytes().all(digit) {
            return Err(self.unknown(name, refs));
        }
        let option = format!("--disambiguate={name}");
        let found = self.mirror.local("look for the commit", &["rev-parse", &option]).await?;
        let found = String::from_utf8_lossy(&found).into_owned();
        let objects: Vec<String> = found.lines().map(str::to_owned).collect();
        let kinds = self.mirror.kinds(&objects).await?;
        let commits = kinds.into_iter().flatten().filter(|(_, kind)| kind == "commit");
        let commits: Vec<Commit> = commits.map(|(commit, _)| commit).collect();
        match commits.as_slice() {
            [commit] => Ok(commit.clone()),
            [] => Err(self.unknown(name, refs)),
            several => {
                let several: Vec<_> = several.iter().map(Commit::as_str).collect();
                let hint = format!("it could be {}; give more digits", several.join(" or "));
                Err(self.none(name, None, hint))
            }
        }
    }

    /// Fetches one thing that branches and tags do not lead to.
    async fn bring(&self, name: &str, spec: &str) -> Result<(), SourceError> {
        match self.fetch_refs(&[spec]).await {
            Err(SourceError::Git { message, .. }) if failure::is_absence(&message) => {
                let hint = "the server does not have it; a request's commit is had as \
                            #refs/pull/N/head";
                Err(self.none(name, None, hint.to_owned()))
            }
            other => other,
        }
    }

    fn unknown(&self, name: &str, refs: &Refs) -> SourceError {
        let names = || refs.tags.keys().chain(refs.branches.keys()).map(String::as_str);
        let known: Vec<&str> = names().take(SHOWN).collect();
        let more = names().count().saturating_sub(SHOWN);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let hint = format!("it has {}{more}", known.join(", "));
        self.none(name, nearest(name, names()).map(str::to_owned), hint)
    }

    fn none(&self, wanted: &str, near: Option<String>, hint: String) -> SourceError {
        SourceError::NoReference {
            origin: self.mirror.origin.shown(),
            wanted: wanted.to_owned(),
            near,
            hint,
        }
    }
}
