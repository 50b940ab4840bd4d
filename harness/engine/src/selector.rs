//! Which objects of an engine are meant.

use std::collections::BTreeMap;

use crate::LABEL_NAMESPACE;

/// What one label of an object has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// The label is there, whatever its value.
    Has(String),
    /// The label is there and has exactly this value.
    Is(String, String),
}

impl Term {
    /// True where `labels` fulfil the term. A term without a key and a term with an empty value are
    /// never fulfilled: an empty value is a mistake of the caller or of the label's author, and must
    /// not select anything.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        match self {
            Self::Has(key) => !key.is_empty() && labels.contains_key(key),
            Self::Is(key, value) => {
                !key.is_empty() && !value.is_empty() && labels.get(key) == Some(value)
            }
        }
    }
}

/// Which objects are meant: those that fulfil every term and carry none of the excluded labels.
///
/// A selector has at least one term, so no selector means every object. The port lists every object
/// only through [`Swarm::everything`](crate::Swarm::everything) and
/// [`Containers::all_containers`](crate::Containers::all_containers).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    first: Term,
    more: Vec<Term>,
    without: Vec<String>,
}

impl Selector {
    /// Objects whose `label` has exactly `value`. An empty `value` matches nothing.
    #[must_use]
    pub fn label(label: &str, value: &str) -> Self {
        Self::of(Term::Is(label.to_owned(), value.to_owned()))
    }

    /// Objects that carry `label`, whatever its value.
    #[must_use]
    pub fn has(label: &str) -> Self {
        Self::of(Term::Has(label.to_owned()))
    }

    /// Objects of a stack.
    #[must_use]
    pub fn stack(name: &str) -> Self {
        Self::label(LABEL_NAMESPACE, name)
    }

    fn of(first: Term) -> Self {
        Self { first, more: Vec::new(), without: Vec::new() }
    }

    /// Of these objects only those whose `label` has exactly `value`.
    #[must_use]
    pub fn and(mut self, label: &str, value: &str) -> Self {
        self.more.push(Term::Is(label.to_owned(), value.to_owned()));
        self
    }

    /// Of these objects only those that do not carry `label`.
    #[must_use]
    pub fn without(mut self, label: &str) -> Self {
        self.without.push(label.to_owned());
        self
    }

    /// What the labels of an object have to be; at least one term.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// True where an object with these labels is meant.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.terms().all(|term| term.matches(labels))
            && !self.without.iter().any(|label| labels.contains_key(label))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::value(Selector::label("run", "a"), &[("run", "a")], true)]
    #[case::another_value(Selector::label("run", "a"), &[("run", "b")], false)]
    #[case::an_empty_value_selects_no_value(Selector::label("run", ""), &[("run", "a")], false)]
    #[case::an_empty_value_selects_no_empty_value(Selector::label("run", ""), &[("run", "")], false)]
    #[case::an_empty_stack(Selector::stack(""), &[(LABEL_NAMESPACE, "")], false)]
    #[case::no_key(Selector::has(""), &[("", "a")], false)]
    #[case::has(Selector::has("run"), &[("run", "")], true)]
    #[case::has_not(Selector::has("run"), &[("unit", "a")], false)]
    #[case::both(Selector::label("run", "a").and("unit", "u"), &[("run", "a"), ("unit", "u")], true)]
    #[case::one_of_two(Selector::label("run", "a").and("unit", "u"), &[("run", "a")], false)]
    #[case::second_is_empty(Selector::label("run", "a").and("unit", ""), &[("run", "a"), ("unit", "")], false)]
    #[case::without(Selector::has("run").without("lease"), &[("run", "a"), ("lease", "")], false)]
    fn a_selector_means_what_it_says(
        #[case] selector: Selector,
        #[case] labels: &[(&str, &str)],
        #[case] matches: bool,
    ) {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!(selector.matches(&labels), matches);
    }
}
