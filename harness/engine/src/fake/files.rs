//! The files that a container of the fake sees.

use std::collections::BTreeMap;

/// Paths and their content.
pub(super) type Tree = BTreeMap<String, Vec<u8>>;

/// Folders that every image has.
const FOLDERS: [&str; 8] = ["/", "/etc", "/home", "/opt", "/run", "/tmp", "/usr", "/var"];

/// One container's own files and the volumes mounted over them.
#[derive(Debug)]
pub(super) struct Files<'a> {
    pub(super) own: &'a mut Tree,
    pub(super) volumes: &'a mut BTreeMap<String, Tree>,
    /// Volume name and path in the container.
    pub(super) mounts: &'a [(String, String)],
}

impl Files<'_> {
    /// The tree that holds `path`, and the path within it.
    fn place(&mut self, path: &str) -> (&mut Tree, String) {
        let mount = self.mounts.iter().find_map(|(volume, target)| {
            let rest = path.strip_prefix(target.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then(|| (volume.clone(), rest.to_owned()))
        });
        match mount {
            Some((volume, rest)) => (self.volumes.entry(volume).or_default(), rest),
            None => (&mut *self.own, path.to_owned()),
        }
    }

    pub(super) fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        let (tree, path) = self.place(path);
        tree.get(&path).cloned()
    }

    /// Writes a file; false where its folder does not exist.
    pub(super) fn write(&mut self, path: &str, content: Vec<u8>) -> bool {
        let folder = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
        if !self.has_folder(if folder.is_empty() { "/" } else { folder }) {
            return false;
        }
        let (tree, path) = self.place(path);
        tree.insert(path, content);
        true
    }

    pub(super) fn erase(&mut self, path: &str) -> bool {
        let (tree, path) = self.place(path);
        tree.remove(&path).is_some()
    }

    pub(super) fn has_folder(&mut self, folder: &str) -> bool {
        let inside = format!("{}/", folder.trim_end_matches('/'));
        FOLDERS.contains(&folder)
            || self.mounts.iter().any(|(_, target)| target == folder || target.starts_with(&inside))
            || self.own.keys().any(|path| path.starts_with(&inside))
            || self.volumes_below(&inside)
    }

    fn volumes_below(&mut self, inside: &str) -> bool {
        let (tree, rest) = self.place(inside);
        rest != inside && tree.keys().any(|path| path.starts_with(&rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_hides_the_container_below_it() {
        let (mut own, mut volumes) = (Tree::new(), BTreeMap::new());
        let mounts = [("data".to_owned(), "/srv/data".to_owned())];
        let mut files = Files { own: &mut own, volumes: &mut volumes, mounts: &mounts };
        assert!(files.write("/srv/data/a", b"1".to_vec()));
        assert!(files.write("/tmp/a", b"2".to_vec()));
        assert!(!files.write("/srv/database/a", b"3".to_vec()), "no such folder");
        assert_eq!(files.read("/srv/data/a").as_deref(), Some(&b"1"[..]));
        assert!(files.erase("/tmp/a") && !files.erase("/tmp/a"));
        assert_eq!(volumes["data"]["/a"], b"1");
        assert!(own.is_empty());
    }
}
