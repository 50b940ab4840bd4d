//! Dumps beside the paths that are saved.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Service, Stack};

pub(super) const RULE: Rule = Rule {
    id: "C039",
    name: "dump-not-saved",
    severity: Severity::Error,
    title: "the path of a volume that is saved holds the dump",
    why: "a volume with a path label is saved only there: the hook writes the dump, and the backup \
          succeeds without it",
    remedy: "write the dump where backupbot.backup.volumes.<volume>.path says, or correct the label",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.services() {
        let Some(hook) = service.backup_hook() else { continue };
        for (place, dump) in &hook.dumps {
            let Some(path) = dump.path.as_deref() else { continue };
            let Some((volume, inside)) = volume_of(&service, path) else { continue };
            let label = |end: &str| {
                let name = format!("backupbot.backup.volumes.{volume}{end}");
                let of_service =
                    |s: Service<'_>| s.label(&name).map(|label| label.value.to_owned());
                stack.services().find_map(of_service)
            };
            let key = service.key(&format!("deploy.labels.{}", hook.label.name));
            if label("").as_deref() == Some("false") {
                found.at(place, key, format!("the dump {path} is in {volume}, which is not saved"));
            } else if let Some(paths) = label(".path")
                && !paths.split(',').any(|saved| holds(saved, inside))
            {
                let message =
                    format!("the dump is {inside} in {volume}, and only {paths} is saved");
                found.at(place, key, message);
            }
        }
    }
}

/// The volume that holds `path` in the service's container, and the path in it.
fn volume_of<'a, 'p>(service: &Service<'a>, path: &'p str) -> Option<(&'a str, &'p str)> {
    let volumes = service.stack.section("volumes");
    let inner = |target: &str| path.strip_prefix(target.trim_end_matches('/'))?.strip_prefix('/');
    let mounts = service.mounts().iter().filter(|mount| mount.lasting);
    let holding = mounts.filter_map(|mount| Some((mount, inner(mount.target)?)));
    // Of mounts in each other the deepest holds the file.
    let (mount, inside) = holding.max_by_key(|(mount, _)| mount.target.len())?;
    volumes.iter().any(|entry| entry.is(mount.source)).then_some((mount.source, inside))
}

fn holds(saved: &str, path: &str) -> bool {
    let saved = saved.trim().trim_start_matches("./").trim_matches('/');
    let rest = path.strip_prefix(saved);
    // A pattern is not judged.
    saved.is_empty()
        || saved.contains('*')
        || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
