//! A lock that is given in the order in which it was asked for.

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

use crate::file::{Look, look, publish, shared};
use crate::{Holder, LockError, Place, Who, elder};

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Together with others that share it.
    Shared,
    /// By this holder only.
    Alone,
}

/// Hears in words for whom a lock is waited, and again when that changes. Waits that are over within
/// [`A_MOMENT`] are not reported.
pub type Waits<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// A [`Waits`] for callers that have nowhere to report to.
pub fn unheard(_: &str) {}

/// Between two looks at the ticket that is waited for.
const POLL: Duration = Duration::from_millis(50);
/// A wait that is shorter is not reported.
pub const A_MOMENT: Duration = Duration::from_millis(200);
/// Drawing a ticket takes well under a millisecond; a process that is stopped in it blocks the others.
const DRAW_LIMIT: Duration = Duration::from_secs(30);

/// A lock that this process holds until the value is dropped or the process ends.
#[derive(Debug)]
pub struct Held {
    _ticket: Ticket,
    _elder: Option<File>,
}

/// A place in the queue.
#[derive(Debug)]
struct Ticket {
    path: PathBuf,
    number: u64,
    file: File,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // A ticket that stays is free as soon as its file is closed; the next process removes it.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Place {
    /// Waits until `who` may hold the lock `name`: until every ticket that was drawn before, and cannot be
    /// shared with, is given back. A ticket of an ended process is given back.
    ///
    /// Dropping the future leaves the queue.
    ///
    /// # Errors
    /// A lock file that cannot be used, or no turn within `limit`.
    pub async fn take(
        &self,
        name: &str,
        sharing: Sharing,
        who: &Who,
        limit: Duration,
        waits: Waits<'_>,
    ) -> Result<Held, LockError> {
        let deadline = Instant::now() + limit;
        self.sub("queues")?;
        let folder = self.sub(&format!("queues/{name}"))?;
        let ticket = draw(&folder, sharing, who).await?;
        let mut patience =
            Patience { name, limit, deadline, waits, began: Instant::now(), told: None };
        while let Some((first, path, more)) = before(&folder, ticket.number, sharing)? {
            patience.pause(&words(&first, more)).await?;
            // Only the first one before us is watched; the rest is counted again when it is gone.
            while let Look::Held(_) = look(&path)? {
                patience.pause(&words(&first, more)).await?;
            }
        }
        // From now on the file's time says since when the lock is held.
        ticket
            .file
            .set_modified(SystemTime::now())
            .map_err(LockError::io(&ticket.path, "dated"))?;
        let elder = elder::take(self, name, sharing, &mut patience).await?;
        Ok(Held { _ticket: ticket, _elder: elder })
    }
}

/// Waits with a deadline, and reports what is waited for.
pub(crate) struct Patience<'a> {
    name: &'a str,
    limit: Duration,
    deadline: Instant,
    waits: Waits<'a>,
    began: Instant,
    told: Option<String>,
}

impl Patience<'_> {
    /// Waits a little for what `by` says.
    pub(crate) async fn pause(&mut self, by: &str) -> Result<(), LockError> {
        let now = Instant::now();
        if now >= self.deadline {
            let (name, limit) = (self.name.to_owned(), self.limit);
            return Err(LockError::Late { name, limit, by: by.to_owned() });
        }
        if now - self.began >= A_MOMENT && self.told.as_deref() != Some(by) {
            (self.waits)(by);
            self.told = Some(by.to_owned());
        }
        sleep(POLL).await;
        Ok(())
    }
}

fn words(first: &Holder, more: usize) -> String {
    match more {
        0 => format!("{first} is before"),
        more => format!("{first} is before, and {more} more"),
    }
}

/// Draws the next number. A door of its own makes numbers rise: two processes never draw at once.
async fn draw(folder: &Path, sharing: Sharing, who: &Who) -> Result<Ticket, LockError> {
    let _door = door(folder).await?;
    let last = tickets(folder)?.into_iter().map(|(number, ..)| number).max().unwrap_or(0);
    let number = last + 1;
    let word = match sharing {
        Sharing::Shared => "shared",
        Sharing::Alone => "alone",
    };
    let name = format!("{number:012}.{word}");
    let path = folder.join(&name);
    let file = publish(folder, &name, &who.note()).map_err(LockError::io(&path, "made"))?;
    Ok(Ticket { path, number, file })
}

async fn door(folder: &Path) -> Result<File, LockError> {
    let path = folder.join("door");
    let deadline = Instant::now() + DRAW_LIMIT;
    loop {
        let file = shared(&path)?;
        match file.try_lock() {
            // A lock on a file that was removed meanwhile excludes no other process.
            Ok(()) if is_at(&file, &path) => return Ok(file),
            Ok(()) | Err(std::fs::TryLockError::WouldBlock) => {}
            Err(std::fs::TryLockError::Error(source)) => {
                return Err(LockError::Io { path, doing: "locked", source });
            }
        }
        if Instant::now() >= deadline {
            let by = "a process that is stopped, or one that holds this file on purpose".to_owned();
            let name = path.display().to_string();
            return Err(LockError::Late { name, limit: DRAW_LIMIT, by });
        }
        sleep(Duration::from_millis(5)).await;
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Number, sharing and path of every ticket, unordered.
fn tickets(folder: &Path) -> Result<Vec<(u64, Sharing, PathBuf)>, LockError> {
    let failed = LockError::io(folder, "read");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(&failed)? {
        let entry = entry.map_err(&failed)?;
        let name = entry.file_name();
        let Some((number, word)) = name.to_str().and_then(|name| name.split_once('.')) else {
            continue;
        };
        let sharing = match word {
            "shared" => Sharing::Shared,
            "alone" => Sharing::Alone,
            _ => continue,
        };
        if let Ok(number) = number.parse() {
            found.push((number, sharing, entry.path()));
        }
    }
    Ok(found)
}

/// The first ticket before `number` that has to be waited for, and how many more there are.
fn before(
    folder: &Path,
    number: u64,
    sharing: Sharing,
) -> Result<Option<(Holder, PathBuf, usize)>, LockError> {
    let mut earlier = tickets(folder)?;
    earlier.retain(|(other, theirs, _)| {
        *other < number && (sharing == Sharing::Alone || *theirs == Sharing::Alone)
    });
    earlier.sort_by_key(|(other, ..)| *other);
    let mut first: Option<(Holder, PathBuf, usize)> = None;
    for (_, _, path) in earlier {
        match look(&path)? {
            Look::Held(holder) => match &mut first {
                None => first = Some((holder, path, 0)),
                Some((_, _, more)) => *more += 1,
            },
            Look::Free(_) => {
                // Only its owner and root may; for everybody else it is no ticket all the same.
                let _ = std::fs::remove_file(&path);
            }
            Look::Absent => {}
        }
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn place() -> (tempfile::TempDir, Place) {
        let state = tempfile::tempdir().unwrap();
        let place = Place::at(state.path().join("locks"));
        (state, place)
    }

    async fn take(place: &Place, sharing: Sharing, run: &str) -> Held {
        place.take("node", sharing, &Who::run(run), LONG, &unheard).await.unwrap()
    }

    /// Starts a taker, and returns once it stands in the queue.
    async fn queued(
        place: &Place,
        sharing: Sharing,
        run: &'static str,
        order: &Arc<Mutex<Vec<&'static str>>>,
    ) -> tokio::task::JoinHandle<()> {
        let folder = place.path().join("queues/node");
        let count = || tickets(&folder).map_or(0, |tickets| tickets.len());
        let before = count();
        let (place, order) = (place.clone(), order.clone());
        let task = tokio::spawn(async move {
            let held = take(&place, sharing, run).await;
            order.lock().unwrap().push(run);
            sleep(Duration::from_millis(60)).await;
            drop(held);
        });
        while count() == before {
            tokio::task::yield_now().await;
        }
        task
    }

    #[tokio::test]
    async fn neither_kind_of_taker_starves_the_other() {
        let (_state, place) = place();
        let order = Arc::new(Mutex::new(Vec::new()));
        let first = take(&place, Sharing::Shared, "first").await;
        let mut tasks = vec![queued(&place, Sharing::Alone, "alone", &order).await];
        // A shared taker that comes after one that waits to be alone does not pass it.
        tasks.push(queued(&place, Sharing::Shared, "late", &order).await);
        tasks.push(queued(&place, Sharing::Alone, "alone again", &order).await);
        tasks.push(queued(&place, Sharing::Shared, "last", &order).await);
        sleep(POLL * 3).await;
        assert!(order.lock().unwrap().is_empty(), "the first still has it");
        drop(first);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), ["alone", "late", "alone again", "last"]);
        assert!(tickets(&place.path().join("queues/node")).unwrap().is_empty());
    }

    #[tokio::test]
    async fn sharers_share_and_a_dropped_wait_leaves_the_queue() {
        let (_state, place) = place();
        let (_a, _b) =
            (take(&place, Sharing::Shared, "a").await, take(&place, Sharing::Shared, "b").await);
        {
            let waiting = take(&place, Sharing::Alone, "c");
            assert!(tokio::time::timeout(POLL * 2, waiting).await.is_err());
        }
        let _d = take(&place, Sharing::Shared, "d").await;
        assert_eq!(tickets(&place.path().join("queues/node")).unwrap().len(), 3);
    }

    #[tokio::test]
    async fn who_waits_hears_for_whom_and_not_for_ever() {
        let (_state, place) = place();
        let _held = take(&place, Sharing::Alone, "r1").await;
        let heard = Mutex::new(Vec::new());
        let hear = |words: &str| heard.lock().unwrap().push(words.to_owned());
        let (who, limit) = (Who::run("r2"), A_MOMENT * 2);
        let error = place.take("node", Sharing::Shared, &who, limit, &hear).await.unwrap_err();
        let pid = std::process::id();
        assert!(matches!(&error, LockError::Late { by, .. } if by.contains("run r1")), "{error}");
        let heard = heard.into_inner().unwrap();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].starts_with(&format!("run r1 (pid {pid}, user ")), "{heard:?}");
    }

    #[tokio::test]
    async fn a_dead_ticket_blocks_nothing_and_an_unreadable_one_is_named() {
        let (_state, place) = place();
        drop(take(&place, Sharing::Alone, "r1").await);
        let folder = place.path().join("queues/node");
        std::fs::write(folder.join("000000000001.alone"), "").unwrap();
        drop(take(&place, Sharing::Shared, "r2").await);
        assert!(tickets(&folder).unwrap().is_empty(), "the dead ticket is removed");
        std::fs::create_dir(folder.join("000000000001.alone")).unwrap();
        let taken = place.take("node", Sharing::Shared, &Who::run("r3"), LONG, &unheard).await;
        let error = taken.unwrap_err().to_string();
        assert!(error.contains("no plain file") && error.contains("hint:"), "{error}");
    }
}
