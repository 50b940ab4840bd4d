//! What the caller decides about this machine.

use std::path::PathBuf;

/// What the caller decides about this machine. Nothing here is read from the environment by this
/// crate itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The state folder, as `/var/lib/cc-ci`: logs, the edge's certificates, work in progress.
    pub state: PathBuf,
    /// The folder of the locks that every user of this engine takes, as `/run/lock/cc-ci`.
    pub locks: PathBuf,
    /// Loopback port of the local registry.
    pub registry_port: u16,
    /// Loopback port of the registry's writer while images are sent; 0 lets the engine choose.
    pub writer_port: u16,
    /// PEM file with the certificate authorities that this machine trusts, for builds behind a
    /// proxy that opens TLS.
    pub ca_bundle: Option<PathBuf>,
    /// The user's configuration of cargo, which may name another source of crates.
    pub cargo_config: Option<PathBuf>,
    /// `http_proxy`, `https_proxy`, `no_proxy` and their values, handed to builds.
    pub proxies: Vec<(String, String)>,
}

#[cfg(test)]
pub(crate) mod fake {
    use super::Settings;

    /// Settings with a state folder of their own, which lives as long as the first value. Port 0
    /// is nobody's: what needs a port sets it.
    pub(crate) fn settings() -> (tempfile::TempDir, Settings) {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            state: folder.path().join("state"),
            locks: folder.path().join("locks"),
            registry_port: 0,
            writer_port: 0,
            ca_bundle: None,
            cargo_config: None,
            proxies: Vec::new(),
        };
        (folder, settings)
    }
}
