//! The tree over the records of a run: the Merkle tree hash of RFC 6962, section 2.1.
//!
//! Its root is one value that stands for all records in their order. The tree of a run that goes on is kept as
//! the roots of its whole subtrees, so that memory grows with the logarithm of the number of records.

use sha2::{Digest as _, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

/// The hash of one leaf, whose data comes in parts. The zero byte keeps a leaf from passing for a node.
pub(crate) fn leaf(data: &[&[u8]]) -> Hash {
    let begun = Sha256::new().chain_update([0]);
    data.iter().fold(begun, |hash, part| hash.chain_update(part)).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The hash in hexadecimal digits.
#[must_use]
pub fn hex(hash: &Hash) -> String {
    cc_ci_model::hex(hash)
}

/// The hash that stands in `text` as [`hex`] writes it; nothing where none does.
#[must_use]
pub fn from_hex(text: &str) -> Option<Hash> {
    let digit = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..text.len()).step_by(2).map_while(digit).collect();
    let hash = bytes.try_into().ok()?;
    (hex(&hash) == text).then_some(hash)
}

/// A tree that leaves are appended to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    /// Roots of the largest whole subtrees, from left to right: one for each bit of `size` that is set.
    whole: Vec<Hash>,
}

impl Tree {
    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut before = self.size;
        // Each bit that the new leaf carries over joins two subtrees of one height.
        while before & 1 == 1 {
            if let Some(left) = self.whole.pop() {
                hash = node(&left, &hash);
            }
            before >>= 1;
        }
        self.whole.push(hash);
        self.size += 1;
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root; of a tree without leaves the SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let joined = self.whole.iter().rev().copied().reduce(|right, left| node(&left, &right));
        joined.unwrap_or_else(|| Sha256::digest([]).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inputs and roots that implementations of Certificate Transparency are tested with
    /// (`merkletree` of certificate-transparency).
    #[test]
    fn the_known_trees_have_the_known_roots() {
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::default();
        assert_eq!(hex(&tree.root()), roots[0]);
        assert_eq!(from_hex(roots[0]), Some(tree.root()));
        assert_eq!(from_hex(&roots[0].to_uppercase()), None);
        assert_eq!(from_hex(&roots[0][1..]), None);
        for (at, input) in inputs.iter().enumerate() {
            tree.push(leaf(&[input]));
            assert_eq!((tree.size(), hex(&tree.root())), (at as u64 + 1, roots[at + 1].to_owned()));
        }
    }

    /// The definition, as the RFC writes it down.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => *leaf,
            leaves => {
                // The largest power of two below the number of leaves.
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn a_tree_that_grows_is_the_tree_of_the_definition() {
        let mut tree = Tree::default();
        let leaves: Vec<Hash> = (0_u32..200).map(|number| leaf(&[&number.to_be_bytes()])).collect();
        for (at, leaf) in leaves.iter().enumerate() {
            tree.push(*leaf);
            assert_eq!(tree.root(), by_definition(&leaves[..=at]), "{at}");
        }
    }
}
