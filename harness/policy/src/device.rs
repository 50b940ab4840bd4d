//! Devices of the node.
//!
//! Swarm ignores the `devices` key, so the ways to a device are a mount and a volume's options.

use crate::{Grant, Need};

const WHY: &str = "a device belongs to the machine, and stacks that share it are not isolated";

/// True for a path below `/dev`. `/dev/shm` is memory, but the node's and not the container's.
pub(crate) fn is_device(path: &str) -> bool {
    path == "/dev" || path.starts_with("/dev/")
}

/// The need of a service that mounts `path`, if that is a device.
pub(crate) fn mounted(service: &str, path: &str) -> Option<Need> {
    is_device(path).then(|| {
        let what = format!("mounts the device {path}");
        Need::service(service, what, WHY, Grant::Device(path.to_owned()))
    })
}

/// The need of a volume that lies on the device at `path`.
pub(crate) fn below_volume(volume: &str, path: &str) -> Need {
    let what = format!("lies on the device {path}");
    Need::volume(volume, what, WHY, Grant::Device(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{MountSpec, MountType};

    use crate::host_mount;
    use crate::testing::{app, asked};

    #[rstest::rstest]
    #[case::one("/dev/net/tun", "device:/dev/net/tun")]
    #[case::all("/dev", "device:/dev")]
    #[case::a_name_that_begins_alike("/developer", "host-mount:/developer")]
    fn a_mounted_device_is_asked_for(#[case] source: &str, #[case] grant: &str) {
        let kind = MountType::Bind;
        let mount = MountSpec { kind, source: source.into(), ..MountSpec::default() };
        let spec = app(|app| app.mounts = vec![mount.clone()]);
        assert_eq!(asked(host_mount::needs, &spec), [grant]);
    }
}
