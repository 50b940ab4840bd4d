//! Where the upgrade of a unit starts.

use cc_ci_model::Tier;
use cc_ci_recipe::compare_versions;
use cc_ci_source::{BasePlan, LastGreen, Opened, Point, Reference, choose_base};

use crate::asked::Asked;
use crate::catalogue::Catalogue;
use crate::error::PlanError;
use crate::planner::Wish;

/// The commit that `--from '#COMMIT'` names.
pub(crate) async fn typed_commit(
    catalogue: &Catalogue,
    asked: &Asked,
    wish: &Wish,
) -> Result<Option<Point>, PlanError> {
    let Some(name) = wish.from.as_ref().and_then(|from| from.strip_prefix('#')) else {
        return Ok(None);
    };
    let reference = Reference::parse(name)?;
    catalogue.open_at(asked, Some(reference)).await.map(|opened| Some(opened.head))
}

/// Where the upgrade starts: the version that was asked for, else what [`choose_base`] finds.
pub(crate) fn base<'a>(
    opened: &'a Opened,
    head: &'a Point,
    wish: &Wish,
    tiers: &[Tier],
    last_green: Option<&LastGreen>,
    typed: Option<&'a Point>,
) -> Result<(Option<&'a Point>, String), PlanError> {
    let Some(from) = &wish.from else {
        if !tiers.contains(&Tier::Upgrade) {
            return Ok((None, "the upgrade tier was not asked for".to_owned()));
        }
        let BasePlan { base, reason, .. } =
            choose_base(head, &opened.known, last_green, opened.main.as_ref());
        let point = base.map(|base| {
            let known = opened.known.iter().find(|known| known.version == base.version);
            known.or(opened.main.as_ref().map(|main| &main.point))
        });
        return Ok((point.flatten(), reason));
    };
    if !tiers.contains(&Tier::Upgrade) {
        // The base alone would be deployed, and its result would be reported for the head.
        let message = "--from starts an upgrade, but the upgrade tier is not asked for";
        return Err(PlanError::usage(message).hint("add upgrade to --tiers, or leave --from out"));
    }
    let main = opened.main.as_ref().map(|main| &main.point);
    let point = match typed.or(main.filter(|main| main.version.as_str() == from)) {
        Some(point) => point,
        None => opened.version(from)?,
    };
    if point.version == head.version {
        let message = format!("{} is no upgrade from itself: nothing would move", head.version);
        return Err(PlanError::usage(message)
            .hint("name another version with --from, or another head with RECIPE@VERSION"));
    }
    if is_newer(point, head) {
        let message = format!(
            "--from {} is newer than {}, the version that is tested: that would be a downgrade",
            point.version, head.version
        );
        return Err(PlanError::usage(message)
            .hint("name an older version with --from, or a newer head with RECIPE@VERSION"));
    }
    Ok((Some(point), "asked for with --from".to_owned()))
}

/// True where both points say which version they are, and the base's is the newer one. A commit without a
/// version may be older or newer.
#[must_use]
pub fn is_newer(base: &Point, head: &Point) -> bool {
    let named = |point: &Point| point.declared.as_ref().map(|version| version.as_str().to_owned());
    match (named(base), named(head)) {
        (Some(base), Some(head)) => compare_versions(&base, &head).is_gt(),
        (Some(_) | None, _) => false,
    }
}
