//! Images that items wait for.

use std::collections::{BTreeMap, BTreeSet};

use crate::item::ItemId;

#[derive(Debug, Clone)]
enum Image {
    Wanted(BTreeSet<ItemId>),
    Ready,
    Failed(String),
}

/// Which images are there, and which items wait for the others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Images(BTreeMap<String, Image>);

impl Images {
    /// Which of `images` are not there; `item` waits for them from now on.
    pub(crate) fn missing(&mut self, images: &BTreeSet<String>, item: &ItemId) -> BTreeSet<String> {
        let mut missing = BTreeSet::new();
        for name in images {
            let image =
                self.0.entry(name.clone()).or_insert_with(|| Image::Wanted(BTreeSet::new()));
            match image {
                Image::Wanted(waiters) => {
                    waiters.insert(item.clone());
                    missing.insert(name.clone());
                }
                Image::Failed(_) => {
                    missing.insert(name.clone());
                }
                Image::Ready => {}
            }
        }
        missing
    }

    /// True where no item has asked for the image and no event has named it.
    pub(crate) fn is_new(&self, image: &str) -> bool {
        !self.0.contains_key(image)
    }

    /// The first of `images` that cannot be had, and why.
    pub(crate) fn failed(&self, images: &BTreeSet<String>) -> Option<(String, String)> {
        images.iter().find_map(|name| match self.0.get(name) {
            Some(Image::Failed(why)) => Some((name.clone(), why.clone())),
            Some(Image::Wanted(_) | Image::Ready) | None => None,
        })
    }

    /// The image is there; returns the items that waited for it.
    pub(crate) fn ready(&mut self, image: &str) -> BTreeSet<ItemId> {
        self.set(image, Image::Ready)
    }

    /// The image cannot be had; returns the items that waited for it.
    pub(crate) fn fail(&mut self, image: &str, why: String) -> BTreeSet<ItemId> {
        self.set(image, Image::Failed(why))
    }

    fn set(&mut self, image: &str, to: Image) -> BTreeSet<ItemId> {
        match self.0.insert(image.to_owned(), to) {
            Some(Image::Wanted(waiters)) => waiters,
            Some(Image::Ready | Image::Failed(_)) | None => BTreeSet::new(),
        }
    }

    /// Removes `item` from those that wait.
    pub(crate) fn forget(&mut self, images: &BTreeSet<String>, item: &ItemId) {
        for name in images {
            if let Some(Image::Wanted(waiters)) = self.0.get_mut(name) {
                waiters.remove(item);
            }
        }
    }
}
