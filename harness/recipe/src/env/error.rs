//! What can be wrong with an environment file.

use thiserror::Error;

use crate::Place;
use crate::text::short;

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
    #[error("{place}: {:?} is not a variable name\n{}\n  hint: letters, digits and _, not starting with a digit", short(.name), .place.excerpt())]
    BadName {
        /// Where.
        place: Place,
        /// What stands there.
        name: String,
    },
    /// A NUL byte, which no environment can hold.
    #[error("{place}: a NUL byte cannot stand in an environment\n{}", .place.excerpt())]
    Nul {
        /// Where.
        place: Place,
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
    #[error("{place}: {:?} follows the closing quote\n{}", short(.rest), .place.excerpt())]
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
    #[error("{place}: secret modifier {:?}: {expected}\n{}", short(.modifier), .place.excerpt())]
    BadModifier {
        /// Where.
        place: Place,
        /// The modifier.
        modifier: String,
        /// What is accepted.
        expected: String,
    },
    /// A version in `abra.sh` is the result of a command.
    #[error("{place}: {0} is computed; abra.sh is read, never executed\n{1}\n  hint: write the version itself, as in `export {0}=v1`", short(.name), .place.excerpt())]
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
            | Self::Nul { place }
            | Self::BadName { place, .. }
            | Self::OpenQuote { place, .. }
            | Self::AfterQuote { place, .. }
            | Self::Reference { place, .. }
            | Self::BadModifier { place, .. }
            | Self::Computed { place, .. } => place,
        }
    }
}
