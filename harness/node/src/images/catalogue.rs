//! Every image that can be built here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cc_ci_model::nearest;

use super::ImageError;
use super::manifest::{Build, FILE, Manifest};
use super::reference::split;

/// The name of an image's Dockerfile in its folder.
const DOCKERFILE: &str = "Dockerfile";

/// Every image that can be built here, by the folders of `recipes/images`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    pub(super) images: BTreeMap<String, Image>,
}

/// One folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) manifest: Manifest,
}

/// One tag of one image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) image: &'a Image,
    pub(super) build: &'a Build,
}

impl Target<'_> {
    /// `nginx:1.22`
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.image.name, self.build.tag)
    }

    /// The text of its Dockerfile.
    pub(super) fn dockerfile(&self) -> Result<String, ImageError> {
        let path = self.image.folder.join(DOCKERFILE);
        std::fs::read_to_string(&path).map_err(ImageError::read(path))
    }
}

impl Catalogue {
    /// Reads every image's folder under `folder`.
    ///
    /// # Errors
    /// A folder without a Dockerfile, or a manifest that is not as it should be.
    pub fn load(folder: &Path) -> Result<Self, ImageError> {
        let mut images = BTreeMap::new();
        for entry in std::fs::read_dir(folder).map_err(ImageError::read(folder))? {
            let folder = entry.map_err(ImageError::read(folder))?.path();
            if !folder.is_dir() {
                continue;
            }
            let name =
                folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let manifest = Manifest::load(&folder.join(FILE))?;
            let dockerfile = folder.join(DOCKERFILE);
            std::fs::metadata(&dockerfile).map_err(ImageError::read(dockerfile))?;
            images.insert(name.clone(), Image { name, folder, manifest });
        }
        Ok(Self { images })
    }

    /// These images, and those of `others` whose names are not among them.
    #[must_use]
    pub fn or(mut self, others: Self) -> Self {
        for (name, image) in others.images {
            self.images.entry(name).or_insert(image);
        }
        self
    }

    /// True where there is a definition of an image of this name, with or without this tag.
    #[must_use]
    pub fn has(&self, name_and_tag: &str) -> bool {
        self.images.contains_key(split(name_and_tag).0)
    }

    /// Names with tags of everything that can be built, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.targets().iter().map(Target::name).collect()
    }

    pub(super) fn targets(&self) -> Vec<Target<'_>> {
        self.images.values().flat_map(Image::targets).collect()
    }

    /// What `names` mean: all tags of a name, one tag, or everything where there is no name.
    pub(super) fn choose(&self, names: &[String]) -> Result<Vec<Target<'_>>, ImageError> {
        if names.is_empty() {
            return Ok(self.targets());
        }
        let mut chosen: Vec<Target<'_>> = Vec::new();
        for name in names {
            chosen.extend(self.find(name)?);
        }
        chosen.sort_by_key(Target::name);
        chosen.dedup_by_key(|target| target.name());
        Ok(chosen)
    }

    /// One tag, or all tags of a bare name.
    pub(super) fn find(&self, wanted: &str) -> Result<Vec<Target<'_>>, ImageError> {
        let (name, tag) = split(wanted);
        let found: Vec<_> = self
            .images
            .get(name)
            .into_iter()
            .flat_map(Image::targets)
            .filter(|target| tag.is_none_or(|tag| target.build.tag == tag))
            .collect();
        if found.is_empty() {
            return Err(self.unknown(wanted));
        }
        Ok(found)
    }

    /// The only target of that name. A bare name with several tags names nothing.
    pub(super) fn one(&self, wanted: &str) -> Result<Target<'_>, ImageError> {
        let found = self.find(wanted)?;
        let [target] = found.as_slice() else {
            let near = found.first().map(Target::name);
            return Err(ImageError::Unknown { name: wanted.to_owned(), near });
        };
        Ok(*target)
    }

    fn unknown(&self, wanted: &str) -> ImageError {
        let bare = self.images.keys().cloned();
        let candidates: Vec<String> =
            if wanted.contains(':') { self.names() } else { bare.collect() };
        let near = nearest(wanted, candidates.iter().map(String::as_str)).map(str::to_owned);
        ImageError::Unknown { name: wanted.to_owned(), near }
    }
}

impl Image {
    fn targets(&self) -> impl Iterator<Item = Target<'_>> {
        self.manifest.builds.iter().map(move |build| Target { image: self, build })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn catalogue() -> (tempfile::TempDir, Result<Catalogue, ImageError>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, tags) in [("nginx", &["1.22", "1.26"][..]), ("restic", &["0.18"])] {
            let folder = folder.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("Dockerfile"), "FROM x\n").unwrap();
            let mut text = "schema = 1\ndescription = \"x\"\n".to_owned();
            for tag in tags {
                text += &format!("[[build]]\ntag = \"{tag}\"\nbase = \"trixie\"\n");
            }
            std::fs::write(folder.join(FILE), text).unwrap();
        }
        std::fs::write(folder.path().join("README.md"), "").unwrap();
        let catalogue = Catalogue::load(folder.path());
        (folder, catalogue)
    }

    #[rstest]
    #[case::everything(&[], &["nginx:1.22", "nginx:1.26", "restic:0.18"])]
    #[case::all_tags(&["nginx"], &["nginx:1.22", "nginx:1.26"])]
    #[case::one_tag(&["nginx:1.26"], &["nginx:1.26"])]
    #[case::no_repeats(&["nginx:1.26", "nginx", "restic"], &["nginx:1.22", "nginx:1.26", "restic:0.18"])]
    fn chooses(#[case] names: &[&str], #[case] expected: &[&str]) {
        let (_folder, catalogue) = catalogue();
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let catalogue = catalogue.unwrap();
        let chosen: Vec<_> = catalogue.choose(&names).unwrap().iter().map(Target::name).collect();
        assert_eq!(chosen, expected);
    }

    #[rstest]
    #[case::tag("nginx:1.27", "there is no image nginx:1.27 (hint: did you mean nginx:1.26?)")]
    #[case::name("ngnix", "there is no image ngnix (hint: did you mean nginx?)")]
    #[case::nothing_near("zzz", "there is no image zzz")]
    fn suggests_the_near_name(#[case] wanted: &str, #[case] expected: &str) {
        let (_folder, catalogue) = catalogue();
        assert_eq!(catalogue.unwrap().find(wanted).unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_name_of_the_first_catalogue_hides_that_of_the_second() {
        let ((first, _), (second, all)) = (catalogue(), catalogue());
        std::fs::remove_dir_all(first.path().join("restic")).unwrap();
        let both = Catalogue::load(first.path()).unwrap().or(all.unwrap());
        let folder = |name: &str| both.images[name].folder.clone();
        assert_eq!(folder("nginx"), first.path().join("nginx"));
        assert_eq!(folder("restic"), second.path().join("restic"));
    }

    #[rstest]
    #[case::manifest(FILE)]
    #[case::dockerfile("Dockerfile")]
    fn an_incomplete_folder_is_named(#[case] file: &str) {
        let (folder, _) = catalogue();
        let path = folder.path().join("restic").join(file);
        std::fs::remove_file(&path).unwrap();
        let error = Catalogue::load(folder.path()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{} cannot be read", path.display())), "{error}");
    }

    #[test]
    fn the_projects_own_images_load() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes/images");
        let names = Catalogue::load(&folder).unwrap().names();
        for name in ["gateway:2", "restic:0.18", "traefik:3.7", "registry:2.8"] {
            assert!(names.iter().any(|found| found == name), "{name}");
        }
    }
}
