//! What is made next. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::Release;

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The base of a release is on the engine.
    Base(Release),
    /// The image of this name and tag is on the engine.
    Image(String),
    /// The local registry answers.
    Registry,
    /// The image of this name and tag is in the local registry.
    Sent(String),
}

impl Part {
    /// The image that it is about.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Image(name) | Self::Sent(name) => Some(name),
            Self::Base(_) | Self::Registry => None,
        }
    }
}

/// How far a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It was not begun.
    Waiting,
    /// It is being made.
    Running,
    /// It is there.
    Made,
    /// It could not be made, or something that it needs could not.
    Failed,
}

/// A part with what it waits for.
#[derive(Debug, Clone)]
struct Entry {
    /// Parts that have to be made before.
    needs: BTreeSet<Part>,
    /// Parts that are not made at the same time: the second of two takes what the first of them left in the engine.
    apart: BTreeSet<Part>,
    state: State,
    /// Place in the line; the least is next.
    place: (bool, usize),
}

/// Parts in the order in which they are made: those that are wanted first, then as they were added.
#[derive(Debug, Default)]
pub(super) struct Queue {
    parts: BTreeMap<Part, Entry>,
    wanted: usize,
}

impl Queue {
    /// Adds a part behind all others. A part that is in the queue stays where it is.
    pub(super) fn add(&mut self, part: Part, needs: &[Part], apart: &[Part]) {
        let place = (true, self.parts.len());
        let (needs, apart) = (needs.iter().cloned().collect(), apart.iter().cloned().collect());
        let entry = Entry { needs, apart, state: State::Waiting, place };
        self.parts.entry(part).or_insert(entry);
    }

    /// Puts a part, and what it needs, before all that was not wanted yet.
    pub(super) fn want(&mut self, part: &Part) {
        let mut open = vec![part.clone()];
        while let Some(part) = open.pop() {
            let Some(entry) = self.parts.get_mut(&part) else { continue };
            if entry.place.0 {
                entry.place = (false, self.wanted);
                self.wanted += 1;
                open.extend(entry.needs.iter().cloned());
            }
        }
    }

    /// Takes the next part that can be begun. With nothing, either a running part has to end first, or all is over.
    pub(super) fn next(&mut self) -> Option<Part> {
        let ready = |entry: &Entry| {
            entry.state == State::Waiting
                && entry.needs.iter().all(|part| self.state(part) == State::Made)
                && entry.apart.iter().all(|part| self.state(part) != State::Running)
        };
        let ready = self.parts.iter().filter(|(_, entry)| ready(entry));
        let part = ready.min_by_key(|(_, entry)| entry.place).map(|(part, _)| part.clone())?;
        self.set(&part, State::Running);
        Some(part)
    }

    /// A part was made.
    pub(super) fn made(&mut self, part: &Part) {
        self.set(part, State::Made);
    }

    /// A part could not be made. The answer are the parts that cannot be made without it.
    pub(super) fn failed(&mut self, part: &Part) -> Vec<Part> {
        self.set(part, State::Failed);
        let mut lost = Vec::new();
        loop {
            let is_lost = |entry: &Entry| {
                entry.state == State::Waiting
                    && entry.needs.iter().any(|part| self.state(part) == State::Failed)
            };
            let found = self.parts.iter().find(|(_, entry)| is_lost(entry));
            let Some(part) = found.map(|(part, _)| part.clone()) else { return lost };
            self.set(&part, State::Failed);
            lost.push(part);
        }
    }

    /// How far a part is. A part that is not in the queue is taken for there: nothing of this queue makes it.
    pub(super) fn state(&self, part: &Part) -> State {
        self.parts.get(part).map_or(State::Made, |entry| entry.state)
    }

    fn set(&mut self, part: &Part, state: State) {
        if let Some(entry) = self.parts.get_mut(part) {
            entry.state = state;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(name: &str) -> Part {
        Part::Image(name.to_owned())
    }

    /// A base with three images, of which `b` and `c` begin alike.
    fn queue() -> Queue {
        let base = Part::Base(Release::Trixie);
        let mut queue = Queue::default();
        queue.add(base.clone(), &[], &[]);
        queue.add(image("a"), std::slice::from_ref(&base), &[]);
        queue.add(image("b"), std::slice::from_ref(&base), &[image("c")]);
        queue.add(image("c"), &[base], &[image("b")]);
        queue
    }

    fn drained(queue: &mut Queue) -> Vec<Part> {
        let mut order = Vec::new();
        while let Some(part) = queue.next() {
            queue.made(&part);
            order.push(part);
        }
        order
    }

    #[test]
    fn what_is_needed_comes_first() {
        let mut queue = queue();
        let base = queue.next().unwrap();
        assert_eq!(base, Part::Base(Release::Trixie));
        assert_eq!(queue.next(), None, "nothing can begin before the base is there");
        queue.made(&base);
        assert_eq!(queue.next(), Some(image("a")));
        assert_eq!(queue.next(), Some(image("b")));
        assert_eq!(queue.next(), None, "b and c are not made at the same time");
        queue.made(&image("b"));
        assert_eq!(queue.next(), Some(image("c")));
    }

    #[test]
    fn what_is_wanted_overtakes_and_takes_along_what_it_needs() {
        let mut queue = queue();
        queue.want(&image("c"));
        queue.want(&image("unknown"));
        let base = Part::Base(Release::Trixie);
        assert_eq!(drained(&mut queue), [base, image("c"), image("a"), image("b")]);
    }

    #[test]
    fn what_is_wanted_first_stays_first() {
        let mut queue = queue();
        queue.want(&image("b"));
        queue.want(&image("a"));
        assert_eq!(drained(&mut queue)[1..], [image("b"), image("a"), image("c")]);
    }

    #[test]
    fn a_failure_takes_only_what_needs_it() {
        let mut queue = queue();
        queue.next();
        queue.made(&Part::Base(Release::Trixie));
        assert!(queue.failed(&image("b")).is_empty(), "c does not need b");
        assert_eq!(drained(&mut queue), [image("a"), image("c")]);
    }

    #[test]
    fn a_failure_reaches_through_what_needs_it() {
        let mut queue = queue();
        queue.add(Part::Sent("a".to_owned()), &[image("a"), Part::Registry], &[]);
        let base = queue.next().unwrap();
        let lost = queue.failed(&base);
        assert_eq!(lost.len(), 4, "{lost:?}");
        assert_eq!(queue.next(), None);
        assert_eq!(queue.state(&Part::Sent("a".to_owned())), State::Failed);
    }

    #[test]
    fn a_part_that_is_added_twice_is_made_once() {
        let mut queue = queue();
        queue.add(image("a"), &[image("c")], &[]);
        assert_eq!(drained(&mut queue).iter().filter(|part| **part == image("a")).count(), 1);
    }
}
