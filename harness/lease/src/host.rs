//! Which machine this is, and which boot of it.

use std::fs::read_to_string;
use std::time::Duration;

/// This machine as leases name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Host name and machine id: clones of a disk share the id, and names repeat.
    pub name: String,
    /// The kernel's id of this boot; empty where it cannot be read.
    pub boot: String,
    /// Time since the boot.
    pub up: Option<Duration>,
    /// Which folder of locks this process sees.
    pub place: String,
}

impl Host {
    /// This machine, with the folder of locks that has the id `place`.
    #[must_use]
    pub fn this(place: String) -> Self {
        let word = |path: &str| read_to_string(path).unwrap_or_default().trim().to_owned();
        let seconds = word("/proc/uptime").split(' ').next().and_then(|text| text.parse().ok());
        Self {
            name: format!("{}/{}", word("/proc/sys/kernel/hostname"), word("/etc/machine-id")),
            boot: word("/proc/sys/kernel/random/boot_id"),
            up: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_name_and_a_boot() {
        let host = Host::this("1:2".to_owned());
        assert!(host.name.len() > 1 && host.boot.len() == 36 && host.up.is_some(), "{host:?}");
    }
}
