//! Who must act, and why: `classification.json` and `classification.md`.

mod json;
mod markdown;

pub use json::{CLASSIFICATION_SCHEMA, render as render_json};
pub(crate) use markdown::actor;
pub use markdown::render as render_markdown;

#[cfg(test)]
mod tests {
    use crate::fixtures;

    #[test]
    fn whole_files() {
        for (name, run) in fixtures::all() {
            insta::assert_snapshot!(format!("{name}_json"), super::render_json(&run).unwrap());
            insta::assert_snapshot!(format!("{name}_md"), super::render_markdown(&run));
        }
    }
}
