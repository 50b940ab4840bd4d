//! Archives of pg_dump, read by `pg_restore` in the container of their own server.

use std::path::Path;
use std::time::Duration;

use cc_ci_dump::{Reading, Verdict};
use cc_ci_engine::{Engine, EngineError, ExecSpec};
use cc_ci_model::{MountType, StackSpec};

use super::stream::{Streamed, read_out};
use crate::running_container;

/// The exit code of a container without the program.
const NO_PROGRAM: i64 = 93;

/// Prints the archive `$1` as a script, for which pg_restore reads all of it. Before version 12 pg_restore printed
/// without `-f -`.
const RESTORE: &str = r#"
command -v pg_restore >/dev/null 2>&1 || exit 93
[ -r "$1" ] || exit 93
case $(pg_restore --version) in
  *" 9."*|*" 10"*|*" 11"*) exec pg_restore "$1" ;;
  *) exec pg_restore -f - "$1" ;;
esac
"#;

/// Words for an archive that ends too soon or contradicts itself (`pg_backup_custom.c`,
/// `pg_backup_directory.c`, `compress_gzip.c`).
const BROKEN: [&str; 9] = [
    "end of file",
    "could not read from input file",
    "could not uncompress",
    "could not decompress",
    "could not open input file",
    "corrupt",
    "unrecognized data block type",
    "could not find block ID",
    "input file is too short",
];

/// What `pg_restore` says of an archive; nothing where no container of the stack has both.
pub(super) enum Said {
    Nothing,
    Sound(Reading),
    Broken(String),
    Unproven(String),
}

/// Reads the archive at `path` of volume `key` in a container that mounts the volume.
///
/// # Errors
/// The engine's own.
pub(super) async fn restore(
    engine: &dyn Engine,
    stack: &StackSpec,
    (key, path): (&str, &str),
    (words, limit): (&[String], Duration),
) -> Result<Said, EngineError> {
    for (service, file) in places(stack, key, path) {
        let Some(container) = running_container(engine, &stack.name, &service).await? else {
            continue;
        };
        let exec = ExecSpec::new(["/bin/sh", "-c", RESTORE, "sh", &file]).within(limit);
        let name = format!("{path}.sql");
        let place = (container.node(), container.container());
        let (reading, output) = match read_out(place, &exec, (&name, words)).await {
            Ok(Streamed::Read(reading, output)) => (reading, output),
            Ok(Streamed::Unread(why)) => return Ok(Said::Unproven(why)),
            // The container has no shell or was replaced. Another service may have the program.
            Err(
                EngineError::Refused { .. }
                | EngineError::Conflict { .. }
                | EngineError::NotFound { .. },
            ) => continue,
            Err(error) => return Err(error),
        };
        if matches!(output.exit_code, NO_PROGRAM | 126 | 127) {
            continue;
        }
        let words = output.complaint();
        let words = words.lines().next().unwrap_or_default();
        if output.ok() {
            return Ok(match reading.verdict {
                Verdict::Whole => Said::Sound(reading),
                Verdict::Broken(how) => Said::Unproven(format!(
                    "pg_restore in service {service} prints a script that is {how}"
                )),
                Verdict::Unproven(why) => Said::Unproven(why),
            });
        }
        let words =
            format!("pg_restore in service {service} ended with {}: {words}", output.exit_code);
        let broken = BROKEN.iter().any(|sign| words.contains(sign));
        return Ok(if broken { Said::Broken(words) } else { Said::Unproven(words) });
    }
    Ok(Said::Nothing)
}

/// Services that mount volume `key`, and where `path` is in their containers.
fn places(stack: &StackSpec, key: &str, path: &str) -> Vec<(String, String)> {
    let mounts = stack.services.iter().flat_map(|(service, spec)| {
        let of_volume = spec.mounts.iter();
        let of_volume = of_volume.filter(|m| m.kind == MountType::Volume && m.source == key);
        of_volume.map(move |mount| (service.clone(), mount.target.clone()))
    });
    let file = |target: String| Path::new(&target).join(path).display().to_string();
    mounts.map(|(service, target)| (service, file(target))).collect()
}

#[cfg(test)]
mod tests {
    use cc_ci_model::MountSpec;

    use super::*;

    #[test]
    fn an_archive_is_where_its_volume_is_mounted() {
        let mut stack = cc_ci_testkit::stack::one_service("unit-abc123", "app:1");
        let mount = |kind, source: &str, target: &str| MountSpec {
            kind,
            source: source.to_owned(),
            target: target.to_owned(),
            ..MountSpec::default()
        };
        for service in stack.services.values_mut() {
            service.mounts = vec![
                mount(MountType::Volume, "db", "/var/db"),
                mount(MountType::Volume, "files", "/files"),
                mount(MountType::Bind, "db", "/bound"),
            ];
        }
        let app = "app".to_owned();
        assert_eq!(places(&stack, "db", "a/b.dump"), [(app, "/var/db/a/b.dump".to_owned())]);
    }
}
