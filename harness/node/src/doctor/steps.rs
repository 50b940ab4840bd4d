//! What would have to be done, decided from the machine's files alone.

use crate::Host;

/// What `--fix` may do on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Powers {
    /// Root on Debian or a relative: everything.
    All,
    /// Not root: says what root would type.
    NotRoot,
    /// Another distribution: says what is needed.
    OtherSystem,
}

impl Powers {
    pub(super) fn of(host: &Host, root: bool) -> Self {
        match (host.is_debian_like(), root) {
            (false, _) => Self::OtherSystem,
            (true, false) => Self::NotRoot,
            (true, true) => Self::All,
        }
    }
}

/// Packages that are missing. Without an engine the engine's are among them.
pub(super) fn missing_packages(host: &Host, needs_engine: bool) -> Vec<&'static str> {
    let mut packages = Vec::new();
    // A client may be on the path without a daemon.
    if needs_engine && !host.has_program("dockerd") {
        packages.push("docker.io");
        // The daemon publishes ports with it.
        if !host.has_program("iptables") {
            packages.push("iptables");
        }
    }
    // Only systemd mounts the control groups by itself.
    if needs_engine && !has_cgroups(host) && !host.has_program("cgroupfs-mount") {
        packages.push("cgroupfs-mount");
    }
    if !host.has_program("debootstrap") {
        packages.push("debootstrap");
        // Debian has the keys installed; a derivative may have only its own.
        if host.os_release("ID").as_deref() != Some("debian") {
            packages.push("debian-archive-keyring");
        }
    }
    packages
}

/// True where control groups are mounted, of either version.
pub(crate) fn has_cgroups(host: &Host) -> bool {
    let mounts = host.read("/proc/mounts").unwrap_or_default();
    mounts.lines().any(|line| line.split(' ').nth(2).is_some_and(|kind| kind.starts_with("cgroup")))
}

/// The commands that root would type to get an engine.
pub(super) fn by_hand(host: &Host, powers: Powers) -> Vec<String> {
    let start = if host.runs_systemd() {
        "sudo systemctl enable --now docker"
    } else {
        "sudo setsid --fork dockerd"
    };
    let install = match powers {
        Powers::OtherSystem if host.has_program("dockerd") => None,
        Powers::OtherSystem => Some(
            "install Docker Engine 20.10 or newer with the system's package manager".to_owned(),
        ),
        Powers::All | Powers::NotRoot => install(&missing_packages(host, true)),
    };
    install.into_iter().chain([start.to_owned()]).collect()
}

/// The command that root would type to get packages.
pub(super) fn install(packages: &[&str]) -> Option<String> {
    let all = packages.join(" ");
    (!packages.is_empty()).then(|| format!("sudo apt-get update && sudo apt-get install -y {all}"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::host::fake::host;

    const DEBIAN: (&str, &str) = ("/etc/os-release", "ID=debian\n");
    const UBUNTU: (&str, &str) = ("/etc/os-release", "ID=ubuntu\nID_LIKE=debian\n");
    const CGROUPS: (&str, &str) = ("/proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
    const DOCKERD: (&str, &str) = ("/usr/sbin/dockerd", "");
    const IPTABLES: (&str, &str) = ("/usr/sbin/iptables", "");
    const DEBOOTSTRAP: (&str, &str) = ("/usr/sbin/debootstrap", "");

    #[rstest]
    #[case::bare(&[DEBIAN], &["docker.io", "iptables", "cgroupfs-mount", "debootstrap"])]
    #[case::client_only(&[DEBIAN, CGROUPS, IPTABLES, DEBOOTSTRAP, ("/usr/bin/docker", "")], &["docker.io"])]
    #[case::stopped(&[DEBIAN, CGROUPS, DOCKERD, DEBOOTSTRAP], &[])]
    #[case::derivative(&[UBUNTU, CGROUPS, DOCKERD], &["debootstrap", "debian-archive-keyring"])]
    fn installs_only_what_is_missing(#[case] files: &[(&str, &str)], #[case] expected: &[&str]) {
        let (_folder, host) = host(files);
        assert_eq!(missing_packages(&host, true), expected);
    }

    #[test]
    fn a_running_engine_needs_no_engine_packages() {
        let (_folder, host) = host(&[DEBIAN]);
        assert_eq!(missing_packages(&host, false), ["debootstrap"]);
    }

    #[rstest]
    #[case::root("ID=debian\n", true, Powers::All)]
    #[case::user("ID=debian\n", false, Powers::NotRoot)]
    #[case::other("ID=alpine\n", true, Powers::OtherSystem)]
    fn knows_its_powers(#[case] release: &str, #[case] root: bool, #[case] expected: Powers) {
        let (_folder, host) = host(&[("/etc/os-release", release)]);
        assert_eq!(Powers::of(&host, root), expected);
    }

    #[test]
    fn tells_a_user_what_root_would_type() {
        let (_folder, plain) = host(&[DEBIAN, CGROUPS, IPTABLES]);
        assert_eq!(
            by_hand(&plain, Powers::NotRoot),
            [
                "sudo apt-get update && sudo apt-get install -y docker.io debootstrap",
                "sudo setsid --fork dockerd"
            ]
        );
        let (_folder, systemd) = host(&[DOCKERD, ("/run/systemd/system/x", "")]);
        assert_eq!(by_hand(&systemd, Powers::OtherSystem), ["sudo systemctl enable --now docker"]);
    }
}
