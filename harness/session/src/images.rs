//! The images that can be built here: those of the root that was named or found, and the program's own.

use std::io;
use std::path::Path;
use std::sync::OnceLock;

use cc_ci_node::images::{Catalogue, ImageError};
use cc_ci_plan::Root;

use crate::Failure;

/// Where a root has the definitions of images.
const FOLDER: &str = "recipes/images";

/// Definitions of images. The program's own are unpacked and read once the root lacks an image.
pub struct Images {
    root: Root,
    /// Those of the root that was named or found; else those of the program.
    first: Catalogue,
    all: OnceLock<Catalogue>,
}

impl Images {
    /// The images of `root`.
    ///
    /// # Errors
    /// A definition is not valid, or the program's own definitions cannot be unpacked.
    pub fn of(root: &Root) -> Result<Self, Failure> {
        let (first, all) = match root.given().filter(|root| root.join(FOLDER).is_dir()) {
            Some(given) => (load(given)?, OnceLock::new()),
            None => {
                let bundled = load(root.bundled()?)?;
                (bundled.clone(), OnceLock::from(bundled))
            }
        };
        Ok(Self { root: root.clone(), first, all })
    }

    /// A catalogue that has the image, if there is a definition of it anywhere.
    ///
    /// # Errors
    /// The program's own definitions are needed and cannot be read.
    pub fn having(&self, name_and_tag: &str) -> Result<&Catalogue, ImageError> {
        if self.first.has(name_and_tag) { Ok(&self.first) } else { self.all() }
    }

    /// The images of the root, and the program's own that it does not have.
    ///
    /// # Errors
    /// The program's own definitions cannot be read.
    pub fn all(&self) -> Result<&Catalogue, ImageError> {
        if let Some(all) = self.all.get() {
            return Ok(all);
        }
        let bundled = self.root.bundled().map_err(|error| ImageError::File {
            path: self.root.unpacked_to().to_owned(),
            verb: "written",
            source: io::Error::other(error),
        })?;
        let all = self.first.clone().or(load(bundled)?);
        Ok(self.all.get_or_init(|| all))
    }
}

fn load(root: &Path) -> Result<Catalogue, ImageError> {
    Catalogue::load(&root.join(FOLDER))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_programs_own_images_are_unpacked_once_the_root_lacks_one() {
        let (root, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(root.path().join("suites")).unwrap();
        let image = root.path().join(FOLDER).join("shop");
        fs::create_dir_all(&image).unwrap();
        fs::write(image.join("Dockerfile"), "FROM x\n").unwrap();
        let manifest =
            "schema = 1\ndescription = \"x\"\n[[build]]\ntag = \"1\"\nbase = \"trixie\"\n";
        fs::write(image.join("image.toml"), manifest).unwrap();
        let found = Root::find(Some(root.path()), None, state.path()).unwrap();
        let images = Images::of(&found).unwrap();
        assert_eq!(images.having("shop:1").unwrap().names(), ["shop:1"]);
        assert!(fs::read_dir(state.path()).unwrap().next().is_none());
        assert!(images.having("gateway:2").unwrap().has("gateway:2"));
        assert!(images.all().unwrap().has("shop:1"));
        assert!(fs::read_dir(state.path()).unwrap().next().is_some());
    }
}
