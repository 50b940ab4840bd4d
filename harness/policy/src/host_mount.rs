//! Paths of the node, mounted into a container.

use cc_ci_model::{MountSpec, MountType, StackSpec};

use crate::{Grant, Need, device};

/// The sockets on which container engines listen. A process that can talk to one of them is root on the node,
/// whether the socket is mounted read-only or not.
const SOCKETS: [&str; 5] = [
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/docker/containerd/containerd.sock",
];

/// The path without doubled slashes and dots. `/var/run` becomes `/run`, as it is a link to `/run` on every
/// current distribution. `None` for a relative path, and for one with `..`, whose meaning depends on links.
pub(crate) fn plain(path: &str) -> Option<String> {
    let rest = path.strip_prefix('/')?;
    let pieces: Vec<&str> = rest.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    if pieces.contains(&"..") || path.chars().any(char::is_control) {
        return None;
    }
    let pieces = if pieces.starts_with(&["var", "run"]) { &pieces[1..] } else { &pieces };
    Some(format!("/{}", pieces.join("/")))
}

/// True where an engine's socket is at `path` or somewhere below it.
pub(crate) fn holds_socket(path: &str) -> bool {
    let below = |socket: &&str| {
        path == "/" || socket.strip_prefix(path).is_some_and(|r| r.is_empty() || r.starts_with('/'))
    };
    SOCKETS.iter().any(below) || path.ends_with("/docker.sock")
}

pub(crate) fn needs(spec: &StackSpec) -> Vec<Need> {
    let mut needs = Vec::new();
    for (service, spec) in &spec.services {
        let mounts = spec.mounts.iter().enumerate();
        let binds = mounts.filter(|(_, mount)| mount.kind == MountType::Bind);
        needs.extend(binds.map(|(at, mount)| {
            need(service, mount).below(&["volumes", &at.to_string(), "source"])
        }));
    }
    needs
}

fn need(service: &str, mount: &MountSpec) -> Need {
    let source = &mount.source;
    let Some(path) = plain(source) else {
        let why = "where a path with `..` leads depends on the node's links; name the path itself";
        let grant = Grant::Bind(source.clone());
        return Need::service(service, format!("mounts {source} of the node"), why, grant)
            .ungrantable();
    };
    if let Some(need) = device::mounted(service, &path) {
        return need;
    }
    let (what, why) = if holds_socket(&path) {
        let what = if SOCKETS.contains(&path.as_str()) || path.ends_with("/docker.sock") {
            format!("mounts the engine's socket {source}")
        } else {
            format!("mounts {source} of the node, where the engine's socket is")
        };
        (
            what,
            "a process that can talk to the engine is root on the node, even where the mount is read-only",
        )
    } else if mount.propagation.as_deref().is_some_and(|word| word.ends_with("shared")) {
        let what = format!("mounts {source} of the node with shared propagation");
        (what, "what the container mounts there appears on the node")
    } else {
        (
            format!("mounts {source} of the node"),
            "the files of the node do not belong to the recipe",
        )
    };
    let read_only = mount.read_only && !holds_socket(&path);
    Need::service(service, what, why, Grant::HostMount { path, read_only })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{app, asked};

    fn bind(source: &str, read_only: bool) -> StackSpec {
        let kind = MountType::Bind;
        let mount = MountSpec {
            kind,
            source: source.into(),
            target: "/x".into(),
            read_only,
            ..MountSpec::default()
        };
        app(|app| app.mounts = vec![mount.clone()])
    }

    #[rstest::rstest]
    #[case::file("/etc/localtime", true, &["host-mount:/etc/localtime:ro"])]
    #[case::write("/srv/data", false, &["host-mount:/srv/data"])]
    #[case::spelling("/srv//data/", false, &["host-mount:/srv/data"])]
    #[case::socket("/var/run/docker.sock", false, &["host-mount:/run/docker.sock"])]
    #[case::a_socket_read_only_is_a_socket("/run/docker.sock", true, &["host-mount:/run/docker.sock"])]
    #[case::the_root("/", true, &["host-mount:/"])]
    #[case::climbing("/srv/../etc", true, &["nothing helps"])]
    fn a_bind_is_asked_for(#[case] source: &str, #[case] ro: bool, #[case] grants: &[&str]) {
        assert_eq!(asked(needs, &bind(source, ro)), grants);
    }

    #[rstest::rstest]
    #[case::named_volume(MountType::Volume, "data")]
    #[case::tmpfs(MountType::Tmpfs, "")]
    fn what_is_not_the_nodes_is_free(#[case] kind: MountType, #[case] source: &str) {
        let mount = MountSpec { kind, source: source.into(), ..MountSpec::default() };
        assert!(asked(needs, &app(|app| app.mounts = vec![mount.clone()])).is_empty());
    }

    #[rstest::rstest]
    #[case::itself("/run/docker.sock", "mounts the engine's socket")]
    #[case::elsewhere("/srv/docker.sock", "mounts the engine's socket")]
    #[case::around_it("/var/run", "where the engine's socket is")]
    #[case::all("/", "where the engine's socket is")]
    #[case::beside_it("/run/dockershim", "mounts /run/dockershim of the node")]
    fn a_socket_is_called_so(#[case] source: &str, #[case] words: &str) {
        let what = &needs(&bind(source, false))[0].what;
        assert!(what.contains(words), "{what}");
    }

    #[test]
    fn shared_propagation_is_said() {
        let mut spec = bind("/srv", false);
        for app in spec.services.values_mut() {
            app.mounts[0].propagation = Some("rshared".into());
        }
        assert!(needs(&spec)[0].what.ends_with("shared propagation"));
    }
}
