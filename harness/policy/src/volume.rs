//! Volumes whose options mount something of the node or the network.

use std::collections::BTreeMap;

use cc_ci_model::{StackSpec, VolumeSpec};

use crate::{Grant, Need, device, host_mount};

pub(crate) fn needs(spec: &StackSpec) -> Vec<Need> {
    let own = spec.volumes.iter().filter(|(_, volume)| !volume.external);
    let needs = own.filter_map(|(name, volume)| need(name, volume));
    needs.map(|need| need.below(&["driver_opts"])).collect()
}

fn need(name: &str, volume: &VolumeSpec) -> Option<Need> {
    match volume.driver.as_deref() {
        None | Some("" | "local") => local(name, &volume.options),
        Some(driver) => {
            let why = "a plugin is a program of the node with its own rights";
            let grant = Grant::VolumeDriver(driver.to_owned());
            Some(Need::volume(name, format!("is made by the plugin {driver}"), why, grant))
        }
    }
}

/// The options of the driver `local` are those of mount(8): `type`, `device` and `o`.
fn local(name: &str, options: &BTreeMap<String, String>) -> Option<Need> {
    let option = |key: &str| options.get(key).map(|value| value.trim()).unwrap_or_default();
    let (kind, device) = (option("type"), option("device"));
    let binds = option("o").split(',').any(|word| matches!(word.trim(), "bind" | "rbind"));
    let memory = kind == "tmpfs" && option("o").split(',').all(is_of_memory);
    if !binds && (memory || kind.is_empty() && device.is_empty() && option("o").is_empty()) {
        return None;
    }
    if !binds && (kind == "tmpfs" || device.is_empty() && kind.is_empty()) {
        let why = "the node mounts it as root with options that are not only about its size";
        let grant = Grant::VolumeType(if kind.is_empty() { "none" } else { kind }.to_owned());
        let what = format!("is mounted with the options {}", option("o"));
        return Some(Need::volume(name, what, why, grant));
    }
    if !binds && !matches!(kind, "" | "none" | "bind") && !device::is_device(device) {
        let why = "the node mounts it as root, and its files need not belong to the recipe";
        let grant = Grant::VolumeType(kind.to_owned());
        return Some(Need::volume(name, format!("is a file system of type {kind}"), why, grant));
    }
    let what = format!("is the path {device} of the node");
    let Some(path) = host_mount::plain(device) else {
        let why = "a path of the node has to be absolute and without `..`";
        return Some(Need::volume(name, what, why, Grant::Bind(device.to_owned())).ungrantable());
    };
    if device::is_device(&path) && !binds {
        return Some(device::below_volume(name, &path));
    }
    let why = if host_mount::holds_socket(&path) {
        "a process that can talk to the engine there is root on the node"
    } else {
        "the files of the node do not belong to the recipe, whatever the volume is called"
    };
    Some(Need::volume(name, what, why, Grant::Bind(path)))
}

/// Options of mount(8) that only set the size, the owner and the kind of content of a tmpfs.
fn is_of_memory(word: &str) -> bool {
    let word = word.trim();
    let (name, _) = word.split_once('=').unwrap_or((word, ""));
    let known = ["", "size", "nr_inodes", "nr_blocks", "mode", "uid", "gid", "rw", "ro"];
    known.contains(&name) || matches!(name, "noexec" | "nosuid" | "nodev" | "noatime" | "relatime")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{app, asked};

    fn volume(driver: Option<&str>, options: &[(&str, &str)]) -> StackSpec {
        let mut spec = app(|_| ());
        let options = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let driver = driver.map(str::to_owned);
        spec.volumes.insert("data".into(), VolumeSpec { driver, options, ..VolumeSpec::default() });
        spec
    }

    #[rstest::rstest]
    #[case::bind(None, &[("type", "none"), ("o", "bind"), ("device", "/srv/x")], "bind:/srv/x")]
    #[case::recursive(Some("local"), &[("o", "ro,rbind"), ("device", "/var/run")], "bind:/run")]
    #[case::type_bind(None, &[("type", "bind"), ("device", "/srv")], "bind:/srv")]
    #[case::tmpfs_in_name_only(None, &[("type", "tmpfs"), ("o", "bind"), ("device", "/srv")], "bind:/srv")]
    #[case::no_type(None, &[("device", "/srv")], "bind:/srv")]
    #[case::disk(None, &[("type", "ext4"), ("device", "/dev/sdb1")], "device:/dev/sdb1")]
    #[case::nfs(None, &[("type", "nfs"), ("o", "addr=10.0.0.1"), ("device", ":/x")], "volume-type:nfs")]
    #[case::overlay(None, &[("type", "overlay"), ("o", "lowerdir=/etc"), ("device", "overlay")], "volume-type:overlay")]
    #[case::climbing(None, &[("o", "bind"), ("device", "/srv/../etc")], "nothing helps")]
    #[case::plugin(Some("rclone"), &[], "volume-driver:rclone")]
    #[case::remount(None, &[("type", "tmpfs"), ("device", "tmpfs"), ("o", "remount")], "volume-type:tmpfs")]
    #[case::options_alone(None, &[("o", "rshared")], "volume-type:none")]
    fn is_asked_for(
        #[case] driver: Option<&str>,
        #[case] options: &[(&str, &str)],
        #[case] grant: &str,
    ) {
        assert_eq!(asked(needs, &volume(driver, options)), [grant]);
    }

    #[rstest::rstest]
    #[case::plain(None, &[])]
    #[case::local(Some("local"), &[("size", "1g")])]
    #[case::memory(None, &[("type", "tmpfs"), ("device", "tmpfs"), ("o", "size=64m")])]
    fn is_free(#[case] driver: Option<&str>, #[case] options: &[(&str, &str)]) {
        assert!(asked(needs, &volume(driver, options)).is_empty());
    }

    #[test]
    fn what_somebody_else_made_is_not_made_here() {
        let mut spec = volume(Some("rclone"), &[]);
        if let Some(volume) = spec.volumes.get_mut("data") {
            volume.external = true;
        }
        assert!(asked(needs, &spec).is_empty());
    }
}
