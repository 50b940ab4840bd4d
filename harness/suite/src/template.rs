//! Words in a probe's settings that are known only when the stack runs.

use std::collections::BTreeMap;
use std::fmt;

use cc_ci_model::{ProbeSpec, Secret};
use serde_json::Value;
use thiserror::Error;

use cc_ci_model::nearest;

/// A word that cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("${{{word}}} is not known here{}; known are {known}", near_words(.near))]
pub struct TemplateError {
    /// The word as typed, without `${` and `}`.
    pub word: String,
    /// The word that was probably meant.
    pub near: Option<String>,
    /// The words that are known.
    pub known: String,
}

fn near_words(near: &Option<String>) -> String {
    near.as_ref().map_or_else(String::new, |near| format!("; did you mean ${{{near}}}?"))
}

/// What the words `${domain}`, `${stack}`, `${nonce}`, `${env:NAME}` and `${secret:NAME}` stand for.
#[derive(Clone, Default)]
pub struct Words {
    words: BTreeMap<String, String>,
}

/// Prints the words without what they stand for: some stand for secrets.
impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.words.keys()).finish()
    }
}

impl Words {
    /// The words of one stack.
    #[must_use]
    pub fn of(
        stack: &str,
        domain: &str,
        env: &BTreeMap<String, String>,
        secrets: &BTreeMap<String, Secret>,
    ) -> Self {
        let mut words = BTreeMap::new();
        words.insert("stack".to_owned(), stack.to_owned());
        words.insert("domain".to_owned(), domain.to_owned());
        words.extend(env.iter().map(|(name, value)| (format!("env:{name}"), value.clone())));
        words.extend(
            secrets
                .iter()
                .map(|(name, value)| (format!("secret:{name}"), value.reveal_text().into_owned())),
        );
        Self { words }
    }

    /// The same words with `${nonce}` in addition.
    #[must_use]
    pub fn with_nonce(&self, nonce: &str) -> Self {
        let mut words = self.words.clone();
        words.insert("nonce".to_owned(), nonce.to_owned());
        Self { words }
    }

    /// Fills every text in the probe's settings.
    ///
    /// # Errors
    /// The first word that stands for nothing.
    pub fn fill(&self, probe: &ProbeSpec) -> Result<ProbeSpec, TemplateError> {
        let with = probe.with.iter();
        let with = with.map(|(key, value)| Ok((key.clone(), self.value(value)?)));
        Ok(ProbeSpec {
            probe: probe.probe.clone(),
            from: probe.from,
            with: with.collect::<Result<_, TemplateError>>()?,
        })
    }

    fn value(&self, value: &Value) -> Result<Value, TemplateError> {
        Ok(match value {
            Value::String(text) => Value::String(self.text(text)?),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(key, value)| Ok((key.clone(), self.value(value)?)))
                    .collect::<Result<_, TemplateError>>()?,
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }

    fn text(&self, text: &str) -> Result<String, TemplateError> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push_str(before);
            let Some((word, behind)) = after.split_once('}') else {
                return Err(self.unknown(after));
            };
            filled.push_str(self.words.get(word).ok_or_else(|| self.unknown(word))?);
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn unknown(&self, word: &str) -> TemplateError {
        let known: Vec<_> = self.words.keys().map(|word| format!("${{{word}}}")).collect();
        // A word without its kind, as `${SIZE}` for `${env:SIZE}`, is not similar to any known word by its
        // letters.
        let bare = |known: &&String| known.split_once(':').is_some_and(|(_, name)| name == word);
        let near = self.words.keys().find(bare).map(String::as_str);
        let near = near.or_else(|| nearest(word, self.words.keys().map(String::as_str)));
        TemplateError {
            word: word.to_owned(),
            near: near.map(str::to_owned),
            known: known.join(" "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let secrets = BTreeMap::from([("pw".to_owned(), Secret::from("s3cret"))]);
        Words::of("cust-abc", "cust-abc.test", &BTreeMap::new(), &secrets).with_nonce("n1")
    }

    fn probe(json: Value) -> ProbeSpec {
        serde_json::from_value(serde_json::json!({"probe": "http", "with": json})).unwrap()
    }

    #[test]
    fn words_are_filled_at_any_depth() {
        let asked = probe(serde_json::json!({
            "url": "https://${domain}/${nonce}", "status": [200], "header": {"x": "${secret:pw}"}
        }));
        let filled = words().fill(&asked).unwrap();
        assert_eq!(filled.with["url"], "https://cust-abc.test/n1");
        assert_eq!(filled.with["header"]["x"], "s3cret");
        assert_eq!(filled.with["status"][0], 200);
        assert!(!format!("{:?}", words()).contains("s3cret"));
    }

    #[test]
    fn an_unknown_word_is_an_error_and_names_the_known_ones() {
        let error = words().fill(&probe(serde_json::json!({"url": "${domian}"}))).unwrap_err();
        assert_eq!(error.word, "domian");
        assert!(error.to_string().contains("; did you mean ${domain}?; known are"), "{error}");
        assert!(!error.to_string().contains("s3cret"));
        for (word, near) in [("secret:pww", "secret:pw"), ("pw", "secret:pw"), ("nonse", "nonce")] {
            let asked = probe(serde_json::json!({"url": format!("${{{word}}}")}));
            assert_eq!(words().fill(&asked).unwrap_err().near.as_deref(), Some(near), "{word}");
        }
    }
}
