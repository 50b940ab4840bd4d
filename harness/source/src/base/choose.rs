//! Last green, else the newest older version, else the tip of main, else none.

use cc_ci_model::Version;
use cc_ci_recipe::compare_versions;

use super::{BaseKind, BasePlan, LastGreen};
use crate::{MainTip, Point};

/// Chooses what an upgrade to `head` starts from: the version that was green last, else the newest
/// of `known` that is strictly older, else the tip of the default branch, else nothing.
///
/// The base is never the head itself, neither by version nor by commit: an upgrade on which
/// nothing moves proves nothing. Where the first choice is the head, the choice steps back to the
/// next older version. `known` is in any order. A head that claims no version (a commit or a plain
/// folder without a version label) counts as newer than everything published.
#[must_use]
pub fn choose_base(
    head: &Point,
    known: &[Point],
    last_green: Option<&LastGreen>,
    main_tip: Option<&MainTip>,
) -> BasePlan {
    let (green, aside) = match last_green.map(|green| green_base(head, known, green)) {
        Some(Ok(point)) => (Some(point), None),
        Some(Err(aside)) => (None, Some(aside)),
        None => (None, None),
    };
    if let Some(point) = green {
        let reason = format!("{} is the version that was green last", point.version);
        return BasePlan { kind: BaseKind::LastGreen, base: Some(point), reason };
    }
    // Why the first choice was put aside comes first: it is the surprising half of the reason.
    let because = |rest: String| match &aside {
        Some(aside) => format!("{aside}; {rest}"),
        None => rest,
    };
    if let Some(point) = newest_older(head, known) {
        let reason = match &head.declared {
            Some(version) => {
                format!("{} is the newest version older than {version}", point.version)
            }
            None => format!("{} is the newest version; the head claims none", point.version),
        };
        return BasePlan {
            kind: BaseKind::Tag,
            base: Some(point.clone()),
            reason: because(reason),
        };
    }
    let no_tag = if known.is_empty() {
        "nothing is published".to_owned()
    } else {
        format!(
            "no published version is older than {}",
            head.declared.as_ref().unwrap_or(&head.version)
        )
    };
    match main_tip.map(|tip| main_base(head, tip)) {
        Some(Ok(point)) => {
            let reason = because(format!("{no_tag}, so it is the tip of the default branch"));
            BasePlan { kind: BaseKind::MainTip, base: Some(point.clone()), reason }
        }
        Some(Err(why)) => none(because(format!("{no_tag} and {why}"))),
        None => none(because(format!("{no_tag} and there is no default branch"))),
    }
}

fn none(reason: String) -> BasePlan {
    BasePlan { kind: BaseKind::None, base: None, reason }
}

/// The last green version as a base, or why it is put aside.
fn green_base(head: &Point, known: &[Point], green: &LastGreen) -> Result<Point, String> {
    let version = &green.version;
    let same_commit = green.commit.is_some() && green.commit.as_ref() == head.commit();
    if is_head(head, version) || same_commit {
        return Err(format!("step back: last green ({version}) == head"));
    }
    if head.declared.as_ref().is_some_and(|head| !older(version, head)) {
        return Err(format!("last green ({version}) is newer than the head"));
    }
    let Some(point) = known.iter().find(|point| point.version == *version) else {
        return Err(format!("last green ({version}) is not published any more"));
    };
    if point.commit().is_some() && point.commit() == head.commit() {
        return Err(format!("step back: last green ({version}) is the head's commit"));
    }
    if let (Some(then), Some(now)) = (&green.commit, point.commit())
        && then != now
    {
        return Err(format!("the tag of last green ({version}) was moved since, from {then}"));
    }
    Ok(point.clone())
}

fn newest_older<'a>(head: &Point, known: &'a [Point]) -> Option<&'a Point> {
    let fits = |point: &&Point| {
        let moves = point.commit().is_none() || point.commit() != head.commit();
        let older = head.declared.as_ref().is_none_or(|head| older(&point.version, head));
        moves && older && !is_head(head, &point.version)
    };
    let order = |a: &&Point, b: &&Point| compare_versions(a.version.as_str(), b.version.as_str());
    known.iter().filter(fits).max_by(order)
}

fn main_base<'a>(head: &Point, tip: &'a MainTip) -> Result<&'a Point, &'static str> {
    if tip.point.commit().is_some() && tip.point.commit() == head.commit() {
        return Err("head == main tip");
    }
    if tip.holds_head {
        return Err("the default branch already holds the head, so its tip is not older");
    }
    if tip.point.version == head.version {
        return Err("the tip of the default branch is the head's own version");
    }
    Ok(&tip.point)
}

fn is_head(head: &Point, version: &Version) -> bool {
    head.version == *version || head.declared.as_ref() == Some(version)
}

fn older(a: &Version, b: &Version) -> bool {
    compare_versions(a.as_str(), b.as_str()).is_lt()
}
