//! The machine's Debian mirrors, and what they mean for another release.

use std::fmt::Write as _;

use super::sources::{Source, sources};
use crate::Host;

/// Where this machine gets Debian from. All empty on a machine that is not Debian.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Mirrors {
    main: Option<Mirror>,
    updates: Option<Mirror>,
    security: Option<Mirror>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Mirror {
    uri: String,
    trusted: bool,
}

impl Mirrors {
    /// What the machine's own sources say about its own release.
    pub(crate) fn of(host: &Host) -> Self {
        // A derivative's mirror has other packages; only debootstrap's own default remains then.
        if host.os_release("ID").as_deref() != Some("debian") {
            return Self::default();
        }
        let release = host.os_release("VERSION_CODENAME").unwrap_or_default();
        let sources = sources(host);
        let find = |suffix: &str| {
            let names = [format!("{release}{suffix}"), format!("stable{suffix}")];
            let fits = |source: &&Source| {
                names.contains(&source.suite)
                    && source.components.iter().any(|component| component == "main")
                    // A CD or a folder of the host is not there inside a build.
                    && (source.uri.starts_with("http://") || source.uri.starts_with("https://"))
            };
            sources.iter().find(fits).map(|s| Mirror { uri: s.uri.clone(), trusted: s.trusted })
        };
        Self { main: find(""), updates: find("-updates"), security: find("-security") }
    }

    /// The mirror for debootstrap; its own default where there is none.
    pub(crate) fn main(&self) -> Option<&str> {
        self.main.as_ref().map(|mirror| mirror.uri.as_str())
    }

    /// True where debootstrap must not ask for a signature that the mirror does not have.
    pub(crate) fn unsigned(&self) -> bool {
        self.main.as_ref().is_some_and(|mirror| mirror.trusted)
    }

    /// True where a build reaches a mirror over TLS only.
    pub(crate) fn needs_tls(&self) -> bool {
        [&self.main, &self.updates, &self.security]
            .into_iter()
            .flatten()
            .any(|mirror| mirror.uri.starts_with("https://"))
    }

    /// `sources.list` of an image of `release`; nothing where the machine gives no mirror.
    pub(crate) fn list(&self, release: &str) -> Option<String> {
        self.main.as_ref()?;
        let mut text = String::new();
        for (mirror, suffix) in
            [(&self.main, ""), (&self.updates, "-updates"), (&self.security, "-security")]
        {
            if let Some(Mirror { uri, trusted }) = mirror {
                let options = if *trusted { "[trusted=yes] " } else { "" };
                let _ = writeln!(text, "deb {options}{uri} {release}{suffix} main");
            }
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake::host;

    const DEBIAN: (&str, &str) = ("/etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n");

    #[test]
    fn derives_another_release_from_the_machines_own() {
        let (_folder, host) = host(&[
            DEBIAN,
            (
                "/etc/apt/sources.list",
                "deb http://other.test/x bookworm extra\n\
                 deb http://m.test/debian bookworm main\n\
                 deb http://m.test/debian bookworm-updates main\n\
                 deb [trusted=yes] http://m.test/security bookworm-security main\n",
            ),
        ]);
        let mirrors = Mirrors::of(&host);
        assert_eq!(mirrors.main(), Some("http://m.test/debian"));
        assert!(!mirrors.unsigned() && !mirrors.needs_tls());
        assert_eq!(
            mirrors.list("trixie").unwrap(),
            "deb http://m.test/debian trixie main\n\
             deb http://m.test/debian trixie-updates main\n\
             deb [trusted=yes] http://m.test/security trixie-security main\n"
        );
    }

    #[test]
    fn a_mirror_over_tls_is_noticed() {
        let (_folder, host) =
            host(&[DEBIAN, ("/etc/apt/sources.list", "deb https://m.test/debian stable main\n")]);
        assert!(Mirrors::of(&host).needs_tls());
    }

    #[test]
    fn a_cd_is_no_mirror() {
        let (_folder, host) =
            host(&[DEBIAN, ("/etc/apt/sources.list", "deb cdrom:[x]/ bookworm main\n")]);
        assert_eq!(Mirrors::of(&host), Mirrors::default());
        assert_eq!(Mirrors::of(&host).list("trixie"), None);
    }

    #[test]
    fn a_derivatives_mirror_is_not_taken() {
        let (_folder, host) = host(&[
            ("/etc/os-release", "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n"),
            ("/etc/apt/sources.list", "deb http://m.test/ubuntu noble main\n"),
        ]);
        assert_eq!(Mirrors::of(&host), Mirrors::default());
    }
}
