//! Limits against files that are made to exhaust a reader.

use super::{Problem, ProblemKind};
use crate::Place;

/// Bytes of one file. The largest compose file found in the wild has some 10 kB.
pub(crate) const BYTES: usize = 1 << 20;
/// Nesting of mappings and lists; compose files need 8.
pub(crate) const DEPTH: usize = 64;
/// Nodes after every alias is replaced by what it stands for.
pub(crate) const NODES: usize = 20_000;
/// Bytes of all texts together, after every alias is replaced; again after every variable is.
pub(crate) const TEXT: usize = 8 << 20;

/// Counts down while a tree grows.
#[derive(Debug)]
pub(crate) struct Budget {
    nodes: usize,
    text: usize,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self { nodes: NODES, text: TEXT }
    }

    pub(crate) fn take(&mut self, nodes: usize, place: &Place) -> Result<(), Problem> {
        match self.nodes.checked_sub(nodes) {
            Some(left) => {
                self.nodes = left;
                Ok(())
            }
            None => Err(over(place, "number of nodes, aliases replaced,", NODES)),
        }
    }

    pub(crate) fn text(&mut self, bytes: usize, place: &Place) -> Result<(), Problem> {
        match self.text.checked_sub(bytes) {
            Some(left) => {
                self.text = left;
                Ok(())
            }
            None => Err(over(place, "text in bytes, references replaced,", TEXT)),
        }
    }

    pub(crate) fn depth(&self, depth: usize, place: &Place) -> Result<(), Problem> {
        if depth > DEPTH { Err(over(place, "nesting", DEPTH)) } else { Ok(()) }
    }
}

pub(crate) fn over(place: &Place, what: &'static str, limit: usize) -> Problem {
    Problem::new(place, "", ProblemKind::Budget { what, limit })
}
