//! Why the edge answers in the app's place, from what is known; pure.

use cc_ci_model::{ServiceSpec, StackSpec};

use super::api::{Known, Router};
use super::{SHARED, network};

/// The entry point for HTTPS of Co-op Cloud's Traefik.
const SECURE: &str = "web-secure";
/// The provider of a stack's labels, as Traefik 3 calls it.
const PROVIDER: &str = "swarm";

/// Why a request does not reach the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) words: String,
    /// No waiting changes it: it lies in the recipe's files.
    pub(super) lasting: bool,
}

/// What the app says when it is asked inside its networks, past the edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inside {
    /// The compose name of its service, where the address tells.
    pub(super) service: Option<String>,
    /// `10.0.0.3:80`
    pub(super) address: String,
    pub(super) port: u16,
    pub(super) answer: Answered,
    /// Ports on which its container listens; `None` where that is not known.
    pub(super) listens: Option<Vec<Listens>>,
}

/// What came when the app was asked inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answered {
    /// A status of HTTP.
    Status(u16),
    /// Nothing, and how it failed.
    Nothing(String),
}

/// A port on which a process of the container listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listens {
    pub(super) port: u16,
    /// Only the container itself can reach it.
    pub(super) loopback: bool,
}

/// What is known of the edge.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    /// What its API says; `None` where it did not answer.
    pub(super) known: Option<Known>,
    /// The end of its log.
    pub(super) log: &'a str,
    pub(super) inside: Vec<Inside>,
}

/// Why a request for `host` does not reach the app of `stack`; nothing where nothing is known.
pub(super) fn explain(stack: &StackSpec, host: &str, facts: &Facts<'_>) -> Option<Reason> {
    let lasting = |words: String| Some(Reason { words, lasting: true });
    let routed: Vec<_> = stack.services.iter().filter(|(_, service)| is_routed(service)).collect();
    if routed.is_empty() {
        return lasting("no service of the stack has the label traefik.enable=true".to_owned());
    }
    for (key, service) in &routed {
        if !is_on_shared(stack, service) {
            return lasting(format!(
                "service {key} is not on the network {SHARED}, where the edge looks for it"
            ));
        }
    }
    let Some(known) = &facts.known else {
        let words = complaint(stack, facts.log)?;
        return Some(Reason { words: format!("the edge's log says: {words}"), lasting: false });
    };
    let routers: Vec<_> =
        known.routers.iter().filter(|router| router.provider == PROVIDER).collect();
    if let Some(words) = broken(&routers) {
        return lasting(words);
    }
    let Some(first) = routers.first() else {
        return Some(no_router(stack, &routed, facts.log));
    };
    let named: Vec<_> = routers.iter().filter(|router| router.rule.contains(host)).collect();
    // A rule that does not name the host may still match it.
    let matching = |router: &&&&Router| {
        let rule = router.rule.to_lowercase();
        !rule.contains("host(") || rule.contains("hostregexp") || rule.contains(host)
    };
    let possible: Vec<_> = routers.iter().filter(|router| matching(&router)).collect();
    if named.is_empty() && possible.is_empty() {
        let (name, rule) = (bare(&first.name), &first.rule);
        return lasting(format!(
            "no router of the stack has a rule for {host}: router {name} has {rule}"
        ));
    }
    let candidates = if named.is_empty() { possible } else { named };
    if let Some(words) = no_https(&candidates) {
        return lasting(words);
    }
    for service in &known.services {
        if let Some(error) = service.error.first() {
            return lasting(format!("the edge refuses service {}: {error}", bare(&service.name)));
        }
    }
    inside(stack, &facts.inside)
}

/// The router that Traefik itself calls broken.
fn broken(routers: &[&Router]) -> Option<String> {
    let router = routers.iter().find(|router| !router.error.is_empty())?;
    let error = router.error.join("; ");
    let name = bare(&router.name);
    let hint = if error.contains("middleware") && error.contains("@docker") {
        "; since Traefik 3 the labels of a stack belong to the provider swarm: @swarm, or no suffix"
    } else if error.contains("middleware") && error.contains("does not exist") {
        "; no label of the stack defines it"
    } else if error.contains("parsing rule") || error.contains("illegal") {
        "; a name in a rule stands in backticks: Host(`…`)"
    } else {
        ""
    };
    let rule =
        if error.contains("rule") { format!(" (rule {})", router.rule) } else { String::new() };
    Some(format!("the edge refuses router {name}: {error}{rule}{hint}"))
}

/// Traefik has made no router of the stack's labels.
fn no_router(stack: &StackSpec, routed: &[(&String, &ServiceSpec)], log: &str) -> Reason {
    let Some(words) = complaint(stack, log) else {
        let words = "the edge knows no router of this stack".to_owned();
        return Reason { words, lasting: false };
    };
    let portless = routed.iter().find(|(_, service)| {
        !service.labels.keys().any(|label| label.ends_with(".loadbalancer.server.port"))
    });
    let hint = match portless {
        Some((key, _)) if words.contains("port is missing") => format!(
            "; service {key} has no label traefik.http.services.NAME.loadbalancer.server.port"
        ),
        Some(_) | None => String::new(),
    };
    Reason {
        words: format!("the edge makes no router of the stack's labels: {words}{hint}"),
        lasting: true,
    }
}

/// The routers have the host, but take no HTTPS for it.
fn no_https(routers: &[&&Router]) -> Option<String> {
    let secure = |router: &&&&Router| {
        router.entry_points.is_empty() || router.entry_points.iter().any(|name| name == SECURE)
    };
    let Some(router) = routers.iter().find(secure) else {
        let router = routers.first()?;
        return Some(format!(
            "router {} takes requests at the entry point {} alone; https arrives at {SECURE}",
            bare(&router.name),
            router.entry_points.join(", ")
        ));
    };
    let plain = routers.iter().filter(secure).all(|router| router.tls.is_none());
    plain.then(|| {
        format!(
            "router {0} has no TLS, so it takes no https: the label \
             traefik.http.routers.{0}.tls.certresolver (or .tls=true) is missing",
            bare(&router.name)
        )
    })
}

/// What the app itself says about a 502, 503 or 504.
fn inside(stack: &StackSpec, asked: &[Inside]) -> Option<Reason> {
    let first = asked.first()?;
    let Inside { service, address, port, answer, listens } = first;
    let of = service.as_ref().map_or_else(String::new, |key| format!(" of service {key}"));
    let nothing = match answer {
        Answered::Status(status) => {
            let words =
                format!("asked inside at {address}, past the edge, the app{of} answers {status}");
            return Some(Reason { words, lasting: false });
        }
        Answered::Nothing(how) => how,
    };
    let listens = listens.as_deref().unwrap_or_default();
    let own = listens.iter().find(|listens| listens.port == *port);
    if own.is_some_and(|own| own.loopback) {
        let words = format!(
            "the edge sends requests to port {port}{of}, which listens on 127.0.0.1 alone and not on \
             0.0.0.0"
        );
        return Some(Reason { words, lasting: is_healthy(stack, service.as_deref()) });
    }
    let open: Vec<_> = listens.iter().filter(|l| !l.loopback).map(|l| l.port.to_string()).collect();
    if own.is_none() && !open.is_empty() {
        let words = format!(
            "the edge sends requests to port {port}{of}, where nothing listens ({nothing}); it listens \
             on {}",
            open.join(", ")
        );
        return Some(Reason { words, lasting: is_healthy(stack, service.as_deref()) });
    }
    let words =
        format!("asked inside at {address}, past the edge, the app{of} does not answer: {nothing}");
    Some(Reason { words, lasting: false })
}

/// True where a health check says that the service works: the stack has converged when this is asked.
fn is_healthy(stack: &StackSpec, service: Option<&str>) -> bool {
    let check = service.and_then(|key| stack.services.get(key)?.healthcheck.as_ref());
    check.is_some_and(|check| !check.is_disabled())
}

pub(super) fn is_routed(service: &ServiceSpec) -> bool {
    service.labels.get("traefik.enable").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn is_on_shared(stack: &StackSpec, service: &ServiceSpec) -> bool {
    let shared = network(stack);
    let name = |key: &str| stack.networks.get(key).map(|network| network.name.as_str());
    service.networks.iter().any(|joined| shared.is_some() && name(&joined.network) == shared)
}

/// The last line of Traefik's log that complains and is about this stack, as far as it names one.
fn complaint(stack: &StackSpec, log: &str) -> Option<String> {
    let bad = |line: &&str| {
        let words: Vec<_> = line.split(' ').take(3).collect();
        ["ERR", "WRN", "FTL"].iter().any(|level| words.contains(level))
    };
    let stack = stack.name.as_str();
    let last = log.lines().filter(bad).rfind(|line| line.contains(stack));
    let line = last.or_else(|| log.lines().rfind(bad))?;
    let said = line.split_once(" ERR ").or_else(|| line.split_once(" WRN "));
    Some(words_of(said.map_or(line, |(_, said)| said)))
}

/// Message and error of a line of Traefik's log, without the other fields.
fn words_of(line: &str) -> String {
    let is_field = |word: &str| {
        word.split_once('=').is_some_and(|(key, _)| key.chars().all(char::is_alphanumeric))
    };
    let message: Vec<_> = line.split(' ').take_while(|word| !is_field(word)).collect();
    let error = line.split_once("error=").map(|(_, error)| match error.strip_prefix('"') {
        Some(quoted) => {
            let marked = quoted.replace("\\\"", "\u{1}");
            marked.split('"').next().unwrap_or_default().replace('\u{1}', "\"")
        }
        None => error.split(' ').next().unwrap_or_default().to_owned(),
    });
    let words: Vec<_> = [message.join(" "), error.unwrap_or_default()]
        .into_iter()
        .filter(|part| !part.trim().is_empty())
        .collect();
    words.join(": ").trim().to_owned()
}

/// A name without its provider.
fn bare(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
