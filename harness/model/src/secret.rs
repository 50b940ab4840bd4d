//! Values that must never be printed or written.

use std::borrow::Cow;
use std::fmt;

/// A value that must never be printed or written: a password, a key, a credential.
///
/// The type has neither `Display` nor `Serialize`, and its `Debug` prints a constant. A structure that
/// holds a [`Secret`] can derive `Debug` without printing the value:
///
/// ```
/// let secret = cc_ci_model::Secret::from("correct-horse");
/// assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "[secret] Some(\n    [secret],\n)");
/// ```
///
/// ```compile_fail,E0277
/// let _ = cc_ci_model::Secret::from("correct-horse").to_string();
/// ```
///
/// ```compile_fail,E0277
/// let _ = serde_json::to_string(&cc_ci_model::Secret::from("correct-horse"));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Wraps a value.
    #[must_use]
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self(value.into())
    }

    /// The value itself. The caller hands it to the engine, to a protocol or to the redactor and never
    /// to a message.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// The value as text; bytes that are not UTF-8 are replaced. As careful as [`Secret::reveal`].
    #[must_use]
    pub fn reveal_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<Vec<u8>> for Secret {
    fn from(value: Vec<u8>) -> Self {
        Self(value)
    }
}

impl From<&[u8]> for Secret {
    fn from(value: &[u8]) -> Self {
        Self::new(value)
    }
}

impl<const N: usize> From<&[u8; N]> for Secret {
    fn from(value: &[u8; N]) -> Self {
        Self::new(*value)
    }
}
