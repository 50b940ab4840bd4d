//! Kernel settings.

use cc_ci_model::StackSpec;

use crate::{Grant, Need};

/// Settings that stay within the container and do not affect other containers. Source: the "safe sysctls" of
/// Kubernetes 1.32, the only published list that was made for this question.
const SAFE: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

/// Settings that Docker can set for a single container, besides `net.*` and `fs.mqueue.*`: those of the IPC
/// name space. Source: `isValidSysctl` of runc's `libcontainer/configs/validate`.
const PER_CONTAINER: [&str; 8] = [
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

pub(crate) fn needs(spec: &StackSpec) -> Vec<Need> {
    let mut needs = Vec::new();
    for (service, spec) in &spec.services {
        let names = spec.sysctls.keys().map(|name| name.trim());
        needs.extend(
            names
                .filter(|name| !SAFE.contains(name))
                .map(|name| need(service, name).below(&["sysctls", name])),
        );
    }
    needs
}

fn need(service: &str, name: &str) -> Need {
    let grant = Grant::Sysctl(name.to_owned());
    let what = format!("sets {name}");
    let per_container =
        PER_CONTAINER.contains(&name) || name.starts_with("net.") || name.starts_with("fs.mqueue.");
    if per_container {
        let why = "the kernel memory that it can take is not counted against the container's limit";
        Need::service(service, what, why, grant)
    } else {
        let why = "it belongs to the whole node, and the engine starts no container with it; \
                   set it on the node";
        Need::service(service, what, why, grant).ungrantable()
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{app, asked};

    #[rstest::rstest]
    #[case::known_unsafe("net.core.somaxconn", &["sysctl:net.core.somaxconn"])]
    #[case::queue("fs.mqueue.msg_max", &["sysctl:fs.mqueue.msg_max"])]
    #[case::ipc("kernel.shmmax", &["sysctl:kernel.shmmax"])]
    #[case::the_nodes("vm.max_map_count", &["nothing helps"])]
    #[case::safe("net.ipv4.ip_unprivileged_port_start", &[])]
    #[case::safe_ipc("kernel.shm_rmid_forced", &[])]
    fn only_the_safe_ones_are_free(#[case] name: &str, #[case] grants: &[&str]) {
        let spec = app(|app| {
            app.sysctls.insert(name.to_owned(), "1".to_owned());
        });
        assert_eq!(asked(super::needs, &spec), grants);
    }
}
