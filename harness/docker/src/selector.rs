//! Selectors as the engine's filters.

use std::collections::HashMap;

use cc_ci_engine::Selector;

/// The filters of a list request.
pub(crate) type Filters = HashMap<String, Vec<String>>;

/// The label filter that finds what `selector` means.
pub(crate) fn filters(selector: &Selector) -> Filters {
    let labels: Vec<String> = selector
        .labels
        .iter()
        .map(|(key, value)| if value.is_empty() { key.clone() } else { format!("{key}={value}") })
        .collect();
    if labels.is_empty() { Filters::new() } else { Filters::from([("label".to_owned(), labels)]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_asks_for_the_key_alone() {
        let selector =
            Selector { labels: vec![("a".into(), "1".into()), ("b".into(), String::new())] };
        assert_eq!(filters(&selector)["label"], ["a=1", "b"]);
        assert!(filters(&Selector::default()).is_empty());
    }
}
