//! Gathers what is known about an answer of the edge in the app's place.

use std::collections::BTreeSet;
use std::time::Duration;

use cc_ci_backup::running_container;
use cc_ci_engine::{ExecSpec, Selector};
use cc_ci_model::Fault;
use tokio::time::timeout;

use super::api::{Known, ask_edge};
use super::explain::{Answered, Facts, Inside, Listens, Reason, explain};
use super::name;
use crate::life::Life;

/// Lines of the edge's log that are read.
const LINES: u32 = 200;
/// Longest time for all questions together.
const LIMIT: Duration = Duration::from_secs(20);
/// Prints what listens in a container, as the kernel writes it.
const LISTENING: &str = "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null";
/// Time to read that.
const LISTENING_LIMIT: Duration = Duration::from_secs(5);
/// Tasks that are asked.
const ASKED: usize = 2;

/// The fault with its reason, and that reason where no waiting changes it. A fault that is not about
/// the edge's own answer stays as it is.
pub(crate) async fn explained(life: &Life<'_>, fault: Fault) -> (Fault, Option<String>) {
    let Fault::NotServing { url, detail } = &fault else { return (fault, None) };
    let Some(host) = host(url) else { return (fault, None) };
    let Ok(Some(Reason { words, lasting })) = timeout(LIMIT, reason(life, host)).await else {
        return (fault, None);
    };
    let words = life.world.journal.redactor().clean_text(&words).into_owned();
    let explained = Fault::NotServing { url: url.clone(), detail: format!("{detail}; {words}") };
    (explained, lasting.then_some(words))
}

/// The host of a URL, or of an address with a port.
fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?', ' ']).next()?;
    (!host.is_empty()).then_some(host)
}

async fn reason(life: &Life<'_>, host: &str) -> Option<Reason> {
    let (world, stack) = (life.world, life.spec());
    super::network(stack)?;
    // What the recipe's own files say needs no question.
    if let Some(reason) = explain(stack, host, &Facts::default()).filter(|reason| reason.lasting) {
        return Some(reason);
    }
    let known = ask_edge(world, stack, &life.labels()).await.ok();
    let log = world.site.engine.logs(&name(stack), LINES).await.unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let inside = match &known {
        Some(known) => ask_inside(life, known, host).await,
        None => Vec::new(),
    };
    explain(stack, host, &Facts { known, log: &log, inside })
}

/// Asks the tasks to which the edge sends requests for `host`.
async fn ask_inside(life: &Life<'_>, known: &Known, host: &str) -> Vec<Inside> {
    let used: BTreeSet<_> = known
        .routers
        .iter()
        .filter(|router| router.rule.contains(host))
        .map(|router| router.service.split('@').next().unwrap_or_default())
        .collect();
    let services = known.services.iter().filter(|service| {
        service.provider == "swarm"
            && used.contains(service.name.split('@').next().unwrap_or_default())
    });
    let balancers = services.filter_map(|service| service.load_balancer.as_ref());
    let servers: Vec<_> = balancers.map(|balancer| balancer.servers.as_slice()).collect();
    let mut asked = Vec::new();
    for server in servers.concat().iter().take(ASKED) {
        let address = server.url.split_once("://").map_or(server.url.as_str(), |(_, rest)| rest);
        let address = address.trim_end_matches('/');
        let Some((ip, port)) = address.rsplit_once(':') else { continue };
        let (Ok(ip), Ok(port)) = (ip.trim_matches(['[', ']']).parse(), port.parse()) else {
            continue;
        };
        let answer = match life.ways() {
            Some(ways) => match ways.gateway.status(ip, port, host).await {
                Ok(status) => Answered::Status(status),
                Err(how) => Answered::Nothing(how),
            },
            None => continue,
        };
        let service = service_at(life, ip).await;
        let listens = match (&answer, &service) {
            (Answered::Nothing(_), Some(key)) => listening(life, key).await,
            (Answered::Nothing(_) | Answered::Status(_), _) => None,
        };
        asked.push(Inside { service, address: address.to_owned(), port, answer, listens });
    }
    asked
}

/// The compose name of the service one of whose tasks has this address.
async fn service_at(life: &Life<'_>, address: std::net::IpAddr) -> Option<String> {
    let stack = life.spec();
    let own = Selector::stack(stack.name.as_str());
    let endpoints = life.world.site.engine.endpoints(&own).await.ok()?;
    let at = endpoints.iter().find(|endpoint| {
        endpoint.virtual_address == Some(address)
            || endpoint.tasks.iter().any(|task| task.address == Some(address))
    })?;
    let mut keys = stack.services.keys();
    keys.find(|key| at.names.contains(&format!("{}_{key}", stack.name))).cloned()
}

/// The ports on which the service's container listens.
async fn listening(life: &Life<'_>, service: &str) -> Option<Vec<Listens>> {
    let engine = life.world.site.engine.as_ref();
    let container = running_container(engine, life.stack(), service).await.ok()??;
    let exec = ExecSpec::sh(LISTENING).within(LISTENING_LIMIT);
    let said = container.exec(&exec).await.ok()?;
    let listens = read_listening(&said.text());
    (!listens.is_empty()).then_some(listens)
}

/// Reads `/proc/net/tcp` and `tcp6`: address and port in hexadecimal, state 0A for listening.
fn read_listening(text: &str) -> Vec<Listens> {
    let line = |line: &str| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (address, port) = words.next()?.split_once(':')?;
        let state = words.nth(1)?;
        let port = u16::from_str_radix(port, 16).ok()?;
        // The resolver of the container's network listens on 127.0.0.11.
        let resolver = address == "0B00007F";
        let loopback = address.len() == 8 && address.ends_with("7F")
            || address == "00000000000000000000000001000000";
        (state == "0A" && !resolver).then_some(Listens { port, loopback })
    };
    let found: BTreeSet<_> = text.lines().filter_map(line).collect();
    let open = |port| found.contains(&Listens { port, loopback: false });
    found.iter().filter(|l| !l.loopback || !open(l.port)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::url("https://app.test/path", Some("app.test"))]
    #[case::port("https://app.test:8443/", Some("app.test"))]
    #[case::tls("app.test:443", Some("app.test"))]
    #[case::nothing("https:///", None)]
    fn the_host_of_what_was_asked(#[case] url: &str, #[case] expected: Option<&str>) {
        assert_eq!(host(url), expected);
    }

    #[test]
    fn what_listens_is_read_from_the_kernel_s_table() {
        let text = "  sl  local_address rem_address   st tx_queue\n\
            \x20  0: 00000000:1F90 00000000:0000 0A 00000000:00000000\n\
            \x20  1: 0100007F:0050 00000000:0000 0A 00000000:00000000\n\
            \x20  2: 0B00007F:9C4D 00000000:0000 0A 00000000:00000000\n\
            \x20  3: 0A00000A:1F90 0A00000B:C350 01 00000000:00000000\n\
            \x20  4: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A\n\
            \x20  5: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A\n";
        let listens = |port, loopback| Listens { port, loopback };
        let expected = [listens(80, false), listens(3000, true), listens(8080, false)];
        assert_eq!(read_listening(text), expected);
    }
}
