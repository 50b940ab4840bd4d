//! What can be wrong with an environment file.

use thiserror::Error;

use crate::Place;

/// What is wrong with a line of `.env.sample` or `abra.sh`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnvError {
    /// The line is neither an assignment nor a comment.
    #[error("{place}: expected NAME=value\n{}", .place.excerpt())]
    NotAssignment {
        /// Where.
        place: Place,
    },
    /// The name is not one.
    #[error("{place}: {name:?} is not a variable name\n{}\n  hint: letters, digits and _, not starting with a digit", .place.excerpt())]
    BadName {
        /// Where.
        place: Place,
        /// What stands there.
        name: String,
    },
    /// A quote is opened and not closed on its line.
    #[error("{place}: the quote {quote} is not closed on its line\n{}", .place.excerpt())]
    OpenQuote {
        /// Where the quote opens.
        place: Place,
        /// The quote.
        quote: char,
    },
    /// Something follows a closed quote.
    #[error("{place}: {rest:?} follows the closing quote\n{}", .place.excerpt())]
    AfterQuote {
        /// Where.
        place: Place,
        /// What follows.
        rest: String,
    },
    /// A variable reference that cannot be carried out.
    #[error("{place}: {message}\n{}", .place.excerpt())]
    Reference {
        /// Where.
        place: Place,
        /// What is wrong with it.
        message: String,
    },
    /// A `length=`, `charset=` or `generate=` behind a secret's version is wrong.
    #[error("{place}: secret modifier {modifier:?}: {expected}\n{}", .place.excerpt())]
    BadModifier {
        /// Where.
        place: Place,
        /// The modifier.
        modifier: String,
        /// What is accepted.
        expected: String,
    },
    /// A version in `abra.sh` is the result of a command.
    #[error("{place}: {name} is computed; abra.sh is read, never executed\n{}\n  hint: write the version itself, as in `export {name}=v1`", .place.excerpt())]
    Computed {
        /// Where.
        place: Place,
        /// The variable.
        name: String,
    },
}

impl EnvError {
    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        match self {
            Self::NotAssignment { place }
            | Self::BadName { place, .. }
            | Self::OpenQuote { place, .. }
            | Self::AfterQuote { place, .. }
            | Self::Reference { place, .. }
            | Self::BadModifier { place, .. }
            | Self::Computed { place, .. } => place,
        }
    }
}
