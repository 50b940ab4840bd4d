//! A restore that is broken off in the middle.

use cc_ci_engine::{Engine, KILLED};

use crate::restic::{Restic, ResticError, restore_words, saved_paths};
use crate::{BackupPlan, TOOLBOX_VOLUMES, Toolbox};

/// Arguments: paths that the command makes, one a line; the command. Kills it as soon as it has changed a file
/// below the volumes. Ends with the command's own exit code, which is that of a killed process only where it
/// was killed in the middle.
///
/// A small restore takes a few milliseconds, and each look at all files takes a new process and as long. So
/// most looks are at those paths alone, by the shell itself. Both stay on one processor: the kernel lets the
/// shell go first when its pause is over, and the command does nothing while the shell looks. A command that
/// ended all the same is given its paths to make anew, a few times.
const BREAK_OFF: &str = r#"
set -f
IFS='
'
cpu=$(taskset -cp $$) && cpu=${cpu##*: } && taskset -cp "${cpu%%[,-]*}" $$ >/dev/null
said=$(mktemp) && begun=$(mktemp) || exit
fresh=
for path in $1; do [ -e "$path" ] || fresh="$fresh$IFS$path"; done
shift
for try in 1 2 3 4 5; do
  touch "$begun"; "$@" >"$said" 2>&1 & p=$!
  looks=0
  while kill -0 $p 2>/dev/null; do
    for path in $fresh; do
      if [ -e "$path" ]; then kill -KILL $p 2>/dev/null; break 2; fi
    done
    looks=$((looks + 1))
    if [ $((looks % 50)) = 0 ] && [ -n "$(find /volumes -newer "$begun" 2>/dev/null | head -n 1)" ]; then
      kill -KILL $p 2>/dev/null
    fi
    sleep 0.001
  done
  wait $p; code=$?
  [ $code = 0 ] && [ -n "$fresh" ] || break
  [ $try = 5 ] || for path in $fresh; do rm -rf -- "$path"; done
done
[ $code = 0 ] || [ $code = 137 ] || tail -c 2000 "$said" >&2
rm -f "$said" "$begun"
exit $code
"#;

impl Restic {
    /// Begins to put the snapshot back and is killed at the first file that it has written: what a
    /// machine that dies in the middle leaves behind, locks included. `canary` names the canary data in the
    /// snapshot. False where it had ended before it could be killed.
    ///
    /// # Errors
    /// restic's own, where it ended with an error by itself, and the engine's.
    pub async fn break_off_restore(
        &self,
        place: (&dyn Engine, &Toolbox),
        plan: &BackupPlan,
        snapshot: &str,
        canary: &str,
    ) -> Result<bool, ResticError> {
        // Folders of canary data, and the dumps of volumes that are not saved as a whole.
        let made = plan.volumes.iter().flat_map(|volume| match volume.paths.is_empty() {
            true => vec![format!("{TOOLBOX_VOLUMES}/{}/.cc-ci-{canary}", volume.key)],
            false => saved_paths(volume),
        });
        let made = made.collect::<Vec<_>>().join("\n");
        let command = ["/bin/sh", "-c", BREAK_OFF, "sh", &made, "restic"].map(str::to_owned);
        let words = command.into_iter().chain(restore_words(plan, snapshot)).collect();
        let output = self.open(place, words).await?;
        match output.exit_code {
            0 => Ok(false),
            KILLED => Ok(true),
            exit_code => Err(ResticError::Failed {
                command: "restore".to_owned(),
                exit_code,
                output: output.complaint(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Breaks a command off that is given the path `it` to make; the exit code, what was said, and how often
    /// the command was begun.
    fn broken_off(script: &str) -> (Option<i32>, String, usize) {
        let folder = tempfile::tempdir().unwrap();
        let (it, begun) = (folder.path().join("it"), folder.path().join("begun"));
        let script = format!("echo >>{}; {script}", begun.display());
        let mut command = Command::new("sh");
        command.args(["-c", BREAK_OFF, "sh"]).arg(&it).args(["sh", "-c", &script, "sh"]);
        let output = command.arg(&it).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let begun = std::fs::read_to_string(begun).unwrap().lines().count();
        (output.status.code(), said, begun)
    }

    #[test]
    fn a_command_is_killed_in_the_middle() {
        let (code, _, begun) = broken_off("touch \"$1\"; sleep 60");
        assert_eq!((code, begun), (Some(137), 1));
    }

    #[test]
    fn what_a_command_ends_with_by_itself_is_told() {
        let (code, said, begun) = broken_off("echo no space >&2; exit 3");
        assert_eq!((code, begun), (Some(3), 1));
        assert!(said.contains("no space"), "{said}");
    }

    #[test]
    fn a_command_that_makes_nothing_is_tried_again_and_never_called_broken_off() {
        let (code, _, begun) = broken_off("true");
        assert_eq!((code, begun), (Some(0), 5));
    }
}
