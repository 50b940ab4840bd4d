//! What a check saw, and the pure judgement on it that the runner and `verify` share.

use serde::{Deserialize, Serialize};

use crate::facts::is_made_of_facts;
use crate::{CheckId, Event, Facts, Fault, Outcome, Tier};

/// What a check expected and what it saw: all that its outcome is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observed {
    /// An answer to an HTTP request.
    Http {
        /// What the answer had to be.
        expected: HttpExpected,
        /// The answer, as far as the expectation reaches.
        answer: HttpAnswer,
    },
    /// A look for canary data.
    Data {
        /// The store, by name.
        store: String,
        /// Key of the data.
        key: String,
        /// How it had to be.
        expected: Sought,
        /// How it was.
        found: Look,
    },
    /// Named facts. They have a kind of event of their own, because readers of version 2.1 know no third form here.
    #[serde(skip)]
    Facts(Facts),
}

/// What an HTTP answer has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpExpected {
    /// Accepted status codes.
    pub status: Vec<u16>,
    /// Headers that the answer has to have with exactly these values.
    pub header: Vec<Header>,
    /// Texts that the body has to hold.
    pub contains: Vec<String>,
}

/// An HTTP answer as far as an expectation reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// Status code.
    pub status: u16,
    /// Its headers of the names that are expected, with each of their values.
    pub header: Vec<Header>,
    /// The expected texts that its body holds.
    pub holds: Vec<String>,
}

/// Name and value of a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Name, in lower case.
    pub name: String,
    /// Value.
    pub value: String,
}

/// The first respect in which an HTTP answer is not as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpUnmet<'e> {
    /// Another status.
    Status,
    /// No header of this name has the value.
    Header(&'e Header),
    /// The body does not hold this text.
    Text(&'e str),
}

impl HttpExpected {
    /// The first respect in which `answer` is not as expected; `None` where it is as expected.
    #[must_use]
    pub fn judge(&self, answer: &HttpAnswer) -> Option<HttpUnmet<'_>> {
        if !self.status.contains(&answer.status) {
            return Some(HttpUnmet::Status);
        }
        if let Some(missing) = self.header.iter().find(|header| !answer.header.contains(header)) {
            return Some(HttpUnmet::Header(missing));
        }
        let missing = self.contains.iter().find(|text| !answer.holds.contains(text))?;
        Some(HttpUnmet::Text(missing))
    }
}

/// How canary data has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sought {
    /// As it was written.
    Intact,
    /// Not there.
    Gone,
}

/// How canary data was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "look", rename_all = "snake_case")]
pub enum Look {
    /// As it was written.
    Intact,
    /// Not there.
    Gone,
    /// There, but not as it was written.
    Changed {
        /// What was found instead.
        how: String,
    },
    /// It could not be looked at.
    Unreadable {
        /// The words of the store.
        words: String,
    },
}

impl Sought {
    /// True where the data is as it has to be.
    #[must_use]
    pub fn judge(self, found: &Look) -> bool {
        match (self, found) {
            (Self::Intact, Look::Intact) | (Self::Gone, Look::Gone) => true,
            (Self::Intact, Look::Gone)
            | (Self::Gone, Look::Intact)
            | (_, Look::Changed { .. } | Look::Unreadable { .. }) => false,
        }
    }
}

impl Observed {
    /// True where what was seen is what was expected.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self {
            Self::Http { expected, answer } => expected.judge(answer).is_none(),
            Self::Data { expected, found, .. } => expected.judge(found),
            Self::Facts(facts) => facts.judge().is_none(),
        }
    }

    /// The event that keeps it for a check.
    #[must_use]
    pub fn event(self, tier: Tier, check: CheckId) -> Event {
        match self {
            Self::Facts(facts) => Event::Compared { tier, check, facts: Box::new(facts) },
            observed @ (Self::Http { .. } | Self::Data { .. }) => {
                Event::Observed { tier, check, observed: Box::new(observed) }
            }
        }
    }

    /// True where a check that saw this cannot have had `outcome`.
    ///
    /// A check that saw what it expected may still fail for another reason afterwards, for instance because
    /// canary data cannot be removed. A fault about the observation itself is refuted.
    #[must_use]
    pub fn refutes(&self, outcome: &Outcome) -> bool {
        match (outcome, self.holds()) {
            (Outcome::Passed, holds) => !holds,
            (Outcome::Failed { fault }, true) => self.is_subject_of(fault),
            (Outcome::Failed { .. }, false) => false,
            (
                Outcome::Blocked { .. } | Outcome::NotApplicable { .. } | Outcome::NotRun { .. },
                _,
            ) => false,
        }
    }

    fn is_subject_of(&self, fault: &Fault) -> bool {
        match self {
            Self::Http { .. } => {
                matches!(fault, Fault::CheckFailed { .. } | Fault::NotServing { .. })
            }
            Self::Data { .. } => matches!(
                fault,
                Fault::DataLost { .. }
                    | Fault::InNoVolume { .. }
                    | Fault::DataUnreadable { .. }
                    | Fault::DataKept { .. }
            ),
            Self::Facts(_) => is_made_of_facts(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Operation;

    fn header(value: &str) -> Header {
        Header { name: "server".to_owned(), value: value.to_owned() }
    }

    fn http(status: u16, value: &str, holds: &[&str]) -> Observed {
        let expected = HttpExpected {
            status: vec![200, 301],
            header: vec![header("nginx")],
            contains: vec!["hello".to_owned(), "world".to_owned()],
        };
        let holds = holds.iter().map(|text| (*text).to_owned()).collect();
        let answer = HttpAnswer { status, header: vec![header("x"), header(value)], holds };
        Observed::Http { expected, answer }
    }

    #[rstest::rstest]
    #[case::as_expected(http(301, "nginx", &["hello", "world"]), true)]
    #[case::status(http(404, "nginx", &["hello", "world"]), false)]
    #[case::header(http(200, "apache", &["hello", "world"]), false)]
    #[case::text(http(200, "nginx", &["hello"]), false)]
    fn an_answer_is_judged_by_all_that_is_expected(#[case] seen: Observed, #[case] holds: bool) {
        assert_eq!(seen.holds(), holds);
        assert_eq!(seen.refutes(&Outcome::Passed), !holds);
        let failed = Outcome::Failed { fault: Fault::CheckFailed { message: "no".into() } };
        assert_eq!(seen.refutes(&failed), holds);
        assert!(!seen.refutes(&Outcome::NotRun { reason: "cancelled".into() }));
        let json = serde_json::to_string(&seen).unwrap();
        assert_eq!(serde_json::from_str::<Observed>(&json).unwrap(), seen);
    }

    #[test]
    fn data_has_to_be_as_it_was_sought() {
        let seen = |expected, found| Observed::Data {
            store: "files:data".into(),
            key: "k".into(),
            expected,
            found,
        };
        assert!(seen(Sought::Intact, Look::Intact).holds());
        assert!(seen(Sought::Gone, Look::Gone).holds());
        assert!(!seen(Sought::Intact, Look::Gone).holds());
        assert!(!seen(Sought::Gone, Look::Changed { how: "half".into() }).holds());
        assert!(!seen(Sought::Intact, Look::Unreadable { words: "no login".into() }).holds());
        let lost = Fault::DataLost {
            store: "files:data".into(),
            detail: "gone".into(),
            after: Operation::Upgrade,
        };
        let engine = Fault::EngineDown { message: "silence".into() };
        let intact = seen(Sought::Intact, Look::Intact);
        assert!(intact.refutes(&Outcome::Failed { fault: lost }));
        assert!(!intact.refutes(&Outcome::Failed { fault: engine }));
    }

    #[test]
    fn facts_have_an_event_of_their_own_and_refute_what_is_made_of_them() {
        let seen = |found: u32| Observed::Facts(Facts::default().with("deploys", 2, found));
        let failed = |fault| Outcome::Failed { fault };
        let count = failed(Fault::DeployCount { expected: 2, found: 3 });
        let engine = failed(Fault::EngineDown { message: "silence".into() });
        assert!(seen(3).refutes(&Outcome::Passed) && !seen(3).refutes(&count));
        assert!(!seen(2).refutes(&Outcome::Passed) && seen(2).refutes(&count));
        assert!(!seen(2).refutes(&engine));
        let event = seen(2).event(Tier::Teardown, CheckId::slug("deploy_count"));
        let json = serde_json::to_string(&event).unwrap();
        assert!(json.starts_with(r#"{"kind":"compared","tier":"teardown""#), "{json}");
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }
}
