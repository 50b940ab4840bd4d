//! Selectors as the engine's filters.

use std::collections::HashMap;

use cc_ci_engine::{Selector, Term};

/// The filters of a list request.
pub(crate) type Filters = HashMap<String, Vec<String>>;

/// The label filter that finds at least what `selector` means.
///
/// Parts of the engine take `label=key=` for `label=key` (services, secrets and configs do in 20.10),
/// and no filter excludes a label. So every answer is compared with the selector again.
pub(crate) fn filters(selector: &Selector) -> Filters {
    let label = |term: &Term| match term {
        Term::Has(key) => key.clone(),
        Term::Is(key, value) => format!("{key}={value}"),
    };
    Filters::from([("label".to_owned(), selector.terms().map(label).collect())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_with_a_value_never_asks_for_the_key_alone() {
        let selector = Selector::label("a", "1").and("b", "").without("c");
        assert_eq!(filters(&selector)["label"], ["a=1", "b="]);
        assert_eq!(filters(&Selector::has("b"))["label"], ["b"]);
    }
}
