//! Canary data as plain files in a volume.

use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_backup::TOOLBOX_VOLUMES;
use cc_ci_model::{Fault, Unread, sha256_hex};

use crate::process::Kind;
use crate::standing::Standing;
use crate::{Found, Inhabited, Saved, Store, gone};

/// Lines of the large file, which lies beside a small file in a sub-folder: the two show truncated copies and
/// lost folders.
const REPEAT: usize = 4096;

/// Arguments: folder, key, root of the volume. The content is a function of the key, so that nothing has to be
/// remembered to verify it.
const WRITE: &str = r#"
set -e
# A volume that is not mounted would be written to the toolbox's own layer and prove nothing.
mountpoint -q "$3" || { echo "$3 is not mounted" >&2; exit 9; }
mkdir -p "$1/deep/er"
# The app sees the volume too. Where it puts a link in the way, nothing is written through it: a file is new
# or the script ends.
rm -f "$1/deep/er/small" "$1/large"
set -C
printf '%s' "$2" > "$1/deep/er/small"
i=0; while [ $i -lt 4096 ]; do printf '%s\n' "$2"; i=$((i+1)); done > "$1/large"
# An app may walk over its files as its own user when it starts; ours must not stop it.
chown -R --reference="$3" "$1"
sync "$1/large"
"#;

/// Arguments: folder. Prints `gone`, `a link`, or a line for each of the two files: its sum, `missing`, or what
/// the kernel says of it. Whatever is found, the script ends with 0: an exit code says something of the
/// script alone.
const FIND: &str = r#"
LC_ALL=C; export LC_ALL
# The words of the kernel tell a file that is not there from one that cannot be looked at.
there() {
  said=$(ls -d -- "$1" 2>&1 >/dev/null) && return 0
  case $said in *"No such file"*|*"Not a directory"*) echo missing ;; *) printf 'unread %s\n' "$said" ;; esac
  return 1
}
sum() {
  there "$1" || return 0
  [ ! -d "$1" ] || { echo missing; return 0; }
  if said=$(sha256sum < "$1" 2>&1); then printf 'sum %s\n' "${said%% *}"
  else printf 'unread %s\n' "$said"; fi
}
first=$(there "$1") || { case $first in missing) echo gone ;; *) printf '%s\n' "$first" ;; esac; exit 0; }
for f in "$1" "$1/deep" "$1/deep/er" "$1/deep/er/small" "$1/large"; do
  [ ! -h "$f" ] || { echo "a link"; exit 0; }
done
sum "$1/deep/er/small"
sum "$1/large"
exit 0
"#;

const CLEAR: &str = r#"rm -rf "$1""#;

/// Prints `gone` where there is nothing that could be damaged.
const DAMAGE: &str = r#"
set -Ce
[ -e "$1" ] || [ -h "$1" ] || { echo gone; exit 0; }
[ ! -h "$1" ]; [ ! -h "$1/deep" ]
rm -rf "$1/deep" "$1/large"
printf 'damaged' > "$1/large"
"#;

struct Files {
    volume: String,
}

/// Every volume of the stack but the data folders of servers, which are asked themselves.
pub(crate) fn discover(standing: &Standing<'_>, homes: &[Inhabited]) -> Vec<Arc<dyn Store>> {
    // An external volume belongs to another stack, so nothing is written to it.
    let own = standing.spec.volumes.iter().filter(|(_, volume)| !volume.external);
    let free = own.filter(|(key, _)| !homes.iter().any(|home| is_the_servers(home, key)));
    free.map(|(key, _)| Arc::new(Files { volume: key.clone() }) as Arc<dyn Store>).collect()
}

/// True where the root of a volume belongs to a server alone: MariaDB takes every folder in it for a database,
/// and PostgreSQL lists it when it is copied. Redis looks at its own files only.
fn is_the_servers(inhabited: &Inhabited, volume: &str) -> bool {
    let Inhabited { kind, home, .. } = inhabited;
    let root = home.volume.as_deref() == Some(volume) && home.path.is_empty();
    match kind {
        Kind::Postgres | Kind::Mysql => root,
        Kind::Redis => false,
    }
}

impl Files {
    fn root(&self) -> String {
        format!("{TOOLBOX_VOLUMES}/{}", self.volume)
    }

    fn folder(&self, key: &str) -> String {
        format!("{}/.cc-ci-{key}", self.root())
    }
}

/// What `FIND` printed about the files of `key`.
fn found(key: &str, said: &str) -> Found {
    let large = format!("{key}\n").repeat(REPEAT);
    let expected =
        [("deep/er/small", sha256_hex(key.as_bytes())), ("large", sha256_hex(large.as_bytes()))];
    let lines: Vec<_> = said.lines().collect();
    match lines[..] {
        ["gone"] => return Found::Gone,
        ["a link"] => {
            return Found::Changed(format!("a link stands in place of the files of {key}"));
        }
        [words] => {
            let words = words.strip_prefix("unread ").unwrap_or(words).to_owned();
            return Found::of_complaint(words);
        }
        [_, _] => {}
        _ => {
            return Found::Unreadable(
                Unread::Closed,
                format!("the look at {key} printed {said:?}"),
            );
        }
    }
    let (mut gone, mut changed, mut unread) = (Vec::new(), Vec::new(), None);
    for ((name, sum), line) in expected.iter().zip(lines) {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("sum", found) if found == sum => {}
            ("sum", found) => changed.push(format!("{name} hashes to {found}")),
            ("missing", _) => gone.push(*name),
            (_, words) => unread = Some(words.to_owned()),
        }
    }
    // A loss is reported even if the other file cannot be read.
    match (&gone[..], &changed[..], unread) {
        ([], [], None) => Found::Intact,
        ([], [], Some(words)) => Found::of_complaint(words),
        ([], changed, _) => {
            Found::Changed(format!("of the files of {key}, {}", changed.join(", ")))
        }
        (gone, ..) => Found::Changed(format!(
            "the folder of {key} stands, but {} in it is gone",
            gone.join(" and ")
        )),
    }
}

#[async_trait]
impl Store for Files {
    fn name(&self) -> String {
        format!("files:{}", self.volume)
    }

    fn volume(&self) -> Option<&str> {
        Some(&self.volume)
    }

    fn is_read_in_place(&self) -> bool {
        true
    }

    fn is_of_record(&self) -> bool {
        false
    }

    fn saved(&self, standing: &Standing<'_>) -> Saved {
        let Some(plan) = standing.backup_plan() else {
            return Saved::No("the recipe has no backup".to_owned());
        };
        match plan.volumes.iter().find(|volume| volume.key == self.volume) {
            None => Saved::No("the recipe declares the volume out of the backup".to_owned()),
            Some(volume) if volume.paths.is_empty() => Saved::Yes,
            Some(volume) => {
                Saved::No(format!("of this volume only {} is saved", volume.paths.join(", ")))
            }
        }
    }

    async fn write(&self, standing: &Standing<'_>, key: &str) -> Result<(), Fault> {
        standing.tool(WRITE, &[&self.folder(key), key, &self.root()]).await.map(drop)
    }

    async fn find(&self, standing: &Standing<'_>, key: &str) -> Result<Found, Fault> {
        let output = standing.tool_ends(FIND, &[&self.folder(key)]).await?;
        if output.ok() {
            return Ok(found(key, &output.text()));
        }
        Ok(match standing.tool_fault(&output) {
            Fault::Bug { message } => Found::Unreadable(Unread::Closed, message),
            Fault::NodeExhausted { message, .. } => Found::Unreadable(Unread::DiskFull, message),
            fault => return Err(fault),
        })
    }

    async fn damage(&self, standing: &Standing<'_>, key: &str) -> Result<bool, Fault> {
        if standing.tool_says(DAMAGE, &[&self.folder(key)]).await? == "gone" {
            return Err(gone(self, key));
        }
        Ok(true)
    }

    fn forgets(&self) -> bool {
        true
    }

    async fn clear(&self, standing: &Standing<'_>, key: &str) -> Result<(), Fault> {
        standing.tool(CLEAR, &[&self.folder(key)]).await
    }
}
