//! Why a text is not a grant.

use cc_ci_recipe::{Place, nearest};
use thiserror::Error;

use crate::grant::FORMS;

/// Why a text is not a grant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GrantError {
    /// The word is not known.
    #[error("{text:?} is no grant{}\n  hint: grants are {}", near_words(.near), FORMS.join(", "))]
    Unknown {
        /// As typed.
        text: String,
        /// The form that was probably meant.
        near: Option<&'static str>,
    },
    /// The value behind the colon does not have the form that the word needs.
    #[error("grant {text:?} needs {expected} behind its colon")]
    Value {
        /// As typed.
        text: String,
        /// What would fit.
        expected: &'static str,
    },
    /// The grant is listed twice.
    #[error("grant {text:?} stands twice")]
    Twice {
        /// As typed.
        text: String,
    },
    /// One of the above, with its place.
    #[error("{place}: {source}\n{}", .place.excerpt())]
    At {
        /// Where.
        place: Place,
        /// What.
        source: Box<GrantError>,
    },
}

impl GrantError {
    pub(crate) fn unknown(text: &str) -> Self {
        let word = |form: &'static str| form.split(':').next().unwrap_or(form);
        let typed = text.split(':').next().unwrap_or(text);
        let near = nearest(typed, FORMS.map(word));
        let near = FORMS.into_iter().find(|form| Some(word(form)) == near);
        Self::Unknown { text: text.to_owned(), near }
    }
}

fn near_words(near: &Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}
