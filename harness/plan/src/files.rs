//! The files that a unit is made of, each by its hash: a reader of the run can see whether a file is the one that
//! was tested.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use cc_ci_model::{sha256_hex, sha256_hex_of};
use cc_ci_recipe::Recipe;
use cc_ci_source::Point;
use cc_ci_suite::FLOOR;

/// The most files of one unit that are named; a recipe has a few dozen.
const MOST: usize = 2_000;

/// SHA-256 of each file of the versions at `points` and of the recipe's suite below `suites`, by paths that are
/// the same in every run.
///
/// # Errors
/// A file that is there cannot be read.
pub(crate) fn hashes(
    recipe: &Recipe,
    points: &[&Point],
    suites: Option<&Path>,
) -> io::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for point in points {
        let version = &point.version;
        add(&recipe.folder(version), &format!("recipe/{version}"), &mut found)?;
    }
    let floor = suites.map(|suites| suites.join("generic.toml")).filter(|floor| floor.is_file());
    let floor = match floor {
        Some(floor) => sha256_hex_of(File::open(floor)?)?,
        None => sha256_hex(FLOOR.as_bytes()),
    };
    found.insert("suites/generic.toml".to_owned(), floor);
    if let Some(own) = suites.map(|suites| suites.join(recipe.name.as_str()))
        && own.is_dir()
    {
        add(&own, &format!("suites/{}", recipe.name), &mut found)?;
    }
    Ok(found)
}

/// Every file below `folder` as `name/…`. A link counts by where it leads to: what is behind it may be elsewhere.
fn add(folder: &Path, name: &str, found: &mut BTreeMap<String, String>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name() == ".git" || found.len() >= MOST {
            continue;
        }
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if kind.is_dir() {
            add(&path, &name, found)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(&path)?;
            found.insert(name, sha256_hex(target.as_os_str().as_encoded_bytes()));
        } else if kind.is_file() {
            found.insert(name, sha256_hex_of(File::open(&path)?)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cc_ci_model::RunId;

    use super::*;
    use crate::asked::Asked;
    use crate::planner::Wish;
    use crate::testing::Testing;

    const COMPOSE: &str = "services:\n  app:\n    image: app:1\n";

    async fn planned(root: &Path, run: &str) -> BTreeMap<String, String> {
        let planner = Testing::named(root, &root.join("state"));
        let run = RunId::new(run).unwrap();
        let planned = planner.plan(&run, &Asked::parse("shop"), &Wish::default()).await;
        planned.unwrap_or_else(|error| panic!("{}", error.text())).unit.files
    }

    #[tokio::test]
    async fn each_file_of_recipe_and_suite_is_named_with_its_hash() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("recipes/shop/recipe.toml", "schema = 1\n");
        write("recipes/shop/versions/1.0.0+1/compose.yml", COMPOSE);
        write("recipes/shop/versions/1.0.0+1/conf/README", "a\n");
        write("suites/generic.toml", "schema = 1\n");
        write("suites/shop/suite.toml", "schema = 1\n");
        let first = planned(root.path(), "r1").await;
        let names: Vec<&str> = first.keys().map(String::as_str).collect();
        let expected = [
            "recipe/1.0.0+1/compose.yml",
            "recipe/1.0.0+1/conf/README",
            "suites/generic.toml",
            "suites/shop/suite.toml",
        ];
        assert_eq!(names, expected);
        assert_eq!(first["recipe/1.0.0+1/compose.yml"], sha256_hex(COMPOSE.as_bytes()));
        assert_eq!(planned(root.path(), "r2").await, first);

        // One byte of a file that decides nothing is seen all the same.
        write("recipes/shop/versions/1.0.0+1/conf/README", "b\n");
        let second = planned(root.path(), "r3").await;
        let changed: Vec<_> = first.iter().filter(|(name, hash)| second[*name] != **hash).collect();
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].0, "recipe/1.0.0+1/conf/README");
    }
}
