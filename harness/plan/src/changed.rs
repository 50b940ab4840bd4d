//! Which recipes of a catalogue a change concerns.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// The recipes of `names` that a change of `paths` concerns, which are relative to the catalogue's root.
///
/// Files of a recipe and of its suite concern the recipe. The floor of all suites, definitions of images, and the
/// harness itself concern all of them. Nothing else does: pages, tests, other recipes.
pub(crate) fn concerned(names: Vec<String>, paths: &BTreeSet<PathBuf>) -> Vec<String> {
    if paths.iter().any(|path| concerns_all(path)) {
        return names;
    }
    let owners: BTreeSet<&str> = paths.iter().filter_map(|path| owner(path)).collect();
    names.into_iter().filter(|name| owners.contains(name.as_str())).collect()
}

fn concerns_all(path: &Path) -> bool {
    let all = ["suites/generic.toml", "Cargo.toml", "Cargo.lock"];
    let folders = ["recipes/images", "harness"];
    all.iter().any(|file| path == Path::new(file))
        || folders.iter().any(|folder| path.starts_with(folder))
}

/// The recipe whose file it is.
fn owner(path: &Path) -> Option<&str> {
    let mut parts = path.components().map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let folder = parts.next()??;
    let name = parts.next()??;
    matches!(folder, "recipes" | "suites").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::nothing(&[], &[])]
    #[case::a_recipe(&["recipes/shop/versions/1.0.0+1/compose.yml"], &["shop"])]
    #[case::a_suite(&["suites/wiki/suite.toml", "README.md"], &["wiki"])]
    #[case::both(&["recipes/shop/recipe.toml", "suites/wiki/suite.toml"], &["shop", "wiki"])]
    #[case::a_name_that_only_begins_alike(&["recipes/shop-2/compose.yml"], &[])]
    #[case::pages_and_tests(&["machine-docs/glossary.md", "tests/nightly.rs"], &[])]
    #[case::the_floor(&["suites/generic.toml"], &["shop", "wiki"])]
    #[case::an_image(&["recipes/images/nginx/Dockerfile"], &["shop", "wiki"])]
    #[case::the_harness(&["harness/runner/src/run.rs"], &["shop", "wiki"])]
    fn a_change_concerns_recipes(#[case] paths: &[&str], #[case] expected: &[&str]) {
        let names = ["shop", "wiki"].map(str::to_owned).to_vec();
        let paths = paths.iter().map(PathBuf::from).collect();
        assert_eq!(concerned(names, &paths), expected);
    }
}
