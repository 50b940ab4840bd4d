//! The edge's authority and certificate, kept in the state folder and renewed in time.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::certificate::{Pair, authority, leaf};
use super::traefik::{FILES, dynamic};
use crate::infra::InfraError;

/// How long an authority is valid.
const AUTHORITY: Duration = Duration::from_secs(3650 * 24 * 3600);
/// How long a certificate is valid; browsers accept no more than 398 days.
const LEAF: Duration = Duration::from_secs(397 * 24 * 3600);
/// So long before its end either is renewed: no run lasts longer.
const MARGIN: Duration = Duration::from_secs(30 * 24 * 3600);
const SCHEMA: u32 = 1;
const DATES: &str = "dates.toml";

/// Ends of validity, seconds since 1970, so that no certificate needs to be read for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dates {
    schema: u32,
    authority: u64,
    leaf: u64,
}

/// What the edge needs from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Material {
    /// The authority's certificate, PEM.
    pub(super) ca_pem: String,
    /// The edge's certificate, PEM.
    pub(super) certificate: String,
    /// The folder for Traefik, with certificate, key and dynamic configuration.
    pub(super) folder: PathBuf,
}

/// Reads the edge's certificates, and makes or renews them where that is due at `now`.
pub(super) fn material(folder: &Path, now: SystemTime) -> Result<Material, InfraError> {
    let served = folder.join("traefik");
    for folder in [folder, &served] {
        // Keys lie in it.
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(InfraError::file(folder))?;
    }
    let soon = seconds(now + MARGIN);
    let dates = dates(folder);
    let ca = Stored { certificate: folder.join("ca.pem"), key: folder.join("ca.key") };
    let own = Stored { certificate: served.join(FILES.certificate), key: served.join(FILES.key) };

    let mut ends = dates.unwrap_or(Dates { schema: SCHEMA, authority: 0, leaf: 0 });
    let kept = ca.read().filter(|_| ends.authority > soon);
    let renewed = kept.is_none();
    let authority_pair = match kept {
        Some(pair) => pair,
        None => {
            ends.authority = seconds(now + AUTHORITY);
            ca.write(authority(now, now + AUTHORITY)?)?
        }
    };
    // A certificate of another authority is not trusted, so it is made again with the authority.
    let leaf_pair = match own.read().filter(|_| ends.leaf > soon && !renewed) {
        Some(pair) => pair,
        None => {
            ends.leaf = seconds(now + LEAF);
            own.write(leaf(&authority_pair, now, now + LEAF)?)?
        }
    };
    write(&served.join(FILES.config), dynamic().as_bytes(), 0o644)?;
    let text = toml::to_string(&ends).unwrap_or_default();
    write(&folder.join(DATES), text.as_bytes(), 0o644)?;
    Ok(Material {
        ca_pem: authority_pair.certificate,
        certificate: leaf_pair.certificate,
        folder: served,
    })
}

/// Dates that cannot be read count as past: the certificates are made again.
fn dates(folder: &Path) -> Option<Dates> {
    let text = std::fs::read_to_string(folder.join(DATES)).ok()?;
    toml::from_str::<Dates>(&text).ok().filter(|dates| dates.schema == SCHEMA)
}

/// Where a certificate and its key lie.
struct Stored {
    certificate: PathBuf,
    key: PathBuf,
}

impl Stored {
    fn read(&self) -> Option<Pair> {
        let certificate = std::fs::read_to_string(&self.certificate).ok()?;
        let key = std::fs::read_to_string(&self.key).ok()?;
        Some(Pair { certificate, key })
    }

    fn write(&self, pair: Pair) -> Result<Pair, InfraError> {
        write(&self.key, pair.key.as_bytes(), 0o600)?;
        write(&self.certificate, pair.certificate.as_bytes(), 0o644)?;
        Ok(pair)
    }
}

/// Replaces a file in one step, and only where its content changes: Traefik watches the folder.
fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), InfraError> {
    if std::fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    let new = path.with_extension("new");
    let replace = || {
        let mut options = std::fs::File::options();
        let mut file = options.create(true).truncate(true).write(true).mode(mode).open(&new)?;
        file.write_all(bytes)?;
        std::fs::rename(&new, path)
    };
    replace().map_err(InfraError::file(path))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn is_kept_until_it_is_due() {
        let state = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let first = material(state.path(), now).unwrap();
        assert_eq!(material(state.path(), now + 300 * DAY).unwrap(), first);
        let renewed = material(state.path(), now + 380 * DAY).unwrap();
        assert_eq!(renewed.ca_pem, first.ca_pem);
        assert_ne!(renewed.certificate, first.certificate);
        let late = material(state.path(), now + 3640 * DAY).unwrap();
        assert_ne!(late.ca_pem, first.ca_pem);
        assert_ne!(late.certificate, renewed.certificate);
    }

    #[test]
    fn a_lost_file_is_made_again() {
        let state = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let first = material(state.path(), now).unwrap();
        std::fs::remove_file(state.path().join("ca.key")).unwrap();
        let second = material(state.path(), now).unwrap();
        assert_ne!((second.ca_pem, second.certificate), (first.ca_pem, first.certificate));
        std::fs::write(state.path().join(DATES), "schema = 9").unwrap();
        assert_ne!(material(state.path(), now).unwrap().certificate, String::new());
    }

    #[test]
    fn keys_are_for_their_owner_alone() {
        let state = tempfile::tempdir().unwrap();
        material(state.path(), SystemTime::now()).unwrap();
        for file in ["ca.key", "traefik/key.pem"] {
            let mode = state.path().join(file).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }

    #[test]
    fn an_unwritable_state_folder_is_named() {
        let state = tempfile::tempdir().unwrap();
        let file = state.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = material(&file, SystemTime::now()).unwrap_err().to_string();
        assert!(error.starts_with(&file.display().to_string()), "{error}");
    }
}
