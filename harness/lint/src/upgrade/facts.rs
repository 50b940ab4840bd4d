//! A stack as tables of names and values.

use std::collections::BTreeMap;

use cc_ci_model::{FileContent, ObjectSource, PortMode, Protocol, StackSpec, sha256_hex};
use cc_ci_recipe::Resolved;
use serde_json::Value;

use super::setting::{settings, unit};

/// Names and their values.
pub(super) type Table = BTreeMap<String, String>;

/// Keys of a service that have a table of their own.
const OWN_TABLE: [&str; 4] = ["image", "environment", "labels", "ports"];

pub(super) fn images(resolved: &Resolved) -> Table {
    let services = resolved.spec.services.iter();
    services.map(|(name, service)| (name.clone(), service.image.clone())).collect()
}

/// What is set in a service, apart from what has a table of its own.
pub(super) fn service(resolved: &Resolved, name: &str) -> Table {
    let value = serde_json::to_value(resolved.spec.services.get(name));
    // A service is a struct of serialisable values, so this is always an object.
    let Ok(Value::Object(keys)) = value else { return Table::new() };
    let own = |key: &str| OWN_TABLE.contains(&key);
    (keys.iter().filter(|(key, _)| !own(key)))
        .flat_map(|(key, value)| settings(&format!("{name}.{}", unit(key).0), key, value))
        .map(|(name, value)| (name, scoped(&resolved.spec, &value)))
        .collect()
}

pub(super) fn env(resolved: &Resolved) -> Table {
    let mut table = Table::new();
    for (name, service) in &resolved.spec.services {
        for (variable, value) in &service.environment {
            let value = value.as_deref().unwrap_or("(unset)");
            table.insert(format!("{name}.{variable}"), scoped(&resolved.spec, value));
        }
    }
    table
}

pub(super) fn labels(resolved: &Resolved) -> Table {
    let mut table = Table::new();
    for (name, service) in &resolved.spec.services {
        for (label, value) in &service.labels {
            let label = scoped(&resolved.spec, label);
            table.insert(format!("{name}.{label}"), scoped(&resolved.spec, value));
        }
    }
    table
}

pub(super) fn secrets(resolved: &Resolved) -> Table {
    let spec = &resolved.spec;
    let secret = |(key, secret): (&String, &cc_ci_model::SecretSpec)| {
        let how = match &secret.source {
            // Its content is the secret itself; even a hash of a short one reveals it.
            ObjectSource::Content(_) => "from a file".to_owned(),
            ObjectSource::Generate { length, .. } => format!("generated, {length} characters"),
            ObjectSource::Passphrase { words } => format!("generated, {words} words"),
            ObjectSource::External => "external".to_owned(),
        };
        (key.clone(), format!("{} ({how})", scoped(spec, &secret.name)))
    };
    spec.secrets.iter().map(secret).collect()
}

pub(super) fn configs(resolved: &Resolved) -> Table {
    let spec = &resolved.spec;
    let config = |(key, config): (&String, &cc_ci_model::ConfigSpec)| {
        let what = match &config.source {
            ObjectSource::Content(FileContent { path, bytes }) => {
                format!("{path}, sha256 {}", &sha256_hex(bytes)[..12])
            }
            ObjectSource::Generate { .. }
            | ObjectSource::Passphrase { .. }
            | ObjectSource::External => "external".to_owned(),
        };
        (key.clone(), format!("{} ({what})", scoped(spec, &config.name)))
    };
    spec.configs.iter().map(config).collect()
}

pub(super) fn volumes(resolved: &Resolved) -> Table {
    let spec = &resolved.spec;
    let volume = |(key, volume): (&String, &cc_ci_model::VolumeSpec)| {
        let driver = volume.driver.as_deref().unwrap_or("local");
        let external = if volume.external { ", external" } else { "" };
        (key.clone(), format!("{} ({driver}{external})", scoped(spec, &volume.name)))
    };
    spec.volumes.iter().map(volume).collect()
}

pub(super) fn ports(resolved: &Resolved) -> Table {
    let mut table = Table::new();
    for (name, service) in &resolved.spec.services {
        for port in &service.ports {
            let protocol = match port.protocol {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
                Protocol::Sctp => "sctp",
            };
            let mode = match port.mode {
                PortMode::Ingress => "ingress",
                PortMode::Host => "host",
            };
            let published = port.published.map_or("any".to_owned(), |port| port.to_string());
            let key = format!("{name} {published}/{protocol}");
            table.insert(key, format!("{mode} to {}", port.target));
        }
    }
    table
}

/// Two instances of one recipe differ in the stack's name only, and that is no change.
fn scoped(spec: &StackSpec, text: &str) -> String {
    text.replace(spec.name.as_str(), "${STACK_NAME}")
}
