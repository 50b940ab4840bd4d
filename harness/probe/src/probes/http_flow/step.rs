//! One step of a session: a request with placeholders, and what is captured from its answer.

use std::borrow::Cow;
use std::sync::Arc;

use cc_ci_model::{ProbeSpec, Vantage};
use reqwest::cookie::Jar;
use serde_json::{Map, Value};

use super::captured::{Captured, Unfilled};
use super::flow::NAME;
use super::mask::Mask;
use super::request::Request;
use super::source::{self, Source};
use super::text::{self, Slip};
use crate::params::Params;
use crate::probes::http::{Answer, Journey, ask};
use crate::registry::{Key, refuse_unknown};
use crate::seen::Seen;
use crate::spec_error::nearest;
use crate::{Access, ProbeError, SpecError};

/// The settings of a step.
pub(super) const KEYS: &[Key] = &[
    Key { name: "url", about: "absolute URL, http or https; or one captured value" },
    Key { name: "method", about: "request method, else GET, or POST where something is sent" },
    Key { name: "request_header", about: "request headers and their values" },
    Key { name: "basic", about: "{ user, password }: credentials as HTTP Basic" },
    Key { name: "bearer", about: "token as HTTP Bearer" },
    Key { name: "form", about: "fields to send as a form" },
    Key { name: "json", about: "value to send as JSON" },
    Key { name: "body", about: "text to send" },
    Key { name: "status", about: "accepted status or list of them, else 200" },
    Key { name: "contains", about: "text or texts that the body has to hold" },
    Key { name: "header", about: "response headers and their exact values" },
    Key { name: "json_is", about: "values of a JSON answer by their paths" },
    Key { name: "capture", about: "names of values and where in the answer they are" },
];

/// What a placeholder stands for until the session runs; good in a URL too, as a relative one.
const SAMPLE: &str = "sample";

/// One step as it is typed.
pub(super) struct Step {
    typed: ProbeSpec,
    url: String,
    captures: Vec<(String, Source)>,
    describe: String,
    looks_inside: bool,
}

/// The session that a step is part of.
pub(super) struct Session<'a> {
    pub(super) access: &'a Access,
    pub(super) verify: bool,
    pub(super) cookies: Option<Arc<Jar>>,
    pub(super) captured: Captured,
    /// What the try saw so far.
    pub(super) seen: &'a Seen,
}

impl Step {
    /// Reads a step. `known` holds a sample of what the steps before it capture, and learns what
    /// this one does.
    pub(super) fn read(
        from: Vantage,
        table: &Map<String, Value>,
        known: &mut Captured,
    ) -> Result<Self, SpecError> {
        refuse_unknown(NAME, KEYS, table.keys())?;
        let with = table.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut typed = ProbeSpec { probe: NAME.to_owned(), from, with };
        let captures = captures(&Params::new(NAME, &typed))?;
        typed.with.remove("capture");
        let url = Params::new(NAME, &typed).need_text("url", "a URL")?.to_owned();
        refuse_captured_host(&Params::new(NAME, &typed), &url)?;
        let sample = known.fill(&typed).map_err(|unfilled| unfilled_error(unfilled, known))?;
        // Texts as they are typed are what is described; what they are filled with must be usable.
        let request = Request::read(&Params::new(NAME, &sample), &url)?;
        let mut shown = typed.clone();
        shown.with.insert("url".to_owned(), sample.with["url"].clone());
        let describe = Request::read(&Params::new(NAME, &shown), &url)?.describe();
        for (name, _) in &captures {
            known.keep(name, SAMPLE.to_owned(), request.web());
        }
        // What is captured has to be there.
        let looks_inside = request.looks_inside() || !captures.is_empty();
        Ok(Self { typed, url, captures, describe, looks_inside })
    }

    pub(super) fn describe(&self) -> &str {
        &self.describe
    }

    /// True where more than the status of its answer is looked at.
    pub(super) fn looks_inside(&self) -> bool {
        self.looks_inside
    }

    /// Asks, compares and captures; `at` names the step among the facts.
    pub(super) async fn run(&self, at: &str, session: &mut Session<'_>) -> Result<(), ProbeError> {
        let broken = |unfilled: Unfilled| ProbeError::Broken {
            message: unfilled_error(unfilled, &session.captured).to_string(),
        };
        let filled = session.captured.fill(&self.typed).map_err(broken)?;
        // The step was read with samples before, so the captured value is what does not fit.
        let request = Request::read(&Params::new(NAME, &filled), &self.url).map_err(|error| {
            ProbeError::unmet(format!("{}: what was captured does not fit: {error}", self.url))
        })?;
        let Request { url, method, payload, expectation, .. } = &request;
        let cookies = session.cookies.as_ref();
        let journey = Journey { url, verify: session.verify, cookies };
        let answer = ask(journey, &expectation.status, session.access, |client| {
            payload.add(client.request(method.clone(), request.web().clone()))
        })
        .await?;
        let cookies = cookies.map(|jar| (jar.as_ref(), request.web()));
        let mask = Mask::of(&session.captured, self.found(&answer), cookies);
        let seen = session.seen;
        let captured = format!("{at} captures");
        seen.add(|facts| {
            let step = request.facts(at, &answer, &mask);
            facts.required.extend(step.required);
            facts.found.extend(step.found);
            self.captures.iter().for_each(|(name, _)| facts.require(&captured, [name]));
            self.found(&answer).for_each(|(name, _)| facts.find(&captured, name));
        });
        if let Some(unmet) = request.unmet(&answer, &mask) {
            return Err(ProbeError::unmet(format!("{method} {url} {unmet}")));
        }
        for (name, source) in &self.captures {
            let value = source.find(&answer).map_err(|missing| {
                let missing = mask.text(&missing).into_owned();
                let said = format!("{method} {url} gave an answer that {missing}");
                ProbeError::unmet(format!("{said}: nothing to capture as {name}"))
            })?;
            session.captured.keep(name, value, request.web());
        }
        Ok(())
    }

    /// What can be captured, whatever else is wrong with the answer.
    fn found<'a>(&'a self, answer: &'a Answer) -> impl Iterator<Item = (&'a str, String)> {
        let all = self.captures.iter();
        all.filter_map(|(name, source)| Some((name.as_str(), source.find(answer).ok()?)))
    }
}

fn captures(params: &Params<'_>) -> Result<Vec<(String, Source)>, SpecError> {
    let expected = format!("a table from name to {}", source::KNOWN);
    let read = |(name, typed): (&String, &Value)| {
        if !text::is_name(name) {
            let names = "names of letters, digits, _ and -";
            return Err(params.bad("capture", format!("with the name {name:?}"), names));
        }
        let source = Source::parse(typed);
        let source = source
            .map_err(|found| params.bad("capture", format!("for {name} {found}"), &expected))?;
        Ok((name.clone(), source))
    };
    params.entries("capture", &expected)?.into_iter().flatten().map(read).collect()
}

/// An answer may choose the host only by giving a whole URL, as in a redirect.
fn refuse_captured_host(params: &Params<'_>, url: &str) -> Result<(), SpecError> {
    let head = text::head(url);
    let host_ends = || head.split_once("://").is_some_and(|(_, rest)| rest.contains(['/', '?']));
    if text::alone(url).is_some() || head.len() == url.len() || host_ends() {
        return Ok(());
    }
    let expected = "placeholders behind the host, or one placeholder alone";
    Err(params.bad("url", "with a placeholder in its host", expected))
}

fn unfilled_error(Unfilled { key, slip }: Unfilled, known: &Captured) -> SpecError {
    let name = match slip {
        Slip::Open => return SpecError::OpenPlaceholder { probe: NAME, key },
        Slip::Unknown(name) => name,
    };
    let names: Vec<_> = known.names().collect();
    let near = nearest(&name, known.names()).map(ToOwned::to_owned);
    let known = match names[..] {
        [] => Cow::Borrowed("none captures anything"),
        _ => Cow::Owned(format!("there are {}", names.join(", "))),
    };
    SpecError::UnknownCapture { probe: NAME, key, name, known: known.into_owned(), near }
}
