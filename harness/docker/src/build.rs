//! Image builds with the classic builder.

use std::collections::VecDeque;
use std::time::Duration;

use bollard::body_full;
use bollard::errors::Error;
use bollard::query_parameters::{BuildImageOptions, BuilderVersion};
use cc_ci_engine::{BuildSpec, EngineError, ImageState};
use futures_util::stream::StreamExt as _;

use crate::Docker;
use crate::maps::unsorted;

/// The engine answers only once it has read the whole context.
const LIMIT: Duration = Duration::from_secs(10 * 60);

impl Docker {
    /// `HTTP_PROXY`, `HTTPS_PROXY`, `FTP_PROXY`, `NO_PROXY`, `ALL_PROXY` and their lower-case forms
    /// are predefined: as arguments they reach every step without an `ARG` in the Dockerfile and
    /// leave no trace in the image. Everything else needs its `ARG`.
    pub(crate) async fn build_with(
        &self,
        build: &BuildSpec,
        progress: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Result<ImageState, EngineError> {
        let client = self.client.clone().with_timeout(LIMIT);
        let context = body_full(build.context.clone().into());
        let mut stream = client.build_image(options(build), None, Some(context));
        let mut lines = Lines::default();
        let mut id = None;
        while let Some(info) = stream.next().await {
            let info = match info {
                Ok(info) => info,
                Err(error) => {
                    lines.end(progress);
                    return Err(self.build_failed(build, &lines, error));
                }
            };
            if let Some(text) = info.stream {
                lines.push(&text, progress);
            }
            id = info.aux.and_then(|aux| aux.id).or(id);
        }
        lines.end(progress);
        match id {
            Some(id) => self.present(&id).await,
            None => Err(EngineError::Build { message: lines.tail("the engine made no image") }),
        }
    }

    fn build_failed(&self, build: &BuildSpec, lines: &Lines, error: Error) -> EngineError {
        let message = match error {
            Error::DockerResponseServerError { message, .. } => message,
            Error::DockerStreamError { error } => error,
            other => return self.failed("build", "image", &build.tag)(other),
        };
        match cc_ci_engine::exhausted(&message.to_lowercase()) {
            Some(what) => EngineError::Exhausted { what: what.to_owned(), message },
            None => EngineError::Build { message: lines.tail(&message) },
        }
    }
}

fn options(build: &BuildSpec) -> BuildImageOptions {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    BuildImageOptions {
        dockerfile: some(&build.dockerfile).unwrap_or_else(|| "Dockerfile".to_owned()),
        t: some(&build.tag),
        buildargs: Some(unsorted(&build.args)),
        labels: Some(unsorted(&build.labels)),
        networkmode: some(&build.network),
        rm: true,
        forcerm: true,
        version: BuilderVersion::BuilderV1,
        ..BuildImageOptions::default()
    }
}

/// Lines of a build's output that its failure quotes.
const TOLD: usize = 20;

/// The output of a build, which comes in pieces that are not lines.
#[derive(Default)]
struct Lines {
    last: VecDeque<String>,
    open: String,
}

impl Lines {
    fn push(&mut self, text: &str, progress: &(dyn for<'a> Fn(&'a str) + Send + Sync)) {
        self.open.push_str(text);
        while let Some(at) = self.open.find('\n') {
            let rest = self.open.split_off(at + 1);
            self.end(progress);
            self.open = rest;
        }
    }

    /// What is open is a line.
    fn end(&mut self, progress: &(dyn for<'a> Fn(&'a str) + Send + Sync)) {
        let line = std::mem::take(&mut self.open);
        let line = line.trim_end();
        if line.trim().is_empty() {
            return;
        }
        progress(line);
        if self.last.len() == TOLD {
            self.last.pop_front();
        }
        self.last.push_back(line.to_owned());
    }

    /// The reason, behind the lines that led to it.
    fn tail(&self, reason: &str) -> String {
        let lines = self.last.iter().map(String::as_str);
        lines.chain([reason]).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn pieces_become_lines() {
        let seen = Mutex::new(Vec::new());
        let progress = |line: &str| seen.lock().unwrap().push(line.to_owned());
        let mut lines = Lines::default();
        for piece in ["Step 1/2 : FR", "OM x\n ---> 1\n\n", "last"] {
            lines.push(piece, &progress);
        }
        lines.end(&progress);
        assert_eq!(*seen.lock().unwrap(), ["Step 1/2 : FROM x", " ---> 1", "last"]);
        assert_eq!(lines.tail("why"), "Step 1/2 : FROM x\n ---> 1\nlast\nwhy");
    }

    #[test]
    fn only_the_last_lines_are_told() {
        let mut lines = Lines::default();
        for number in 0..50 {
            lines.push(&format!("{number}\n"), &|_| {});
        }
        let tail = lines.tail("why");
        assert_eq!((tail.lines().next(), tail.lines().count()), (Some("30"), TOLD + 1));
    }

    #[test]
    fn proxies_labels_and_network_reach_the_builder() {
        let build = BuildSpec {
            args: [("http_proxy".to_owned(), "http://p".to_owned())].into(),
            labels: [("a".to_owned(), "1".to_owned())].into(),
            network: "host".to_owned(),
            tag: "x:1".to_owned(),
            ..BuildSpec::default()
        };
        let sent = options(&build);
        assert_eq!((sent.dockerfile.as_str(), sent.t.as_deref()), ("Dockerfile", Some("x:1")));
        assert_eq!(sent.networkmode.as_deref(), Some("host"));
        assert_eq!(sent.buildargs.unwrap()["http_proxy"], "http://p");
        assert_eq!(sent.labels.unwrap()["a"], "1");
        assert!(sent.rm && sent.forcerm);
    }
}
