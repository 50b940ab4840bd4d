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
