//! Capabilities that a container does not have by itself.

use cc_ci_model::StackSpec;

use crate::{Grant, Need};

/// The capabilities that every container of Docker has. A recipe that adds one of them after `cap_drop: [ALL]`
/// asks for no more than the default. Source: `DefaultCapabilities` in moby's `oci/caps/defaults.go`.
const DEFAULT: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The usual spelling of a capability: `CAP_NET_ADMIN`, `net_admin` and `NET_ADMIN` are the same.
pub(crate) fn spelled(name: &str) -> String {
    let name = name.trim().to_uppercase();
    name.strip_prefix("CAP_").map(str::to_owned).unwrap_or(name)
}

pub(crate) fn needs(spec: &StackSpec) -> Vec<Need> {
    let added = |(service, spec): (&String, &cc_ci_model::ServiceSpec)| {
        let names = spec.cap_add.iter().map(|name| spelled(name));
        let beyond = names.filter(|name| !DEFAULT.contains(&name.as_str()));
        beyond.map(|name| need(service, name).below(&["cap_add"])).collect::<Vec<_>>()
    };
    spec.services.iter().flat_map(added).collect()
}

fn need(service: &str, name: String) -> Need {
    let why = match name.as_str() {
        "ALL" | "SYS_ADMIN" | "SYS_MODULE" | "SYS_RAWIO" | "SYS_PTRACE" | "DAC_READ_SEARCH" => {
            "with it a process can leave its container"
        }
        "NET_ADMIN" => "with it a process can change routes and firewalls of its networks",
        _ => "containers do not have it by default",
    };
    Need::service(service, format!("adds the capability {name}"), why, Grant::Capability(name))
}

#[cfg(test)]
mod tests {
    use crate::testing::{app, asked};

    #[rstest::rstest]
    #[case::beyond(&["NET_ADMIN"], &["cap:NET_ADMIN"])]
    #[case::spellings(&["cap_sys_admin"], &["cap:SYS_ADMIN"])]
    #[case::everything(&["ALL"], &["cap:ALL"])]
    #[case::what_all_have(&["CHOWN", "CAP_NET_BIND_SERVICE"], &[])]
    #[case::none(&[], &[])]
    fn only_more_than_the_default_is_asked_for(#[case] add: &[&str], #[case] grants: &[&str]) {
        let spec = app(|app| app.cap_add = add.iter().map(|s| (*s).to_owned()).collect());
        assert_eq!(asked(super::needs, &spec), grants);
    }
}
