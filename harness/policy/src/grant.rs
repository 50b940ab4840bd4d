//! One power that can be granted.

use std::fmt;
use std::str::FromStr;

use crate::error::GrantError;
use crate::{ObjectKind, capability, host_mount};

/// One power that can be granted, written as in `[policy] grant = [...]` of `recipe.toml`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// `host-mount:/path` or `host-mount:/path:ro`: exactly this path of the node.
    HostMount {
        /// The path, without dots and doubled slashes.
        path: String,
        /// Only to read.
        read_only: bool,
    },
    /// `device:/dev/…`: a device of the node.
    Device(String),
    /// `bind:/path`: a volume whose options make it a path of the node.
    Bind(String),
    /// `volume-type:nfs`: a volume whose options make it a file system of this type.
    VolumeType(String),
    /// `volume-driver:name`: volumes of a plugin.
    VolumeDriver(String),
    /// `host-network`: the node's own network.
    HostNetwork,
    /// `network-driver:macvlan`: a network that is not an overlay.
    NetworkDriver(String),
    /// `cap:NET_ADMIN`: a capability beyond those that every container has.
    Capability(String),
    /// `sysctl:net.core.somaxconn`: a kernel setting beyond the safe ones.
    Sysctl(String),
    /// `privileged-port-range`: published ports below 1024.
    PrivilegedPorts,
    /// `shipped-tests`: tests that the recipe brings along are run.
    ShippedTests,
    /// `external-volume:name` and the like: an object that another stack created.
    External(ObjectKind, String),
    /// `volume-name:name` and the like: an object of the stack under a name that other stacks can
    /// have. `${STACK_NAME}` stands for the stack's name.
    Name(ObjectKind, String),
    /// `router:http.name`: a router of the edge that can match another stack's name.
    Router(String),
    /// `router-priority:http.name`: a router with a priority of its own.
    RouterPriority(String),
    /// `edge-dials:address`: an address that the edge connects to for the recipe.
    EdgeDials(String),
    /// `log-driver:name`: a log driver that leaves the container's own log.
    LogDriver(String),
    /// `log-option:name` or `log-option:name=address`: an option of a log driver.
    LogOption(String),
    /// `network-option:name`: an option of a network's driver.
    NetworkOption(String),
    /// `network-subnet:10.9.0.0/24`: a range of addresses that the recipe chooses.
    NetworkSubnet(String),
    /// `ipam-driver:name`: a plugin that gives addresses to a network.
    IpamDriver(String),
}

/// The words, for messages; what stands behind the colon is an example.
pub(crate) const FORMS: [&str; 27] = [
    "host-mount:/path",
    "device:/dev/name",
    "bind:/path",
    "volume-type:nfs",
    "volume-driver:name",
    "host-network",
    "network-driver:macvlan",
    "cap:NET_ADMIN",
    "sysctl:net.core.somaxconn",
    "privileged-port-range",
    "shipped-tests",
    "external-volume:name",
    "external-network:name",
    "external-secret:name",
    "external-config:name",
    "volume-name:name",
    "network-name:name",
    "secret-name:name",
    "config-name:name",
    "router:http.name",
    "router-priority:http.name",
    "edge-dials:http://host",
    "log-driver:syslog",
    "log-option:syslog-address=tcp://host:514",
    "network-option:name",
    "network-subnet:10.9.0.0/24",
    "ipam-driver:name",
];

impl Grant {
    /// True where `self`, granted, allows what `need` asks for.
    #[must_use]
    pub fn covers(&self, need: &Self) -> bool {
        match (self, need) {
            (
                Self::HostMount { path: granted, read_only: false },
                Self::HostMount { path: needed, .. },
            ) => granted == needed,
            _ => self == need,
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostMount { path, read_only: false } => write!(f, "host-mount:{path}"),
            Self::HostMount { path, read_only: true } => write!(f, "host-mount:{path}:ro"),
            Self::Device(path) => write!(f, "device:{path}"),
            Self::Bind(path) => write!(f, "bind:{path}"),
            Self::VolumeType(name) => write!(f, "volume-type:{name}"),
            Self::VolumeDriver(name) => write!(f, "volume-driver:{name}"),
            Self::HostNetwork => f.write_str("host-network"),
            Self::NetworkDriver(name) => write!(f, "network-driver:{name}"),
            Self::Capability(name) => write!(f, "cap:{name}"),
            Self::Sysctl(name) => write!(f, "sysctl:{name}"),
            Self::PrivilegedPorts => f.write_str("privileged-port-range"),
            Self::ShippedTests => f.write_str("shipped-tests"),
            Self::External(kind, name) => write!(f, "external-{}:{name}", kind.word()),
            Self::Name(kind, name) => write!(f, "{}-name:{name}", kind.word()),
            Self::Router(name) => write!(f, "router:{name}"),
            Self::RouterPriority(name) => write!(f, "router-priority:{name}"),
            Self::EdgeDials(address) => write!(f, "edge-dials:{address}"),
            Self::LogDriver(name) => write!(f, "log-driver:{name}"),
            Self::LogOption(option) => write!(f, "log-option:{option}"),
            Self::NetworkOption(name) => write!(f, "network-option:{name}"),
            Self::NetworkSubnet(range) => write!(f, "network-subnet:{range}"),
            Self::IpamDriver(name) => write!(f, "ipam-driver:{name}"),
        }
    }
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        let odd = |expected: &'static str| GrantError::Value { text: text.to_owned(), expected };
        let (kind, value) = text.split_once(':').map_or((text, None), |(k, v)| (k, Some(v)));
        let path = |value: &str| {
            host_mount::plain(value).ok_or_else(|| odd("an absolute path without `..`"))
        };
        let name = |value: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
            let ok = !value.is_empty() && value.chars().all(fits);
            ok.then(|| value.to_owned()).ok_or_else(|| odd("one name of letters, digits, . _ - /"))
        };
        let plain = |value: &str| {
            is_plain(value)
                .then(|| value.to_owned())
                .ok_or_else(|| odd("one word without blanks, quotes and backslashes"))
        };
        for object in ObjectKind::ALL {
            let word = object.word();
            let Some(value) = value else { break };
            if kind.strip_prefix("external-") == Some(word) {
                return Ok(Self::External(object, plain(value)?));
            }
            if kind.strip_suffix("-name") == Some(word) {
                return Ok(Self::Name(object, plain(value)?));
            }
        }
        let grant = match (kind, value) {
            ("host-mount", Some(value)) => match value.strip_suffix(":ro") {
                Some(value) => Self::HostMount { path: path(value)?, read_only: true },
                None => Self::HostMount { path: path(value)?, read_only: false },
            },
            ("device", Some(value)) => Self::Device(path(value)?),
            ("bind", Some(value)) => Self::Bind(path(value)?),
            ("volume-type", Some(value)) => Self::VolumeType(name(value)?),
            ("volume-driver", Some(value)) => Self::VolumeDriver(name(value)?),
            ("network-driver", Some(value)) => Self::NetworkDriver(name(value)?),
            ("cap", Some(value)) => Self::Capability(capability::spelled(&name(value)?)),
            ("sysctl", Some(value)) => Self::Sysctl(name(value)?),
            ("router", Some(value)) => Self::Router(plain(value)?),
            ("router-priority", Some(value)) => Self::RouterPriority(plain(value)?),
            ("edge-dials", Some(value)) => Self::EdgeDials(plain(value)?),
            ("log-driver", Some(value)) => Self::LogDriver(plain(value)?),
            ("log-option", Some(value)) => Self::LogOption(plain(value)?),
            ("network-option", Some(value)) => Self::NetworkOption(plain(value)?),
            ("network-subnet", Some(value)) => Self::NetworkSubnet(plain(value)?),
            ("ipam-driver", Some(value)) => Self::IpamDriver(plain(value)?),
            ("host-network", None) => Self::HostNetwork,
            ("privileged-port-range", None) => Self::PrivilegedPorts,
            ("shipped-tests", None) => Self::ShippedTests,
            _ => return Err(GrantError::unknown(text)),
        };
        Ok(grant)
    }
}

/// True for a value that can stand in a grant: a word that a shell needs at most single quotes for.
pub(crate) fn is_plain(value: &str) -> bool {
    let fits = |c: char| c.is_ascii_graphic() && !"\"'`\\".contains(c);
    !value.is_empty() && value.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back_as_it_was_written() {
        for form in FORMS.into_iter().chain(["host-mount:/etc/localtime:ro"]) {
            assert_eq!(form.parse::<Grant>().unwrap().to_string(), form);
        }
    }

    #[rstest::rstest]
    #[case::slashes("host-mount:/a//b/./c/", "host-mount:/a/b/c")]
    #[case::old_run("host-mount:/var/run/docker.sock", "host-mount:/run/docker.sock")]
    #[case::prefix("cap:cap_net_admin", "cap:NET_ADMIN")]
    fn spellings_are_one(#[case] typed: &str, #[case] meant: &str) {
        assert_eq!(typed.parse::<Grant>().unwrap(), meant.parse().unwrap());
    }

    #[rstest::rstest]
    #[case::same("cap:KILL", "cap:KILL", true)]
    #[case::another("cap:KILL", "cap:SYS_ADMIN", false)]
    #[case::write_allows_read("host-mount:/a", "host-mount:/a:ro", true)]
    #[case::read_does_not_allow_write("host-mount:/a:ro", "host-mount:/a", false)]
    #[case::a_folder_is_not_what_lies_in_it(
        "host-mount:/run",
        "host-mount:/run/docker.sock",
        false
    )]
    fn covers(#[case] granted: &str, #[case] needed: &str, #[case] expected: bool) {
        let (granted, needed): (Grant, Grant) = (granted.parse().unwrap(), needed.parse().unwrap());
        assert_eq!(granted.covers(&needed), expected);
    }

    #[rstest::rstest]
    #[case::near("host-mounts:/a")]
    #[case::nothing_like_it("everything")]
    #[case::no_value("cap")]
    #[case::needless_value("host-network:eth0")]
    #[case::relative("host-mount:a")]
    #[case::climbs("host-mount:/a/../etc")]
    #[case::list("cap:KILL,CHOWN")]
    #[case::star("cap:*")]
    #[case::empty("sysctl:")]
    #[case::blank("external-volume:a b")]
    #[case::nameless("volume-name")]
    #[case::other_object("external-service:a")]
    fn is_refused(#[case] text: &str) {
        insta::assert_snapshot!(
            format!("grant_{text}").replace([':', '/', '*', ',', '.', ' '], "_"),
            text.parse::<Grant>().unwrap_err()
        );
    }
}
