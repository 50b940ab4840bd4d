//! The `http_flow` probe.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use cc_ci_model::{Observed, Proves, Vantage};
use reqwest::cookie::Jar;

use super::captured::Captured;
use super::step::{Session, Step};
use crate::params::Params;
use crate::probes::http::read_verify;
use crate::registry::{Key, Kind};
use crate::seen::Seen;
use crate::{Access, Probe, ProbeError, SpecError};

pub(super) const NAME: &str = "http_flow";

/// The name of the fact that says how many steps came to their end.
const ANSWERED: &str = "steps to their end";

pub(crate) const KIND: Kind = Kind {
    name: NAME,
    about: "sends HTTP/1.1 requests one after the other in one session; follows no redirect",
    from: &[Vantage::Network, Vantage::Host, Vantage::Edge],
    keys: &[
        Key { name: "steps", about: "the requests in their order, a table each" },
        Key { name: "cookies", about: "true (default): cookies are kept between the steps" },
        Key { name: "verify", about: "ca: certificates are the edge's (default); none: any" },
    ],
    build,
};

/// Requests that build on one another.
struct Flow {
    steps: Vec<Step>,
    /// Position of the step that the last try has begun.
    begun: AtomicUsize,
    cookies: bool,
    verify: bool,
    /// What the last try saw.
    seen: Seen,
}

fn build(params: &Params<'_>) -> Result<Box<dyn Probe>, SpecError> {
    let expected = "a list of tables, at least one, each with a url";
    let tables = params.need_tables("steps", expected)?;
    let of = tables.len();
    let mut known = Captured::default();
    let read = |(at, table)| {
        let step = Step::read(params.from, table, &mut known);
        step.map_err(|error| SpecError::Step { step: at + 1, of, error: Box::new(error) })
    };
    Ok(Box::new(Flow {
        steps: tables.into_iter().enumerate().map(read).collect::<Result<_, _>>()?,
        cookies: params.flag("cookies")?.unwrap_or(true),
        verify: read_verify(params)?,
        begun: AtomicUsize::new(0),
        seen: Seen::default(),
    }))
}

impl Flow {
    fn place(&self, at: usize) -> String {
        format!("step {} of {}", at + 1, self.steps.len())
    }
}

#[async_trait]
impl Probe for Flow {
    async fn run(&self, access: &Access) -> Result<(), ProbeError> {
        self.seen.forget();
        // A try that ends after the first steps has not met what is required of the last.
        self.seen.add(|facts| facts.require(ANSWERED, [self.steps.len()]));
        let mut session = Session {
            access,
            verify: self.verify,
            cookies: self.cookies.then(|| Arc::new(Jar::default())),
            captured: Captured::default(),
            seen: &self.seen,
        };
        for (at, step) in self.steps.iter().enumerate() {
            self.begun.store(at, Ordering::Relaxed);
            let place = self.place(at);
            let step = step.run(&format!("step {}", at + 1), &mut session).await;
            step.map_err(|error| error.at(&place))?;
        }
        self.seen.add(|facts| facts.find(ANSWERED, self.steps.len()));
        Ok(())
    }

    /// Several answers prove no more than one. Only content that is looked at is the app's.
    fn proves(&self) -> Proves {
        let inside = self.steps.iter().any(Step::looks_inside);
        if inside { Proves::Behaviour } else { Proves::Answer }
    }

    fn observed(&self) -> Option<Observed> {
        self.seen.observed()
    }

    fn describe(&self) -> String {
        let last = self.steps.last().map_or("", Step::describe);
        match self.steps.len() {
            1 => last.to_owned(),
            many => format!("{many} requests in a row, of which the last, {last}"),
        }
    }

    /// The step that the last try has begun: a try cannot hang in a later one.
    fn at(&self) -> String {
        let at = self.begun.load(Ordering::Relaxed);
        let step = self.steps.get(at).map_or("", Step::describe);
        match self.steps.len() {
            1 => step.to_owned(),
            _ => format!("{}, {step}", self.place(at)),
        }
    }
}
