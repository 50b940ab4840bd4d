//! The machine as its files tell it.

use std::path::{Path, PathBuf};

/// The machine as its files tell it. Tests give it another root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    root: PathBuf,
}

/// Where programs of the system live.
const PROGRAM_FOLDERS: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

impl Host {
    /// This machine.
    #[must_use]
    pub fn this() -> Self {
        Self::at("/")
    }

    /// A machine whose root folder is `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where `path`, absolute on that machine, is found from here.
    #[must_use]
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// The file's text; nothing where it cannot be read.
    pub(crate) fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.path(path)).ok()
    }

    /// True where a program of that name is installed.
    pub(crate) fn has_program(&self, name: &str) -> bool {
        PROGRAM_FOLDERS.iter().any(|folder| self.path(folder).join(name).is_file())
    }

    /// A value of `/etc/os-release`, without its quotes.
    pub(crate) fn os_release(&self, key: &str) -> Option<String> {
        let text = self.read("/etc/os-release")?;
        text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == key).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
        })
    }

    /// True on Debian, Ubuntu and what calls itself like them.
    pub(crate) fn is_debian_like(&self) -> bool {
        let own = self.os_release("ID").unwrap_or_default();
        let like = self.os_release("ID_LIKE").unwrap_or_default();
        std::iter::once(own.as_str())
            .chain(like.split_whitespace())
            .any(|id| matches!(id, "debian" | "ubuntu"))
    }

    /// True where systemd runs the machine, not merely where it is installed.
    pub(crate) fn runs_systemd(&self) -> bool {
        // sd_booted(3): the folder exists exactly then.
        self.exists("/run/systemd/system")
    }
}

#[cfg(test)]
pub(crate) mod fake {
    use super::Host;

    /// A machine made of `(path, content)`; the folder lives as long as the first value.
    pub(crate) fn host(files: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::at(folder.path());
        for (path, content) in files {
            let path = host.path(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        (folder, host)
    }
}

#[cfg(test)]
mod tests {
    use super::fake::host;
    use rstest::rstest;

    #[rstest]
    #[case::debian("ID=debian\n", true)]
    #[case::mint("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", true)]
    #[case::fedora("ID=fedora\n", false)]
    #[case::nameless("NAME=x\n", false)]
    fn knows_the_family(#[case] release: &str, #[case] expected: bool) {
        let (_folder, host) = host(&[("/etc/os-release", release)]);
        assert_eq!(host.is_debian_like(), expected);
    }

    #[test]
    fn a_running_systemd_is_not_an_installed_one() {
        let (_folder, installed) = host(&[("/run/systemd/users/0", "")]);
        assert!(!installed.runs_systemd());
        let (_folder, running) = host(&[("/run/systemd/system/x", "")]);
        assert!(running.runs_systemd());
    }

    #[test]
    fn finds_programs_in_the_system_folders_only() {
        let (_folder, host) = host(&[("/usr/sbin/dockerd", ""), ("/opt/debootstrap", "")]);
        assert!(host.has_program("dockerd"));
        assert!(!host.has_program("debootstrap"));
    }
}
