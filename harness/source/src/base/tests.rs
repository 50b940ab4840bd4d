//! The choice of a base, case by case.

use std::path::PathBuf;

use cc_ci_model::Version;

use super::*;
use crate::{Commit, MainTip, Place, Point};

fn version(text: &str) -> Version {
    Version::new(text).unwrap()
}

fn commit(digit: char) -> Commit {
    Commit::new(digit.to_string().repeat(40)).unwrap()
}

fn tag(name: &str, digit: char) -> Point {
    let place = Place::Tag { commit: commit(digit), annotated: true };
    Point { version: version(name), declared: Some(version(name)), place }
}

/// A commit without a tag, as a pull request has it.
fn untagged(label: Option<&str>, digit: char) -> Point {
    let short = commit(digit).short().to_owned();
    let name = label.map_or(format!("0.0.0+{short}"), |label| format!("{label}-{short}"));
    let declared = label.map(version);
    Point { version: version(&name), declared, place: Place::Commit(commit(digit)) }
}

fn folder(name: &str) -> Point {
    let place = Place::Folder(PathBuf::from("/r/versions").join(name));
    Point { version: version(name), declared: Some(version(name)), place }
}

fn green(name: &str, digit: Option<char>) -> Option<LastGreen> {
    Some(LastGreen { version: version(name), commit: digit.map(commit) })
}

fn main(point: Point) -> Option<MainTip> {
    Some(MainTip { point, holds_head: false })
}

fn behind(point: Point) -> Option<MainTip> {
    Some(MainTip { point, holds_head: true })
}

/// Three releases; `c` is the newest.
fn nginx() -> Vec<Point> {
    vec![tag("1.13.0+1.31.1", 'c'), tag("1.10.0+1.28.0", 'a'), tag("1.11.0+1.29.0", 'b')]
}

#[rstest::rstest]
// A nightly run of a release that was green before: nothing would have moved.
#[case::step_back_from_the_head(
    tag("1.13.0+1.31.1", 'c'),
    nginx(),
    green("1.13.0+1.31.1", Some('c')),
    None,
    "tag 1.11.0+1.29.0 | step back: last green (1.13.0+1.31.1) == head; 1.11.0+1.29.0 is the newest version older than 1.13.0+1.31.1"
)]
#[case::a_request_that_keeps_the_label_steps_back_too(
    untagged(Some("1.13.0+1.31.1"), 'd'),
    nginx(),
    green("1.13.0+1.31.1", Some('c')),
    None,
    "tag 1.11.0+1.29.0 | step back: last green (1.13.0+1.31.1) == head; 1.11.0+1.29.0 is the newest version older than 1.13.0+1.31.1"
)]
#[case::head_is_main(
    untagged(None, 'd'), vec![], None, main(untagged(None, 'd')),
    "none - | nothing is published and head == main tip"
)]
#[case::last_green_first(
    tag("1.13.0+1.31.1", 'c'),
    nginx(),
    green("1.10.0+1.28.0", Some('a')),
    None,
    "last-green 1.10.0+1.28.0 | 1.10.0+1.28.0 is the version that was green last"
)]
#[case::never_green(
    tag("1.13.0+1.31.1", 'c'),
    nginx(),
    None,
    None,
    "tag 1.11.0+1.29.0 | 1.11.0+1.29.0 is the newest version older than 1.13.0+1.31.1"
)]
#[case::a_downgrade_is_no_upgrade(
    tag("1.11.0+1.29.0", 'b'),
    nginx(),
    green("1.13.0+1.31.1", Some('c')),
    None,
    "tag 1.10.0+1.28.0 | last green (1.13.0+1.31.1) is newer than the head; 1.10.0+1.28.0 is the newest version older than 1.11.0+1.29.0"
)]
#[case::last_green_was_withdrawn(
    tag("1.13.0+1.31.1", 'c'),
    nginx(),
    green("1.12.0+1.30.0", None),
    None,
    "tag 1.11.0+1.29.0 | last green (1.12.0+1.30.0) is not published any more; 1.11.0+1.29.0 is the newest version older than 1.13.0+1.31.1"
)]
#[case::last_green_was_moved(
    tag("1.13.0+1.31.1", 'c'),
    nginx(),
    green("1.11.0+1.29.0", Some('e')),
    None,
    "tag 1.11.0+1.29.0 | the tag of last green (1.11.0+1.29.0) was moved since, from eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee; 1.11.0+1.29.0 is the newest version older than 1.13.0+1.31.1"
)]
#[case::the_oldest_has_no_older(
    tag("1.10.0+1.28.0", 'a'),
    nginx(),
    None,
    behind(tag("1.13.0+1.31.1", 'c')),
    "none - | no published version is older than 1.10.0+1.28.0 and the default branch already holds the head, so its tip is not older"
)]
#[case::two_tags_on_the_heads_commit(
    tag("1.1.0+2", 'b'), vec![tag("1.0.0+1", 'a'), tag("1.0.1+1", 'b'), tag("1.1.0+2", 'b')], None, None,
    "tag 1.0.0+1 | 1.0.0+1 is the newest version older than 1.1.0+2"
)]
#[case::last_green_on_the_heads_commit(
    tag("1.1.0+2", 'b'), vec![tag("1.0.1+1", 'b'), tag("1.1.0+2", 'b')], green("1.0.1+1", None), None,
    "none - | step back: last green (1.0.1+1) is the head's commit; no published version is older than 1.1.0+2 and there is no default branch"
)]
#[case::no_tags_at_all(
    untagged(Some("0.1.0+1"), 'd'), vec![], None, main(untagged(Some("0.1.0+1"), 'c')),
    "main-tip 0.1.0+1-cccccccccccc | nothing is published, so it is the tip of the default branch"
)]
#[case::the_only_release_is_no_base_for_itself(
    tag("1.0.0+1", 'a'), vec![tag("1.0.0+1", 'a')], green("1.0.0+1", Some('a')), main(tag("1.0.0+1", 'a')),
    "none - | step back: last green (1.0.0+1) == head; no published version is older than 1.0.0+1 and head == main tip"
)]
#[case::a_head_without_a_label_is_newer_than_all(
    untagged(None, 'd'),
    nginx(),
    None,
    None,
    "tag 1.13.0+1.31.1 | 1.13.0+1.31.1 is the newest version; the head claims none"
)]
#[case::a_head_without_a_label_on_a_green(
    untagged(None, 'd'),
    nginx(),
    green("1.11.0+1.29.0", Some('b')),
    None,
    "last-green 1.11.0+1.29.0 | 1.11.0+1.29.0 is the version that was green last"
)]
#[case::folders(
    folder("1.1.0+1.26.3"), vec![folder("1.0.0+1.22.1"), folder("1.1.0+1.26.3")], None, None,
    "tag 1.0.0+1.22.1 | 1.0.0+1.22.1 is the newest version older than 1.1.0+1.26.3"
)]
#[case::one_folder(
    folder("1.0.0+1.22.1"), vec![folder("1.0.0+1.22.1")], None, None,
    "none - | no published version is older than 1.0.0+1.22.1 and there is no default branch"
)]
#[case::changes_that_keep_mains_version(
    folder("1.0.0+1"), vec![], None, main(tag("1.0.0+1", 'a')),
    "none - | nothing is published and the tip of the default branch is the head's own version"
)]
fn the_base_is(
    #[case] head: Point,
    #[case] known: Vec<Point>,
    #[case] last_green: Option<LastGreen>,
    #[case] main_tip: Option<MainTip>,
    #[case] expected: &str,
) {
    let plan = choose_base(&head, &known, last_green.as_ref(), main_tip.as_ref());
    let base = plan.version().map_or("-", Version::as_str);
    assert_eq!(format!("{} {base} | {}", plan.kind, plan.reason), expected);
    assert_eq!(plan.base.is_none(), plan.kind == BaseKind::None);
}

/// Whatever is known, the base is never the head.
#[test]
fn base_is_never_the_head() {
    let heads = [
        tag("1.0.0+1", 'a'),
        tag("1.1.0+1", 'b'),
        untagged(Some("1.1.0+1"), 'b'),
        untagged(None, 'a'),
    ];
    let greens = [None, green("1.0.0+1", Some('a')), green("1.1.0+1", None)];
    let mut chosen = 0;
    for head in &heads {
        for known in [vec![], vec![heads[0].clone()], vec![heads[0].clone(), heads[1].clone()]] {
            for last_green in &greens {
                for tip in &heads {
                    let plan =
                        choose_base(head, &known, last_green.as_ref(), main(tip.clone()).as_ref());
                    let Some(base) = &plan.base else { continue };
                    chosen += 1;
                    assert_ne!(base.commit(), head.commit(), "{plan:?}");
                    assert_ne!(base.version, head.version, "{plan:?}");
                }
            }
        }
    }
    assert!(chosen > 20, "only {chosen} bases were chosen");
}
