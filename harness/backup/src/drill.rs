//! Repositories that must be refused: made on purpose, so that a restore can be seen to refuse them
//! before it touches any data.

use std::time::Duration;

use cc_ci_engine::{Engine, EngineError};

use crate::restic::REPOSITORY;
use crate::{BackupPlan, Restic, ResticError, Toolbox};

/// What is wrong with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The password is another one.
    WrongPassword,
    /// Another process holds the repository for itself.
    Locked,
    /// Its largest file ends in the middle.
    Truncated,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Self; 3] = [Self::WrongPassword, Self::Locked, Self::Truncated];

    /// The flaw's name in checks.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong_password",
            Self::Locked => "locked_repository",
            Self::Truncated => "truncated_archive",
        }
    }
}

/// A copy beside the repository: the packs are shared until one is cut, so it costs next to nothing.
const COPY: &str = r#"
set -e
copy="$(dirname "$1")/$2"; rm -rf "$copy"; cp -al "$1" "$copy"; rm -rf "$copy"/locks/*
printf '%s' "$copy"
"#;

/// Cuts the largest pack in half, in the copy alone.
const CUT: &str = r#"
set -e
pack=$(find "$1/data" -type f -printf '%s %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
[ -n "$pack" ]
cp "$pack" "$pack.cut"; mv "$pack.cut" "$pack"; chmod u+w "$pack"
truncate -s "$(( $(stat -c %s "$pack") / 2 ))" "$pack"
"#;

/// Begins a command that wants the repository for itself and stops it where it holds the lock: from
/// then on a living process has the repository and does nothing with it. A lock has its name only once
/// it is written in full. Ends with 7 if the command
/// was too quick. A session of its own keeps the kernel from waking the stopped process when this
/// shell ends (POSIX, orphaned process groups); it goes with the toolbox.
const LOCK: &str = r#"
held() { ls "$1/locks" | grep -q -v -e -tmp-; }
setsid restic check >/dev/null 2>&1 & p=$!
while kill -0 $p 2>/dev/null; do
  held "$1" || continue
  kill -STOP $p
  until grep -q '^State:.[TZ]' /proc/$p/status 2>/dev/null || ! kill -0 $p; do :; done
  held "$1" && exit 0
  kill -CONT $p
done
exit 7
"#;

/// How often a lock is tried to be held; restic itself holds it for a tenth of a second or more.
const CATCHES: usize = 10;

/// Makes a repository with `flaw` out of a copy of `restic`'s own.
///
/// # Errors
/// restic's or the engine's own, also where the flaw could not be made.
pub async fn flawed(
    restic: &Restic,
    (engine, toolbox): (&dyn Engine, &Toolbox),
    flaw: Flaw,
) -> Result<Restic, ResticError> {
    let copy = toolbox.says(engine, COPY, &[REPOSITORY, flaw.name()]).await?;
    let bad = restic.at(&copy);
    match flaw {
        Flaw::WrongPassword => return Ok(bad.with_password("not the password")),
        Flaw::Truncated => toolbox.says(engine, CUT, &[&copy]).await.map(drop)?,
        Flaw::Locked => lock(&bad, (engine, toolbox), &copy).await?,
    }
    Ok(bad)
}

async fn lock(bad: &Restic, place: (&dyn Engine, &Toolbox), copy: &str) -> Result<(), ResticError> {
    for _ in 0..CATCHES {
        let words = ["/bin/sh", "-c", LOCK, "sh", copy].map(str::to_owned);
        let output = bad.open(place, words.to_vec()).await?;
        if output.ok() {
            return Ok(());
        }
    }
    Err(ResticError::Engine(EngineError::Refused {
        action: "hold a lock of the repository".to_owned(),
        status: None,
        message: format!("not within {CATCHES} tries"),
    }))
}

/// Tries to restore from a flawed repository; the answer is its refusal, or `None` where it was
/// accepted.
///
/// # Errors
/// The engine's own.
pub async fn refusal(
    bad: &Restic,
    place: (&dyn Engine, &Toolbox),
    plan: &BackupPlan,
    snapshot: &str,
) -> Result<Option<String>, EngineError> {
    match bad.clone().within(Duration::from_secs(60)).restore(place, plan, snapshot).await {
        Ok(()) => Ok(None),
        Err(ResticError::Engine(error)) => Err(error),
        Err(refused) => Ok(Some(refused.to_string())),
    }
}
