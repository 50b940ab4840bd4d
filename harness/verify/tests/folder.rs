//! A run's folder, whole, damaged and forged.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

#[path = "folder/masks.rs"]
mod masks;
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use cc_ci_model::{Facts, Observed};
use cc_ci_verify::{Place, Verified, verify};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use support::Folder;

fn answer(folder: &Path) -> Verified {
    verify(folder).unwrap()
}

#[test]
fn a_folder_as_it_was_written_is_equal() {
    let folder = Folder::whole();
    let verified = answer(folder.path());
    assert!(verified.equal, "{verified}");
    assert!(verified.counts.records > 50 && verified.counts.evidence == 2, "{verified}");
    assert_eq!((verified.counts.reports, verified.counts.attempts), (6, 3));
    let counts = verified.counts;
    let told = (counts.recomputed, counts.steps, counts.untried, counts.not_recomputed);
    assert_eq!(told, (2, 0, 0, 11));
    assert!(verified.to_string().ends_with("\nequal"), "{verified}");
}

/// Every file of the folder, without what people write.
fn files(folder: &Path) -> Vec<(PathBuf, usize)> {
    let mut files = Vec::new();
    for place in [folder.to_owned(), folder.join("evidence")] {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let bytes = fs::read(&path).unwrap();
                let text = String::from_utf8_lossy(&bytes);
                let findings = text
                    .find("## Adversary findings\n")
                    .filter(|_| path.file_name().unwrap().to_string_lossy().starts_with("BACKLOG"));
                files.push((path, findings.unwrap_or(bytes.len())));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn any_changed_byte_is_noticed_and_its_file_is_named() {
    let folder = Folder::whole();
    let mut random = SmallRng::seed_from_u64(20_261_130);
    let files = files(folder.path());
    let total: usize = files.iter().map(|(_, bytes)| bytes).sum();
    for round in 0..500 {
        let mut at = random.random_range(0..total);
        let (path, _) = files
            .iter()
            .find(|(_, bytes)| match at.checked_sub(*bytes) {
                Some(rest) => {
                    at = rest;
                    false
                }
                None => true,
            })
            .unwrap();
        let whole = fs::read(path).unwrap();
        let mut changed = whole.clone();
        changed[at] ^= random.random_range(1..=255_u8);
        fs::write(path, &changed).unwrap();
        let verified = answer(folder.path());
        fs::write(path, &whole).unwrap();
        let name = path.strip_prefix(folder.path()).unwrap().display().to_string();
        let line = whole[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let first = verified.first().unwrap_or_else(|| panic!("{round}: {name}, byte {at}: equal"));
        assert!(!verified.equal);
        let near = |line: usize| first.place == format!("{name}:{line}");
        let named = match name.as_str() {
            "events.jsonl" => near(line) || near(line + 1),
            _ => first.place.starts_with(&name),
        };
        assert!(named, "{round}: {name}:{line}, byte {at} of {}: {first}", whole.len());
    }
    assert!(answer(folder.path()).equal);
}

/// What was forged, and the place that has to be named.
type Forgery = (&'static str, fn(&Folder), &'static str);

/// Changes by somebody who keeps the folder consistent, but for what cannot be had without the original run: the
/// tree, unless the forgery makes it anew as well.
const FORGERIES: [Forgery; 22] = [
    (
        "a green check saw a 500, everything follows",
        Folder::green_against_an_answer,
        "events.jsonl:",
    ),
    (
        "a green check saw lost data, everything follows",
        Folder::green_against_data,
        "events.jsonl:",
    ),
    ("a check and its tier are made green", Folder::green_without_tree, "events.jsonl:"),
    (
        "a check and its tier are made green, reports follow",
        Folder::green_with_reports,
        "events.jsonl:",
    ),
    ("a red check is made green, the tree follows", Folder::green_check_with_tree, "events.jsonl:"),
    ("a red tier is made green, the tree follows", Folder::green_tier_with_tree, "events.jsonl:"),
    (
        "a record is taken out and the others are renumbered",
        Folder::without_a_record,
        "events.jsonl:",
    ),
    ("two records change places", Folder::swapped_records, "events.jsonl:"),
    ("a record is written twice", Folder::doubled_record, "events.jsonl:"),
    ("the tail is cut", Folder::cut_tail, "events.jsonl:"),
    (
        "the tail is cut together with the checkpoint",
        Folder::cut_tail_and_checkpoint,
        "events.jsonl:",
    ),
    ("the tail is cut in the middle of a line", Folder::cut_line, "events.jsonl:"),
    ("the line break at the end is cut", Folder::cut_line_break, "events.jsonl:"),
    ("records of another run are spliced in", Folder::spliced, "events.jsonl:"),
    ("the checkpoint of another run", Folder::foreign_checkpoint, "checkpoint"),
    ("the whole journal of another run", Folder::foreign_journal, "evidence"),
    ("evidence of equal length", Folder::swapped_evidence, "evidence/"),
    ("evidence under the name of other evidence", Folder::exchanged_evidence, "evidence/"),
    ("evidence is cut short", Folder::short_evidence, "evidence/"),
    ("evidence is gone", Folder::missing_evidence, "evidence/"),
    ("a level is raised in results.json", Folder::raised_level, "results.json: units[0].level"),
    (
        "a class is changed in classification.json",
        Folder::other_class,
        "classification.json: cases[0].class",
    ),
];

#[test]
fn every_forgery_is_noticed_and_its_place_is_named() {
    for (what, forge, place) in FORGERIES {
        let folder = Folder::whole();
        forge(&folder);
        let verified = answer(folder.path());
        let first = verified.first().unwrap_or_else(|| panic!("{what}: equal"));
        assert!(first.place.starts_with(place), "{what}: {first}");
    }
}

/// Each kind of check that keeps facts: what it saw, and what it would have to see for its outcome.
#[rstest::rstest]
#[case::step_of_a_flow("step 2 status", "200", "500")]
#[case::talk("the answer holds", "+PONG", "-ERR")]
#[case::certificate("certificate covers", "app.test", "db.test")]
#[case::mumble("answer to the wish to join", "let in", "WrongUserPW")]
#[case::convergence("copies of app", "2", "1")]
#[case::restic("exit code of restic check", "0", "1")]
#[case::dump("dump db/all.sql", "sound", "cut off")]
#[case::teardown("objects of the unit on the engine", "0", "3")]
fn a_green_check_whose_facts_are_forged_is_named(
    #[case] name: &str,
    #[case] required: &str,
    #[case] found: &str,
) {
    let facts = |found| Observed::Facts(Facts::default().with(name, required, found));
    let folder = Folder::comparing(facts(required));
    let verified = answer(folder.path());
    assert!(verified.equal, "{verified}");
    let recomputed = verified.counts.recomputed;

    let folder = Folder::comparing(facts(found));
    let verified = answer(folder.path());
    let first = verified.first().unwrap();
    assert!(first.place.starts_with("events.jsonl:"), "{first}");
    assert!(first.what.contains("serves is passed"), "{first}");
    assert_eq!((verified.counts.recomputed, verified.differences.len()), (recomputed, 1));

    // Without what it saw, the check is counted as one that keeps nothing.
    let folder = Folder::comparing(facts(required));
    folder.without_what_was_compared();
    let counts = answer(folder.path()).counts;
    assert_eq!(counts.recomputed, recomputed - 1);
}

#[test]
fn what_cannot_be_known_is_not_called_equal() {
    let folder = Folder::whole();
    fs::remove_file(folder.path().join("checkpoint")).unwrap();
    let verified = answer(folder.path());
    assert!(!verified.equal && verified.differences.is_empty());
    assert_eq!(verified.gaps[0].place, "checkpoint");

    let folder = Folder::whole();
    cc_ci_journal::remove(folder.path(), 5, "a secret learnt late").unwrap();
    let verified = answer(folder.path());
    assert!(!verified.equal, "{verified}");
    assert_eq!(verified.gaps[0].place, "events.jsonl:6");

    // Evidence that was taken out is missing, and the journal says why.
    let folder = Folder::without_evidence();
    let verified = answer(folder.path());
    assert!(!verified.equal && verified.differences.is_empty(), "{verified}");
    assert!(verified.gaps[0].place.starts_with("evidence/"), "{verified}");
    assert!(verified.gaps[0].what.contains("a secret learnt late"), "{verified}");

    // A run that was killed between a piece of evidence and the record of it.
    let folder = Folder::whole();
    folder.cut_tail_and_checkpoint();
    fs::write(folder.path().join("evidence/.writing-x"), "half").unwrap();
    let verified = answer(folder.path());
    let is_it = |place: &Place| place.place == "evidence/.writing-x";
    assert!(verified.gaps.iter().any(is_it), "{verified}");
    assert!(!verified.differences.iter().any(is_it), "{verified}");

    let folder = Folder::newer();
    let verified = answer(folder.path());
    assert!(!verified.equal && verified.differences.is_empty(), "{verified}");
    assert!(verified.gaps[0].what.contains("leg_began"), "{verified}");
}

#[test]
fn a_folder_without_a_journal_is_an_error() {
    assert!(verify(Path::new("/nowhere")).is_err());
}

/// A kill between a piece of evidence and its record leaves evidence that no record points to. The run that goes on says
/// that it was killed.
#[test]
fn evidence_of_a_killed_process_is_no_forgery_once_the_run_went_on() {
    let orphan = |folder: &Folder| {
        let bytes = b"kept before the kill";
        let name = cc_ci_model::sha256_hex(bytes);
        fs::write(folder.path().join("evidence").join(name), bytes).unwrap();
    };
    let folder = Folder::whole();
    orphan(&folder);
    assert!(!answer(folder.path()).equal);
    let folder = Folder::resumed();
    orphan(&folder);
    let found = answer(folder.path());
    assert!(found.equal, "{found}");
}
