//! Hosts of `.env.sample` in rules of routers, put below the domain under which an instance serves.
//!
//! `EXTRA_DOMAINS=', `www.shop.example.com`'` is an example of a host that its operator owns. A
//! router for it as it stands would match a name that is not the instance's.

use std::collections::BTreeMap;

use crate::yaml::{Node, Value};

/// Domains that no operator can own (RFC 2606, sections 2 and 3).
const EXAMPLES: [&str; 4] = ["example.com", "example.org", "example.net", "example"];

/// Changes the variables of `env` whose sample hosts stand in a rule of `root`, and says which. Names
/// for which `fixed` holds are left alone; `sample` is the domain of `.env.sample` and `domain` that
/// of the instance.
pub(crate) fn map(
    root: &Node,
    env: &mut BTreeMap<String, String>,
    fixed: impl Fn(&str) -> bool,
    sample: Option<&str>,
    domain: &str,
) -> Vec<String> {
    let mut said = Vec::new();
    for host in hosts(root) {
        let Some(own) = below(&host, sample, domain) else { continue };
        for (name, value) in env.iter_mut().filter(|(name, _)| !fixed(name)) {
            if let Some(changed) = replace(value, &host, &own) {
                *value = changed;
                said.push(format!("{name}: the sample's {host} is {own} here"));
            }
        }
    }
    said
}

/// The texts in quotes of all rules of routers, sorted, each once.
fn hosts(root: &Node) -> Vec<String> {
    let services = root.get("services").map(entries).unwrap_or_default();
    let labels = services.into_iter().flat_map(|(_, service)| {
        let deploy = service.get("deploy").and_then(|deploy| deploy.get("labels"));
        deploy.into_iter().chain(service.get("labels")).flat_map(entries).collect::<Vec<_>>()
    });
    let rules = labels.filter_map(|(name, value)| match &value.value {
        Value::Scalar(scalar) if is_rule(name) => Some(&*scalar.text),
        Value::Scalar(_) | Value::List(_) | Value::Map(_) => None,
    });
    let quoted = |rule: &str| -> Vec<String> {
        let pieces = rule.split(['`', '"']).skip(1).step_by(2);
        pieces.map(str::to_owned).collect()
    };
    let mut hosts: Vec<String> = rules.flat_map(quoted).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

fn is_rule(label: &str) -> bool {
    let label = label.to_ascii_lowercase();
    label.starts_with("traefik.") && label.contains(".routers.") && label.ends_with(".rule")
}

fn entries(node: &Node) -> Vec<(&str, &Node)> {
    match &node.value {
        Value::Map(entries) => entries.iter().map(|e| (&*e.key, &e.node)).collect(),
        Value::Scalar(_) | Value::List(_) => Vec::new(),
    }
}

/// The host of the instance for a sample `host`; `None` where it is not one.
fn below(host: &str, sample: Option<&str>, domain: &str) -> Option<String> {
    let under = |parent: &str| {
        let rest = host.strip_suffix(parent)?;
        (rest.is_empty() || rest.ends_with('.')).then_some(rest)
    };
    if host.is_empty() || !host.chars().all(of_host) || under(domain).is_some() {
        return None;
    }
    let sample = sample.filter(|sample| sample.contains('.'));
    let rest = sample.into_iter().chain(EXAMPLES).find_map(under)?;
    Some(format!("{rest}{domain}"))
}

fn of_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-.".contains(c)
}

/// `text` with `new` for every `old` that is a whole host; `None` where there is none.
fn replace(text: &str, old: &str, new: &str) -> Option<String> {
    let (mut out, mut from, mut found) = (String::new(), 0, false);
    for (at, _) in text.match_indices(old) {
        let end = at + old.len();
        let free = |c: Option<char>| !c.is_some_and(|c| of_host(c) || c == '_');
        if at >= from && free(text[..at].chars().next_back()) && free(text[end..].chars().next()) {
            out.push_str(&text[from..at]);
            out.push_str(new);
            (from, found) = (end, true);
        }
    }
    out.push_str(&text[from..]);
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::the_sample_itself("shop.example.com", Some("own.test"))]
    #[case::below_the_sample("www.shop.example.com", Some("www.own.test"))]
    #[case::another_example("app.example.org", Some("app.own.test"))]
    #[case::bare_example("example.com", Some("own.test"))]
    #[case::own("www.own.test", None)]
    #[case::somebodys("vict.test", None)]
    #[case::ends_alike("myexample.com", None)]
    #[case::path("/api", None)]
    #[case::pattern("*.example.com", None)]
    fn sample_hosts_have_a_place_below_the_domain(#[case] host: &str, #[case] own: Option<&str>) {
        assert_eq!(below(host, Some("shop.example.com"), "own.test").as_deref(), own);
    }

    #[rstest::rstest]
    #[case::quoted(", `www.a.b`", Some(", `www.x`"))]
    #[case::twice("www.a.b,www.a.b", Some("www.x,www.x"))]
    #[case::longer_host("api.www.a.b", None)]
    #[case::longer_behind("www.a.b.c", None)]
    #[case::none("", None)]
    fn only_whole_hosts_are_replaced(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(replace(text, "www.a.b", "www.x").as_deref(), expected);
    }
}
