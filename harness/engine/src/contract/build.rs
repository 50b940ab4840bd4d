//! Small stacks for the promises and for other tests.

use std::collections::BTreeMap;

use cc_ci_model::{
    Attachment, ConfigSpec, EndpointMode, FileContent, FileRef, MountSpec, MountType, NetworkSpec,
    ObjectSource, RestartPolicy, SecretSpec, ServiceSpec, StackName, StackSpec, VolumeSpec,
};

/// A tenth of a second: tests need not wait for Swarm's five between two tasks.
const RESTART_DELAY_NS: u64 = 100_000_000;

/// A service of `image` in the network `default`, restarted quickly.
///
/// It is reached by `dnsrr`, which works on kernels without IPVS too.
#[must_use]
pub fn service(image: &str) -> ServiceSpec {
    ServiceSpec {
        image: image.to_owned(),
        endpoint_mode: EndpointMode::Dnsrr,
        networks: vec![Attachment {
            network: "default".to_owned(),
            aliases: vec!["app".to_owned()],
            options: BTreeMap::new(),
        }],
        restart: Some(RestartPolicy {
            delay_ns: Some(RESTART_DELAY_NS),
            ..RestartPolicy::default()
        }),
        ..ServiceSpec::default()
    }
}

/// A stack of one service `app` in its network `default`.
#[must_use]
pub fn one_service(name: &StackName, image: &str) -> StackSpec {
    StackSpec {
        name: name.clone(),
        services: BTreeMap::from([("app".to_owned(), service(image))]),
        networks: BTreeMap::from([("default".to_owned(), network(&format!("{name}_default")))]),
        volumes: BTreeMap::new(),
        secrets: BTreeMap::new(),
        configs: BTreeMap::new(),
    }
}

/// [`one_service`] with a secret at `/run/secrets/password`, a config at `/etc/app.conf` and a
/// volume at `/data`.
#[must_use]
pub fn whole_stack(name: &StackName, image: &str, secret: &[u8], config: &[u8]) -> StackSpec {
    let mut stack = one_service(name, image);
    let content = |path: &str, bytes: &[u8]| {
        ObjectSource::Content(FileContent { path: path.to_owned(), bytes: bytes.to_vec() })
    };
    stack.secrets.insert(
        "password".to_owned(),
        SecretSpec {
            name: format!("{name}_password_v1"),
            source: content("password", secret),
            template_driver: None,
            labels: BTreeMap::new(),
        },
    );
    stack.configs.insert(
        "conf".to_owned(),
        ConfigSpec {
            name: format!("{name}_conf_v1"),
            source: content("app.conf", config),
            template_driver: None,
            labels: BTreeMap::new(),
        },
    );
    stack.volumes.insert(
        "data".to_owned(),
        VolumeSpec { name: format!("{name}_data"), ..VolumeSpec::default() },
    );
    if let Some(app) = stack.services.get_mut("app") {
        app.secrets.push(file("password", "password"));
        app.configs.push(file("conf", "/etc/app.conf"));
        app.mounts.push(MountSpec {
            kind: MountType::Volume,
            source: "data".to_owned(),
            target: "/data".to_owned(),
            ..MountSpec::default()
        });
    }
    stack
}

/// An attachable overlay network.
pub(super) fn network(name: &str) -> NetworkSpec {
    NetworkSpec {
        name: name.to_owned(),
        driver: "overlay".to_owned(),
        attachable: true,
        ..NetworkSpec::default()
    }
}

fn file(source: &str, target: &str) -> FileRef {
    FileRef {
        source: source.to_owned(),
        target: target.to_owned(),
        uid: "0".to_owned(),
        gid: "0".to_owned(),
        mode: 0o444,
    }
}
