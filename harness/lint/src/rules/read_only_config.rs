//! Files that an app wants to write and cannot.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Service, Stack};

pub(super) const RULE: Rule = Rule {
    id: "C015",
    name: "read-only-config",
    severity: Severity::Warning,
    title: "no config is mounted where the app writes",
    why: "Swarm's configs and secrets are read-only; an app that adds a key to its own file works \
          until the version that does so, and then never starts again",
    remedy: "give the app every value it would write, or mount the config elsewhere and copy it \
             into a volume at the start",
    check: Check::Stack(check),
};

/// Apps that write a file of theirs, the end of its path, and the words that a config has to
/// contain so that nothing is left to write.
const WRITERS: [(&str, &str, &[&str]); 8] = [
    ("gitea", "/app.ini", &["INTERNAL_TOKEN", "JWT_SECRET", "LFS_JWT_SECRET"]),
    ("forgejo", "/app.ini", &["INTERNAL_TOKEN", "JWT_SECRET", "LFS_JWT_SECRET"]),
    ("nextcloud", "/config/config.php", &[]),
    ("mattermost", "/config/config.json", &[]),
    ("syncthing", "/config.xml", &[]),
    ("dokuwiki", "/conf/local.php", &[]),
    ("home-assistant", "/.storage", &[]),
    ("jellyfin", "/system.xml", &[]),
];

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        for section in ["configs", "secrets"] {
            for used in service.used(section) {
                if written(&service, section, used.source, used.target) {
                    let message = format!("`{}` writes {}", service.name(), used.target);
                    found.at(
                        used.place,
                        service.key(&format!("{section}.{}", used.source)),
                        message,
                    );
                }
            }
        }
    }
}

fn written(service: &Service<'_>, section: &str, source: &str, target: &str) -> bool {
    let Some((image, _)) = service.image() else { return false };
    let files = service.stack.files;
    let text = service.stack.file_of(section, source).and_then(|path| files.text(path));
    WRITERS.iter().any(|(app, path, needed)| {
        let complete = !needed.is_empty()
            && text.is_some_and(|text| {
                needed.iter().all(|key| {
                    let set = |line: &str| {
                        line.split_once('=')
                            .is_some_and(|(name, v)| name.trim() == *key && !v.trim().is_empty())
                    };
                    text.lines().any(set)
                })
            });
        image.base.contains(app) && target.ends_with(path) && !complete
    })
}
