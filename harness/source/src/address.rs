//! Where a recipe is, as typed.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::SourceError;
use crate::git::Reference;

/// Transports that may be asked of git. `file` is not among them: a path is given as a path. `ext`
/// and the like run commands.
const SCHEMES: [&str; 4] = ["https", "http", "ssh", "git"];

/// Where a recipe is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A path: a folder with versions, a plain folder or a git repository.
    Path {
        /// The path.
        path: PathBuf,
        /// What to test of a git repository.
        head: Option<Reference>,
    },
    /// A git repository elsewhere.
    Remote {
        /// It.
        remote: Remote,
        /// What to test of it.
        head: Option<Reference>,
    },
}

/// The URL of a git repository. Its password, if it has one, is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Remote {
    url: String,
}

impl Address {
    /// Understands `PATH`, `PATH#REF`, `URL`, `URL#REF` and `user@host:path#REF`. Looks at the
    /// disk only to tell a `#` in the name of an existing path from a reference.
    ///
    /// # Errors
    /// What was typed could not be handed to git safely, or is nothing that git can fetch.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(refuse(text, "it is empty or holds control characters", PLAIN));
        }
        if Path::new(text).exists() && !text.starts_with('-') {
            return Ok(Self::Path { path: text.into(), head: None });
        }
        let (address, head) = match text.split_once('#') {
            Some((address, head)) => (address, Some(Reference::parse(head)?)),
            None => (text, None),
        };
        if address.is_empty() || address.starts_with('-') {
            return Err(refuse(text, "a name that begins with '-' would be an option", PLAIN));
        }
        if let Some((scheme, rest)) = address.split_once("://") {
            return Ok(Self::Remote { remote: Remote::of_url(address, scheme, rest)?, head });
        }
        let before_path = address.split('/').next().unwrap_or_default();
        if before_path.contains("::") {
            return Err(refuse(text, "a helper program would have to be run", TRANSPORTS));
        }
        if let Some((host, _)) = before_path.split_once(':') {
            let host = host.rsplit('@').next().unwrap_or_default();
            if host.is_empty() || host.starts_with('-') {
                return Err(refuse(text, "it has no host", TRANSPORTS));
            }
            return Ok(Self::Remote { remote: Remote { url: address.to_owned() }, head });
        }
        Ok(Self::Path { path: address.into(), head })
    }
}

const PLAIN: &str = "give a path (./recipe) or a URL (https://host/recipe#ref)";
const TRANSPORTS: &str = "https, http, ssh and git URLs are fetched; a path is given as a path";

fn refuse(text: &str, reason: &str, hint: &str) -> SourceError {
    let text = shown(text);
    SourceError::Address { text, reason: reason.to_owned(), hint: hint.to_owned() }
}

impl Remote {
    fn of_url(url: &str, scheme: &str, rest: &str) -> Result<Self, SourceError> {
        if !SCHEMES.contains(&scheme) {
            let reason = format!("transport {scheme:?} is not used");
            return Err(refuse(url, &reason, TRANSPORTS));
        }
        let host = rest.split('/').next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        if host.is_empty() || host.starts_with(['-', ':']) {
            return Err(refuse(url, "it has no host", TRANSPORTS));
        }
        Ok(Self { url: url.to_owned() })
    }

    /// The URL as git gets it, with its password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What the repository is called: the last piece of its path, without `.git`.
    pub(crate) fn name(&self) -> &str {
        let path = self.url.trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        path.rsplit(['/', ':']).next().unwrap_or_default()
    }

    /// `text` with the password taken out, wherever git repeats the URL.
    pub(crate) fn redact(&self, text: &str) -> String {
        match secret(&self.url) {
            Some(secret) => text.replace(secret, "***"),
            None => text.to_owned(),
        }
    }
}

/// `user:password` or a token that stands alone before the `@`; a plain ssh user is no secret.
fn secret(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let (user, _) = rest.split('/').next()?.rsplit_once('@')?;
    (user.contains(':') || scheme.starts_with("http")).then_some(user)
}

fn shown(url: &str) -> String {
    secret(url).map_or_else(|| url.to_owned(), |secret| url.replacen(secret, "***", 1))
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&shown(&self.url))
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&shown(&self.url), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        match Address::parse(text).unwrap() {
            Address::Path { path, head } => format!("path {} {head:?}", path.display()),
            Address::Remote { remote, head } => format!("{} {remote} {head:?}", remote.name()),
        }
    }

    #[rstest::rstest]
    #[case::name("mumble", "path mumble None")]
    #[case::path("./a:b/mumble", "path ./a:b/mumble None")]
    #[case::path_and_branch("../mumble#main", "path ../mumble Some(Name(\"main\"))")]
    #[case::https("https://h.test/a/mumble.git", "mumble https://h.test/a/mumble.git None")]
    #[case::pull(
        "https://h.test/a/b#refs/pull/7/head",
        "b https://h.test/a/b Some(Full(\"refs/pull/7/head\"))"
    )]
    #[case::scp("git@h.test:a/mumble.git", "mumble git@h.test:a/mumble.git None")]
    #[case::scp_flat("h.test:mumble", "mumble h.test:mumble None")]
    #[case::port("ssh://git@h.test:2222/a/b/", "b ssh://git@h.test:2222/a/b/ None")]
    fn is_understood(#[case] text: &str, #[case] what: &str) {
        assert_eq!(parsed(text), what);
    }

    #[test]
    fn a_path_may_hold_a_number_sign() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a#b");
        std::fs::create_dir(&path).unwrap();
        let address = Address::parse(&path.display().to_string()).unwrap();
        assert_eq!(address, Address::Path { path, head: None });
    }

    #[rstest::rstest]
    #[case::empty("")]
    #[case::option("--upload-pack=touch /tmp/x")]
    #[case::control("a\nb")]
    #[case::nul("a\0b")]
    #[case::ext("ext::sh -c id")]
    #[case::ext_url("ext://x")]
    #[case::file("file:///etc")]
    #[case::ftp("ftp://h.test/a")]
    #[case::ssh_option("ssh://-oProxyCommand=id/a")]
    #[case::ssh_option_behind_user("ssh://git@-oProxyCommand=id/a")]
    #[case::scp_option("git@-oProxyCommand=id:a")]
    #[case::no_host("https:///a")]
    #[case::only_a_reference("#main")]
    fn is_refused(#[case] text: &str) {
        let error = Address::parse(text).unwrap_err();
        assert!(matches!(error, SourceError::Address { .. }), "{error}");
        assert_eq!(error.owner(), None);
    }

    #[test]
    fn a_password_is_never_shown() {
        let Address::Remote { remote, .. } =
            Address::parse("https://me:hush@h.test/a#main").unwrap()
        else {
            panic!("a path")
        };
        assert_eq!(remote.url(), "https://me:hush@h.test/a");
        assert_eq!(format!("{remote} {remote:?}"), "https://***@h.test/a \"https://***@h.test/a\"");
        assert_eq!(remote.redact("fatal: https://me:hush@h.test/a"), "fatal: https://***@h.test/a");
        let error = Address::parse("ftp://me:hush@h.test/a").unwrap_err().to_string();
        assert!(!error.contains("hush"), "{error}");
    }
}
