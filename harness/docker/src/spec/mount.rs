//! Mounts of a service.

use std::collections::BTreeMap;

use bollard::models::{
    Mount, MountBindOptions, MountBindOptionsPropagationEnum, MountTmpfsOptions,
    MountType as EngineType, MountVolumeOptions, MountVolumeOptionsDriverConfig,
};
use cc_ci_model::{MountSpec, MountType};

use crate::maps::{signed, unsorted};

pub(super) fn mount(wanted: &MountSpec, labels: &BTreeMap<String, String>) -> Mount {
    let plain = Mount {
        target: Some(wanted.target.clone()),
        source: (!wanted.source.is_empty()).then(|| wanted.source.clone()),
        read_only: wanted.read_only.then_some(true),
        ..Mount::default()
    };
    match wanted.kind {
        MountType::Volume => Mount {
            typ: Some(EngineType::VOLUME),
            // The labels count only where the mount creates the volume. An anonymous volume gets
            // none: it goes with its container.
            volume_options: plain.source.is_some().then(|| volume(wanted, labels)),
            ..plain
        },
        MountType::Bind => Mount {
            typ: Some(EngineType::BIND),
            bind_options: wanted.propagation.as_deref().map(|propagation| MountBindOptions {
                propagation: propagation_of(propagation),
                ..MountBindOptions::default()
            }),
            ..plain
        },
        MountType::Tmpfs => Mount {
            typ: Some(EngineType::TMPFS),
            tmpfs_options: (wanted.tmpfs_bytes.is_some() || wanted.tmpfs_mode.is_some()).then(
                || MountTmpfsOptions {
                    size_bytes: signed(wanted.tmpfs_bytes),
                    mode: wanted.tmpfs_mode.map(i64::from),
                    options: None,
                },
            ),
            ..plain
        },
    }
}

/// The node that first runs a task makes the volume by what travels with the mount. Nobody makes
/// an external one, so nothing travels with that.
fn volume(wanted: &MountSpec, labels: &BTreeMap<String, String>) -> MountVolumeOptions {
    let options = MountVolumeOptions {
        no_copy: wanted.no_copy.then_some(true),
        ..MountVolumeOptions::default()
    };
    let Some(declared) = &wanted.declared else {
        return MountVolumeOptions { labels: Some(unsorted(labels)), ..options };
    };
    if declared.external {
        return options;
    }
    let mut all = declared.labels.clone();
    all.extend(labels.iter().map(|(name, text)| (name.clone(), text.clone())));
    let driven = declared.driver.is_some() || !declared.options.is_empty();
    MountVolumeOptions {
        labels: Some(unsorted(&all)),
        driver_config: driven.then(|| MountVolumeOptionsDriverConfig {
            name: declared.driver.clone(),
            options: (!declared.options.is_empty()).then(|| unsorted(&declared.options)),
        }),
        ..options
    }
}

fn propagation_of(word: &str) -> Option<MountBindOptionsPropagationEnum> {
    word.parse().ok()
}

#[cfg(test)]
mod tests {
    use cc_ci_model::VolumeSpec;

    use super::*;

    fn labels() -> BTreeMap<String, String> {
        BTreeMap::from([("owner".to_owned(), "us".to_owned())])
    }

    #[test]
    fn a_named_volume_is_labelled_and_an_anonymous_one_is_not() {
        let named =
            MountSpec { source: "data".into(), target: "/d".into(), ..MountSpec::default() };
        let options = mount(&named, &labels()).volume_options.unwrap();
        assert_eq!(options.labels.unwrap()["owner"], "us");
        assert_eq!(options.no_copy, None);

        let no_copy = MountSpec { no_copy: true, ..named };
        assert_eq!(mount(&no_copy, &labels()).volume_options.unwrap().no_copy, Some(true));

        let anonymous = MountSpec { target: "/d".into(), ..MountSpec::default() };
        let sent = mount(&anonymous, &labels());
        assert_eq!((sent.source, sent.volume_options), (None, None));
    }

    #[test]
    fn what_is_declared_about_a_volume_travels_with_its_mount() {
        let declared = VolumeSpec {
            driver: Some("local".into()),
            options: [("type".to_owned(), "tmpfs".to_owned())].into(),
            labels: [("theirs".to_owned(), "1".to_owned())].into(),
            ..VolumeSpec::default()
        };
        let mut named = MountSpec {
            source: "data".into(),
            declared: Some(declared.clone()),
            ..MountSpec::default()
        };
        let options = mount(&named, &labels()).volume_options.unwrap();
        let sent = options.labels.unwrap();
        assert_eq!((sent["owner"].as_str(), sent["theirs"].as_str()), ("us", "1"));
        let driver = options.driver_config.unwrap();
        assert_eq!(driver.name.as_deref(), Some("local"));
        assert_eq!(driver.options.unwrap()["type"], "tmpfs");

        named.declared = Some(VolumeSpec { external: true, ..declared });
        let options = mount(&named, &labels()).volume_options.unwrap();
        assert_eq!(options, MountVolumeOptions::default());
    }

    #[test]
    fn bind_and_tmpfs_have_their_own_options() {
        let bind = MountSpec {
            kind: MountType::Bind,
            source: "/run/x".into(),
            target: "/x".into(),
            read_only: true,
            propagation: Some("rslave".into()),
            ..MountSpec::default()
        };
        let sent = mount(&bind, &labels());
        assert_eq!(sent.read_only, Some(true));
        assert_eq!(
            sent.bind_options.unwrap().propagation,
            Some(MountBindOptionsPropagationEnum::RSLAVE)
        );

        let tmpfs = MountSpec {
            kind: MountType::Tmpfs,
            target: "/t".into(),
            tmpfs_bytes: Some(1024),
            tmpfs_mode: Some(0o1777),
            ..MountSpec::default()
        };
        let options = mount(&tmpfs, &labels()).tmpfs_options.unwrap();
        assert_eq!((options.size_bytes, options.mode), (Some(1024), Some(0o1777)));
    }
}
