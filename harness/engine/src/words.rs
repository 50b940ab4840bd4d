//! What an engine's words mean, wherever it says them: in an answer or in a task's error.

/// Words of what is used up, and its name.
const EXHAUSTED: [(&str, &str); 6] = [
    ("no space left on device", "disk space"),
    ("non-overlapping ipv4 address pool", "addresses"),
    ("could not find an available ip", "addresses"),
    ("no available ipv4 addresses", "addresses"),
    ("cannot allocate memory", "memory"),
    ("too many open files", "open files"),
];

/// What of the node is used up, where `words` (in lower case) say so.
#[must_use]
pub fn exhausted(words: &str) -> Option<&'static str> {
    EXHAUSTED.iter().find(|(known, _)| words.contains(known)).map(|(_, what)| *what)
}

/// Words of a node that cannot join a task to its networks, as after a daemon that ended badly.
const NETWORKING: [&str; 2] = ["network sandbox join failed", "error creating vxlan interface"];

/// True where `words` (in lower case) say that the node's own networking fails.
#[must_use]
pub fn networking_fails(words: &str) -> bool {
    NETWORKING.iter().any(|known| words.contains(known))
}

/// The host port that somebody else holds, where `words` (in lower case) say so.
#[must_use]
pub fn taken_port(words: &str) -> Option<u16> {
    let said = [
        // Bind for 127.0.0.1:8080 failed: port is already allocated
        " failed: port is already allocated",
        // listen tcp4 0.0.0.0:80: bind: address already in use
        ": bind: address already in use",
        // port '8080' is already in use by service 'web' (…) as an ingress port
        "' is already in use by service",
    ];
    let end = said.iter().find_map(|text| words.find(text))?;
    let before = &words[..end];
    let start = before.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    before[start..].parse().ok()
}

/// What Swarm's scheduler says of a node on which a host port of the service is taken (swarmkit,
/// `manager/scheduler/filter.go`). It names no port.
const HOST_PORT_TAKEN: &str = "host-mode port already in use";

/// True where `words` (in lower case) are a scheduler's and every node is left out for a taken host
/// port: `no suitable node (host-mode port already in use on 1 node)`.
#[must_use]
pub fn only_host_ports_taken(words: &str) -> bool {
    let reasons = words.split_once("no suitable node (").and_then(|(_, rest)| rest.split_once(')'));
    reasons.is_some_and(|(reasons, _)| {
        reasons.split("; ").all(|reason| reason.trim().starts_with(HOST_PORT_TAKEN))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::a_port("no suitable node (host-mode port already in use on 1 node)", true)]
    #[case::on_several("no suitable node (host-mode port already in use on 3 nodes)", true)]
    #[case::platform("no suitable node (unsupported platform on 1 node)", false)]
    #[case::memory("no suitable node (insufficient resources on 1 node)", false)]
    #[case::constraint("no suitable node (scheduling constraints not satisfied on 1 node)", false)]
    #[case::plugin("no suitable node (missing plugin on 1 node)", false)]
    #[case::drained("no suitable node (1 node not available for new tasks)", false)]
    #[case::two_reasons(
        "no suitable node (host-mode port already in use on 1 node; insufficient resources on 1 node)",
        false
    )]
    #[case::bare("no suitable node", false)]
    #[case::a_name("no such image: support-port:1", false)]
    fn only_the_schedulers_own_words_mean_a_taken_port(#[case] words: &str, #[case] taken: bool) {
        assert_eq!(only_host_ports_taken(words), taken);
    }

    #[rstest::rstest]
    #[case::bridge("bind for 0.0.0.0:64738 failed: port is already allocated", Some(64738))]
    #[case::sixth("bind for :::80 failed: port is already allocated", Some(80))]
    #[case::proxy("listen tcp4 0.0.0.0:80: bind: address already in use", Some(80))]
    #[case::ingress(
        "port '8080' is already in use by service 'web' (x) as an ingress port",
        Some(8080)
    )]
    #[case::platform("no suitable node (unsupported platform on 1 node)", None)]
    #[case::no_number("bind for x failed: port is already allocated", None)]
    fn the_taken_port_is_the_one_that_is_named(#[case] words: &str, #[case] port: Option<u16>) {
        assert_eq!(taken_port(words), port);
    }
}
