//! Whether a run lives. Pure; unknown means living.

use std::time::Duration;

use cc_ci_lock::LeaseState;
use jiff::{SignedDuration, Timestamp};

use crate::{Claim, Host};

/// A run on another machine that has not said for this long that it lives is dead. It says so every
/// ten seconds; an engine that restarts, or a machine that is suspended for a moment, must not cost
/// a run its life.
const SILENCE: Duration = Duration::from_secs(600);

/// What a run is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// It lives, or may.
    Living(String),
    /// It ended and left an instance on demand.
    Kept(String),
    /// It has certainly ended.
    Dead(String),
    /// Nothing says anything about it: no lock is held and it has no lease.
    Unclaimed,
}

/// Judges a run by its lock on this machine `here` and by its lease on the engine, whose clock says
/// `now`.
#[must_use]
pub fn judge(
    here: &Host,
    lock: &LeaseState,
    lease: Option<&Result<Claim, String>>,
    now: Option<Timestamp>,
) -> Life {
    match lock {
        LeaseState::Held(holder) => return Life::Living(format!("{holder} holds its lock")),
        LeaseState::Unknown(why) => return Life::Living(format!("it cannot be told: {why}")),
        LeaseState::Absent | LeaseState::Free => {}
    }
    let claim = match lease {
        None => return Life::Unclaimed,
        Some(Err(why)) => return Life::Living(format!("it cannot be told: {why}")),
        Some(Ok(claim)) => claim,
    };
    if claim.kept {
        return Life::Kept(format!("kept on demand on {}", claim.host));
    }
    let own = claim.host == here.name && !here.boot.is_empty();
    if own && claim.boot == here.boot && claim.place == here.place {
        return Life::Dead("its process on this machine has ended".to_owned());
    }
    if own && claim.boot != here.boot && ended_before(here, claim, now) {
        return Life::Dead("this machine was booted since".to_owned());
    }
    let Some(now) = now else {
        return Life::Living(
            "it cannot be told: the engine does not say what time it is".to_owned(),
        );
    };
    let silent = now.duration_since(claim.beat);
    let ago = format!("its last sign of life on {} is {} s old", claim.host, silent.as_secs());
    if silent > SignedDuration::try_from(SILENCE).unwrap_or(SignedDuration::MAX) {
        Life::Dead(ago)
    } else {
        Life::Living(ago)
    }
}

/// True where the last beat lies before this boot. A later one means that two machines carry one name.
fn ended_before(here: &Host, claim: &Claim, now: Option<Timestamp>) -> bool {
    let booted = now.zip(here.up).and_then(|(now, up)| now.checked_sub(up).ok());
    booted.is_some_and(|booted| claim.beat < booted)
}

#[cfg(test)]
mod tests {
    use cc_ci_lock::Holder;
    use rstest::rstest;

    use super::*;

    const NOW: &str = "2026-01-02T12:00:00Z";
    const FRESH: &str = "2026-01-02T11:59:55Z";
    const NINE_MINUTES: &str = "2026-01-02T11:51:00Z";
    const ELEVEN_MINUTES: &str = "2026-01-02T11:49:00Z";

    fn held() -> LeaseState {
        LeaseState::Held(Holder { run: "r".into(), pid: 1, user: "root".into(), since: None })
    }

    /// A claim by host, boot and folder of locks.
    fn claim((host, boot, place): (&str, &str, &str), beat: &str) -> Option<Result<Claim, String>> {
        let (host, boot, place) = (host.to_owned(), boot.to_owned(), place.to_owned());
        let beat = beat.parse().unwrap();
        Some(Ok(Claim { host, boot, place, beat, kept: false, who: String::new() }))
    }

    fn kept(claimed: Option<Result<Claim, String>>) -> Option<Result<Claim, String>> {
        claimed.map(|claim| claim.map(|claim| Claim { kept: true, ..claim }))
    }

    const HERE: (&str, &str, &str) = ("here", "boot-2", "1:2");
    const REBOOTED: (&str, &str, &str) = ("here", "boot-1", "9:9");
    const ELSEWHERE: (&str, &str, &str) = ("there", "boot-7", "1:2");
    const OTHER_NAMESPACE: (&str, &str, &str) = ("here", "boot-2", "7:7");

    #[rstest]
    #[case::lock_alone(held(), None, "living")]
    #[case::lock_beats_silence(held(), claim(HERE, ELEVEN_MINUTES), "living")]
    #[case::lock_beats_kept(held(), kept(claim(HERE, FRESH)), "living")]
    #[case::unreadable_lock(LeaseState::Unknown("x".into()), claim(HERE, ELEVEN_MINUTES), "living")]
    #[case::unreadable_lock_alone(LeaseState::Unknown("x".into()), None, "living")]
    #[case::unreadable_lease(LeaseState::Absent, Some(Err("x".into())), "living")]
    #[case::own_process_ended(LeaseState::Absent, claim(HERE, FRESH), "dead")]
    #[case::own_lock_is_free(LeaseState::Free, claim(HERE, FRESH), "dead")]
    #[case::rebooted(LeaseState::Absent, claim(REBOOTED, NINE_MINUTES), "dead")]
    #[case::a_clone_of_this_machine(LeaseState::Absent, claim(REBOOTED, FRESH), "living")]
    #[case::a_silent_clone(LeaseState::Absent, claim(REBOOTED, ELEVEN_MINUTES), "dead")]
    #[case::elsewhere(LeaseState::Absent, claim(ELSEWHERE, NINE_MINUTES), "living")]
    #[case::elsewhere_and_silent(LeaseState::Absent, claim(ELSEWHERE, ELEVEN_MINUTES), "dead")]
    #[case::other_folder_of_locks(
        LeaseState::Absent,
        claim(OTHER_NAMESPACE, NINE_MINUTES),
        "living"
    )]
    #[case::kept(LeaseState::Absent, kept(claim(HERE, ELEVEN_MINUTES)), "kept")]
    #[case::kept_before_a_reboot(LeaseState::Absent, kept(claim(REBOOTED, ELEVEN_MINUTES)), "kept")]
    #[case::nothing(LeaseState::Absent, None, "unclaimed")]
    #[case::a_lock_file_without_a_lease(LeaseState::Free, None, "unclaimed")]
    fn unknown_means_living(
        #[case] lock: LeaseState,
        #[case] lease: Option<Result<Claim, String>>,
        #[case] expected: &str,
    ) {
        // Booted eight and a half minutes ago.
        let here = Host {
            name: "here".into(),
            boot: "boot-2".into(),
            up: Some(Duration::from_secs(510)),
            place: "1:2".into(),
        };
        let life = judge(&here, &lock, lease.as_ref(), Some(NOW.parse().unwrap()));
        let word = match &life {
            Life::Living(_) => "living",
            Life::Kept(_) => "kept",
            Life::Dead(_) => "dead",
            Life::Unclaimed => "unclaimed",
        };
        assert_eq!(word, expected, "{life:?}");
    }

    #[test]
    fn without_a_clock_or_a_boot_id_nothing_from_elsewhere_dies() {
        let here = Host { name: "here".into(), boot: String::new(), up: None, place: "1:2".into() };
        for from in [REBOOTED, ELSEWHERE, OTHER_NAMESPACE, ("here", "", "1:2")] {
            let life =
                judge(&here, &LeaseState::Absent, claim(from, ELEVEN_MINUTES).as_ref(), None);
            assert!(matches!(life, Life::Living(_)), "{life:?}");
        }
    }
}
