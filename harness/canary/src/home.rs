//! Where in the stack's volumes a server keeps its data, and whether a backup holds it.

use std::path::Path;

use cc_ci_backup::HookMoment;
use cc_ci_model::{MountSpec, MountType};

use crate::Saved;
use crate::standing::Standing;

/// The data folder of a server, as a place in a volume.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Home {
    /// Compose name of the volume; nothing where the data lies in the container itself, in a tmpfs
    /// or in a folder of the host.
    pub(crate) volume: Option<String>,
    /// The folder below the volume's root; empty for the root itself.
    pub(crate) path: String,
}

impl Home {
    /// The home of a server of `service` that keeps its data in `folder` of its container.
    pub(crate) fn of(standing: &Standing<'_>, service: &str, folder: &str) -> Self {
        let mounts = standing.spec.services.get(service).map_or(&[][..], |spec| &spec.mounts);
        Self::among(mounts, folder)
    }

    /// The home of a server that does not say where its data lies: the first volume that is
    /// mounted into its service.
    pub(crate) fn somewhere(standing: &Standing<'_>, service: &str) -> Self {
        let mounts = standing.spec.services.get(service).map_or(&[][..], |spec| &spec.mounts);
        let named =
            |mount: &&MountSpec| mount.kind == MountType::Volume && !mount.source.is_empty();
        let volume = mounts.iter().find(named).map(|mount| mount.source.clone());
        Self { volume, path: String::new() }
    }

    /// True where `path`, as `<volume>/<path in it>`, lies in this home.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let root = self.volume.as_ref().map(|volume| Path::new(volume).join(&self.path));
        root.is_some_and(|root| Path::new(path).starts_with(root))
    }

    fn among(mounts: &[MountSpec], folder: &str) -> Self {
        // The innermost mount is the one that is seen.
        let below = mounts.iter().filter_map(|mount| {
            let path = Path::new(folder).strip_prefix(&mount.target).ok()?;
            Some((mount, path.display().to_string()))
        });
        match below.max_by_key(|(mount, _)| Path::new(&mount.target).components().count()) {
            // An anonymous volume is gone with its container.
            Some((mount, path)) if mount.kind == MountType::Volume && !mount.source.is_empty() => {
                Self { volume: Some(mount.source.clone()), path }
            }
            Some(_) | None => Self::default(),
        }
    }

    /// Whether the backup is meant to hold what lies here: the volume, a dump in it, or a dump that
    /// a hook in the server's own container writes into another volume.
    pub(crate) fn saved(&self, standing: &Standing<'_>, service: &str) -> Saved {
        let Some(plan) = standing.backup_plan() else {
            return Saved::No("the recipe has no backup".to_owned());
        };
        let is_saved = |key: &str| plan.volumes.iter().any(|volume| volume.key == key);
        if self.volume.as_deref().is_some_and(is_saved) {
            return Saved::Yes;
        }
        let mounts = standing.spec.services.get(service).map_or(&[][..], |spec| &spec.mounts);
        let reaches = mounts.iter().any(|mount| is_saved(&mount.source));
        let dumps = plan.hooks(HookMoment::BeforeBackup).any(|hook| hook.service == service);
        if dumps && reaches {
            return Saved::Yes;
        }
        Saved::No(match &self.volume {
            Some(_) => "the recipe declares its volume out of the backup".to_owned(),
            None => "its data lies in no volume of the stack".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(kind: MountType, source: &str, target: &str) -> MountSpec {
        let (source, target) = (source.to_owned(), target.to_owned());
        MountSpec { kind, source, target, ..MountSpec::default() }
    }

    #[rstest::rstest]
    #[case::in_it("db/data/base/1", true)]
    #[case::beside_it("db/dump.sqlite", false)]
    #[case::elsewhere("files/data/x", false)]
    fn what_lies_in_a_home(#[case] path: &str, #[case] inside: bool) {
        let home = Home { volume: Some("db".to_owned()), path: "data".to_owned() };
        assert_eq!(home.holds(path), inside);
        assert!(!Home::default().holds(path));
    }

    #[rstest::rstest]
    #[case::root("/var/lib/mysql", Some("db"), "")]
    #[case::below("/var/lib/mysql/data", Some("db"), "data")]
    #[case::innermost("/var/lib/mysql/tmp/x", None, "")]
    #[case::not_by_letters("/var/lib/mysql-keyring", None, "")]
    #[case::anonymous("/data", None, "")]
    #[case::container("/srv", None, "")]
    fn the_innermost_mount_decides(
        #[case] folder: &str,
        #[case] volume: Option<&str>,
        #[case] path: &str,
    ) {
        let mounts = [
            mount(MountType::Tmpfs, "", "/var/lib/mysql/tmp"),
            mount(MountType::Volume, "db", "/var/lib/mysql"),
            mount(MountType::Volume, "", "/data"),
        ];
        let expected = Home { volume: volume.map(str::to_owned), path: path.to_owned() };
        assert_eq!(Home::among(&mounts, folder), expected);
    }
}
