//! The probes as a page for those who write suites.

use std::fmt::Write as _;

use cc_ci_model::Vantage;

use crate::kinds;

/// The page: each probe, from where it can look, and its settings.
#[must_use]
pub fn probes_page() -> String {
    let mut page = String::from(
        "# Probes\n\nWhat a suite can ask an app. Rendered from `harness/probe/src/probes/`; a test compares. \
         How a suite names them is in [suites](suites.md).\n",
    );
    for kind in kinds() {
        let from: Vec<&str> = kind.from.iter().map(|from| name(*from)).collect();
        let _ = writeln!(
            page,
            "\n## `{}`\n\n{}. From: {}.\n",
            kind.name,
            sentence(kind.about),
            from.join(", ")
        );
        if kind.keys.is_empty() {
            continue;
        }
        page.push_str("| setting | meaning |\n|---|---|\n");
        for key in kind.keys {
            let _ = writeln!(page, "| `{}` | {} |", key.name, key.about.replace('|', "\\|"));
        }
    }
    page
}

fn name(from: Vantage) -> &'static str {
    match from {
        Vantage::Network => "`network`",
        Vantage::Edge => "`edge`",
        Vantage::Host => "`host`",
    }
}

/// The words with a capital letter in front.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_what_the_probes_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../machine-docs/probes.md");
        let page = probes_page();
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == page, "{path} differs from the probes; its content should be:\n{page}");
    }
}
