//! Dumps that no backup contains.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Service, Stack};

pub(super) const RULE: Rule = Rule {
    id: "C004",
    name: "dump-outside-volume",
    severity: Severity::Error,
    title: "what a backup shall save lies in a volume",
    why: "a backup saves volumes; a dump in the container's own file system is gone with the \
          container, and the backup succeeds without it",
    remedy: "write the dump into a mounted volume and name it with \
             backupbot.backup.volumes.<volume>.path",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    let volumes: Vec<&str> = stack.section("volumes").iter().map(|entry| &*entry.key).collect();
    for service in stack.services() {
        let key = |label: &str| service.key(&format!("deploy.labels.{label}"));
        for label in service.labels() {
            if label.name == "backupbot.backup.path" {
                for path in label.value.split(',').map(str::trim).filter(|p| p.starts_with('/')) {
                    if !in_volume(&service, path) {
                        let message = format!("{path} is in no volume of `{}`", service.name());
                        found.at(label.place, key(label.name), message);
                    }
                }
            } else if let Some(rest) = label.name.strip_prefix("backupbot.backup.volumes.") {
                let volume = rest.strip_suffix(".path").unwrap_or(rest);
                if !volumes.contains(&volume) {
                    let message =
                        format!("there is no volume `{volume}`{}", meant(volume, &volumes));
                    found.at(label.place, key(label.name), message);
                }
            }
        }
        let Some(hook) = service.backup_hook() else { continue };
        for (place, dump) in &hook.dumps {
            if let Some(path) = dump.path.as_deref().filter(|path| !in_volume(&service, path)) {
                let message = format!("the dump {path} is in no volume of `{}`", service.name());
                found.at(place, key(hook.label.name), message);
            }
        }
    }
}

/// A label with the volume's name on the engine means the one whose name in the file it ends with.
fn meant(volume: &str, volumes: &[&str]) -> String {
    let ends = |key: &&&str| volume.strip_suffix(**key).is_some_and(|rest| rest.ends_with('_'));
    let meant = volumes.iter().filter(ends).max_by_key(|key| key.len());
    let hint = |key: &&str| format!("; did you mean `{key}`, its name in the compose file?");
    meant.map(hint).unwrap_or_default()
}

/// True where the path is at or below a lasting mount.
fn in_volume(service: &Service<'_>, path: &str) -> bool {
    service.mounts().iter().filter(|mount| mount.lasting).any(|mount| {
        let target = mount.target.trim_end_matches('/');
        path.strip_prefix(target).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}
