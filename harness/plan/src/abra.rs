//! What abra writes on an app when it deploys.

use cc_ci_model::{RecipeName, StackSpec};
use cc_ci_recipe::AbraLabels;
use cc_ci_source::Point;

/// Digits of a commit in abra's own labels.
const DIGITS: usize = 8;
/// abra's mark for files that no commit holds.
const UNCOMMITTED: &str = "+U";

/// Writes abra's labels on the app of `spec`, which is the stack at `point`. A version that is not
/// published is deployed as chaos: with its commit, or with the mark of files that are in no commit.
pub fn label(spec: &mut StackSpec, recipe: &RecipeName, point: &Point) {
    let short = point.commit().map(|commit| &commit.as_str()[..DIGITS]);
    let chaos = (!point.is_release()).then(|| short.unwrap_or(UNCOMMITTED));
    AbraLabels { recipe, version: &point.version, chaos }.apply(spec);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use cc_ci_model::{ServiceSpec, StackName, Version};
    use cc_ci_source::{Commit, Place};

    use super::*;

    fn chaos(place: Place) -> (String, Option<String>) {
        let mut spec = StackSpec {
            name: StackName::new("shop-abc123").unwrap(),
            services: BTreeMap::from([("app".to_owned(), ServiceSpec::default())]),
            networks: BTreeMap::new(),
            volumes: BTreeMap::new(),
            secrets: BTreeMap::new(),
            configs: BTreeMap::new(),
        };
        let version = Version::new("1.0.0+2").unwrap();
        let point = Point { version, declared: None, place };
        label(&mut spec, &RecipeName::new("shop").unwrap(), &point);
        let labels = &spec.services["app"].labels;
        let get = |name: &str| labels.get(&format!("coop-cloud.shop-abc123.{name}")).cloned();
        assert_eq!(get("recipe").unwrap(), "shop");
        assert_eq!(get("version").unwrap(), "1.0.0+2");
        (get("chaos").unwrap(), get("chaos-version"))
    }

    #[test]
    fn only_what_was_published_is_no_chaos() {
        let commit = || Commit::new("0123456789abcdef0123456789abcdef01234567").unwrap();
        let no = ("false".to_owned(), None);
        assert_eq!(chaos(Place::Tag { commit: commit(), annotated: true }), no);
        assert_eq!(chaos(Place::Folder(Path::new("/r/versions/1.0.0+2").into())), no);
        let yes = |version: &str| ("true".to_owned(), Some(version.to_owned()));
        assert_eq!(chaos(Place::Commit(commit())), yes("01234567"));
        assert_eq!(chaos(Place::Folder(Path::new("/r").into())), yes("+U"));
    }
}
