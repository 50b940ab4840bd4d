//! The content of files of a recipe.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The bytes of a file of the recipe, with where they came from.
///
/// The content is written as text, so that a reader can read it and the redactor sees its words. A content
/// that is not UTF-8 is written as `base64:…`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileContent {
    /// The path, relative to the recipe's folder.
    pub path: String,
    /// The content.
    #[serde(with = "text")]
    pub bytes: Vec<u8>,
}

/// Prints the size only: the file may hold a secret.
impl fmt::Debug for FileContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = format_args!("[{} bytes]", self.bytes.len()).to_string();
        f.debug_struct("FileContent").field("path", &self.path).field("bytes", &bytes).finish()
    }
}

/// Bytes as one string.
mod text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::{Error as _, SeqAccess, Visitor};
    use serde::{Deserializer, Serializer};

    /// What stands before bytes that are no text, and before a text that begins with these very words.
    const MARK: &str = "base64:";

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.starts_with(MARK) => to.serialize_str(text),
            Ok(_) | Err(_) => to.serialize_str(&format!("{MARK}{}", STANDARD.encode(bytes))),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        from.deserialize_any(Content)
    }

    struct Content;

    impl<'de> Visitor<'de> for Content {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "a text, or {MARK} and the bytes in base64")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
            match text.strip_prefix(MARK) {
                Some(coded) => STANDARD.decode(coded).map_err(E::custom),
                None => Ok(text.as_bytes().to_vec()),
            }
        }

        /// Harnesses until 0.1.0 wrote a list of numbers.
        fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Vec<u8>, A::Error> {
            let mut bytes = Vec::new();
            while let Some(number) = numbers.next_element::<u64>()? {
                bytes.push(u8::try_from(number).map_err(A::Error::custom)?);
            }
            Ok(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(bytes: &[u8]) -> FileContent {
        FileContent { path: "a".to_owned(), bytes: bytes.to_vec() }
    }

    #[test]
    fn a_text_is_written_as_a_text_and_other_bytes_as_base64() {
        let json = |bytes: &[u8]| serde_json::to_value(content(bytes)).unwrap()["bytes"].clone();
        assert_eq!(json("p\u{e4}ss\n".as_bytes()), "p\u{e4}ss\n");
        assert_eq!(json(b"\xff\x00"), "base64:/wA=");
        assert_eq!(json(b"base64:"), "base64:YmFzZTY0Og==");
        let old: FileContent =
            serde_json::from_str(r#"{"path": "a", "bytes": [104, 105]}"#).unwrap();
        assert_eq!(old, content(b"hi"));
    }

    #[test]
    fn debug_prints_no_content() {
        assert_eq!(
            format!("{:?}", content(b"hunter2")),
            r#"FileContent { path: "a", bytes: "[7 bytes]" }"#
        );
    }

    proptest! {
        #[test]
        fn any_content_reads_back(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let json = serde_json::to_string(&content(&bytes)).unwrap();
            prop_assert_eq!(serde_json::from_str::<FileContent>(&json).unwrap(), content(&bytes));
        }

        #[test]
        fn any_text_reads_back(text in "(base64:)?.{0,20}") {
            let json = serde_json::to_string(&content(text.as_bytes())).unwrap();
            prop_assert_eq!(
                serde_json::from_str::<FileContent>(&json).unwrap(), content(text.as_bytes())
            );
        }
    }
}
