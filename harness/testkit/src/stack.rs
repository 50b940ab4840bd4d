//! Small stacks to deploy.

use cc_ci_model::{MountSpec, MountType, StackName, StackSpec, VolumeSpec};

pub use cc_ci_engine::contract::{service, whole_stack};

/// The nginx of the older Debian, the image that most tests run.
pub const NGINX: &str = "cc-ci/nginx:1.22";

/// A stack of one service `app` of `image` in the attachable network `<name>_default`.
///
/// # Panics
/// Where `name` is not a stack name.
#[must_use]
pub fn one_service(name: &str, image: &str) -> StackSpec {
    match StackName::new(name) {
        Ok(name) => cc_ci_engine::contract::one_service(&name, image),
        Err(error) => panic!("{error}"),
    }
}

/// The stack `unit-abc123` of services by name, image and mounts (`volume:/path`); every volume is declared.
///
/// # Panics
/// Where a mount is not `volume:/path`.
#[must_use]
pub fn services(services: &[(&str, &str, &[&str])]) -> StackSpec {
    let mut spec = one_service("unit-abc123", "app:1");
    spec.services.clear();
    for (name, image, mounts) in services {
        let mut service = service(image);
        for mount in *mounts {
            let Some((volume, target)) = mount.split_once(':') else {
                panic!("{mount:?} is not volume:/path");
            };
            let (kind, source) = (MountType::Volume, volume.to_owned());
            let target = target.to_owned();
            service.mounts.push(MountSpec { kind, source, target, ..MountSpec::default() });
            let name = format!("unit-abc123_{volume}");
            let declared = VolumeSpec { name, ..VolumeSpec::default() };
            spec.volumes.insert(volume.to_owned(), declared);
        }
        spec.services.insert((*name).to_owned(), service);
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_belongs_to_the_stack() {
        let stack = one_service("cust-abc123", NGINX);
        assert_eq!(stack.networks["default"].name, "cust-abc123_default");
        assert_eq!(stack.services["app"].image, NGINX);
    }

    #[test]
    #[should_panic(expected = "stack name")]
    fn a_bad_name_is_refused() {
        let _ = one_service("Not A Name", NGINX);
    }
}
