//! What the environment and the arguments mean. Nothing else in the project reads the environment.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use cc_ci_backup::BackupPlace;
use cc_ci_lock::Place;
use cc_ci_model::{Ceilings, Secret};
use cc_ci_plan::{Catalogue, Root};
use cc_ci_session::{Endpoint, Failure, Kind, Settings};
use cc_ci_source::{GitProgram, Limits, Sources};

use crate::args::Global;
use crate::settings_file::{self, SettingsFile};

/// Loopback port of the local registry where nothing names another.
const REGISTRY_PORT: u16 = 5055;

/// The variable with ceilings, as `KEY=VALUE,KEY=VALUE`.
const CEILINGS: &str = "CC_CI_CEILINGS";

/// What the environment and the arguments mean.
///
/// # Errors
/// A file of settings that cannot be read, or no root where one is named.
pub(crate) fn settings(global: &Global, commit: Option<&'static str>) -> Result<Settings, Failure> {
    let state = global.state.clone().unwrap_or_else(default_state);
    let here = env::current_dir().ok();
    let root = Root::find(global.root.as_deref(), here.as_deref(), &state)?;
    let file = SettingsFile::read(&state.join(settings_file::NAME))?;
    let ceilings = ceilings(global, &file)?;
    let node = cc_ci_node::Settings {
        state,
        locks: Place::machine().path().to_owned(),
        writer_port: 0,
        registry_port: global.registry_port.or(file.registry_port).unwrap_or(REGISTRY_PORT),
        ca_bundle: ca_bundle(),
        cargo_config: cargo_config(),
        proxies: proxies(),
    };
    // Credentials belong to their backend. If a flag names the backend, the credentials of the file do not
    // count.
    let (backend, secrets) = match &global.backups {
        Some(backend) => (Some(backend.clone()), global.backups_env.clone()),
        None => (file.backups, file.backups_env),
    };
    let environment = secrets.as_deref().map(backup_environment).transpose()?;
    let backups = BackupPlace {
        backend: backend.map(Secret::from),
        credentials: environment.unwrap_or_default(),
    };
    let (sockets, restart_daemon) = (sockets(), global.restart_daemon);
    let typed_ceilings = global.ceilings.clone();
    // Git gets the environment for its proxies, certificates and keys.
    let git = GitProgram { program: "git".into(), env: env::vars_os().collect() };
    let catalogue = Catalogue::new(root, Sources::new(&node.state, git, Limits::default()));
    let endpoint = Endpoint::named(env::var("DOCKER_HOST").ok());
    let temp = env::temp_dir();
    Ok(Settings {
        catalogue,
        temp,
        node,
        backups,
        ceilings,
        typed_ceilings,
        sockets,
        endpoint,
        restart_daemon,
        commit,
    })
}

/// The standard ceilings of this machine, then the file's, the environment's and the flags', each key by
/// itself: what is set last holds.
fn ceilings(global: &Global, file: &SettingsFile) -> Result<Ceilings, Failure> {
    let mut ceilings = Ceilings::of_machine(memory());
    let variable = env::var(CEILINGS).unwrap_or_default();
    let named = variable.split(',').map(str::trim).filter(|text| !text.is_empty());
    let refused = |error| Failure::message(Kind::Usage, format!("{CEILINGS}: {error}"));
    let environment: Vec<_> =
        named.map(settings_file::ceiling).collect::<Result<_, _>>().map_err(refused)?;
    for (ceiling, value) in file.ceilings.iter().chain(&environment).chain(&global.ceilings) {
        ceilings.set(*ceiling, *value);
    }
    Ok(ceilings)
}

/// Memory of this machine in bytes.
fn memory() -> u64 {
    let system = rustix::system::sysinfo();
    // An `unsigned long` has 32 bits on some machines; there the unit is larger than a byte.
    #[expect(clippy::useless_conversion, reason = "the type differs between machines")]
    u64::from(system.totalram).saturating_mul(u64::from(system.mem_unit))
}

/// `/var/lib/cc-ci` for root, else below the user's own state folder (XDG base directories).
fn default_state() -> PathBuf {
    let home = || env::var_os("HOME").map(PathBuf::from);
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/cc-ci");
    }
    env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| home().map(|home| home.join(".local/state")))
        .unwrap_or_else(env::temp_dir)
        .join("cc-ci")
}

/// `/run/cc-ci` for root, else below the user's own runtime folder, else a folder of the user's in the
/// folder for temporary files.
fn sockets() -> PathBuf {
    let user = rustix::process::geteuid();
    if user.is_root() {
        return PathBuf::from("/run/cc-ci");
    }
    match env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir()) {
        Some(folder) => folder.join("cc-ci"),
        None => env::temp_dir().join(format!("cc-ci-{}", user.as_raw())),
    }
}

/// The authorities that this machine trusts: what the environment names, else where Debian, Fedora
/// and Alpine keep them.
fn ca_bundle() -> Option<PathBuf> {
    let named = ["SSL_CERT_FILE", "CURL_CA_BUNDLE"].into_iter().filter_map(env::var_os);
    let usual = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
    named.map(PathBuf::from).chain(usual.map(PathBuf::from)).find(|path| path.is_file())
}

/// Where cargo looks for the user's configuration (the Cargo book, Configuration).
fn cargo_config() -> Option<PathBuf> {
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)?;
    Some(cargo.join("config.toml"))
}

fn proxies() -> Vec<(String, String)> {
    let names = ["http_proxy", "https_proxy", "no_proxy"];
    let both = names.into_iter().flat_map(|name| [name.to_owned(), name.to_uppercase()]);
    both.filter_map(|name| env::var(&name).ok().map(|value| (name, value)))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// The lines `NAME=value` of a file; empty ones and those that begin with `#` are passed over.
fn backup_environment(path: &Path) -> Result<BTreeMap<String, Secret>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let context = format!("read {}", path.display());
        Failure::usage(error).context(context)
    })?;
    let meant = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let lines = text.lines().enumerate().filter(|(_, line)| meant(line));
    lines
        .map(|(number, line)| match line.split_once('=') {
            Some((name, value)) if is_variable(name) => Ok((name.to_owned(), value.into())),
            _ => {
                let line = number + 1;
                let message = format!("{}: line {line} is not NAME=value", path.display());
                Err(Failure::message(Kind::Usage, message))
            }
        })
        .collect()
}

/// True for a name that a shell can set.
fn is_variable(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(fits) && name.starts_with(|c: char| !c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::lines("# who\n\nAWS_ACCESS_KEY_ID=a=b\nX=\n", Ok(vec![("AWS_ACCESS_KEY_ID", "a=b"), ("X", "")]))]
    #[case::no_value("A=1\nAWS\n", Err("line 2 is not NAME=value"))]
    #[case::no_name("=1\n", Err("line 1 is not NAME=value"))]
    #[case::odd_name("A;rm=1\n", Err("line 1 is not NAME=value"))]
    fn what_lets_restic_in_is_read_line_by_line(
        #[case] text: &str,
        #[case] expected: Result<Vec<(&str, &str)>, &str>,
    ) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        match (backup_environment(file.path()), expected) {
            (Ok(lines), Ok(expected)) => {
                let pair = |(name, value): (&str, &str)| (name.to_owned(), Secret::from(value));
                assert!(lines == expected.into_iter().map(pair).collect());
            }
            (Err(error), Err(part)) => assert!(error.words().said.contains(part)),
            (found, _) => panic!("{:?}", found.map_err(|error| error.words().said)),
        }
    }
}
