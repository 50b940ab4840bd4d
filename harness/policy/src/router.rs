//! The powers that a stack asks of the edge by its labels.

use std::collections::BTreeSet;

use cc_ci_model::StackSpec;

use crate::object::portable;
use crate::rule::Rule;
use crate::{Grant, Need, grant};

/// One label that the edge reads. The edge ignores the case of labels.
struct Label<'a> {
    service: &'a str,
    /// The keys above the label in the compose file.
    keys: &'static [&'static str],
    name: &'a str,
    /// Its pieces in lower case, without `traefik`.
    pieces: Vec<String>,
    value: &'a str,
}

fn labels(spec: &StackSpec) -> impl Iterator<Item = Label<'_>> {
    spec.services.iter().flat_map(|(service, spec)| {
        let deploy = spec.labels.iter().map(|label| (&["deploy", "labels"][..], label));
        let container = spec.container_labels.iter().map(|label| (&["labels"][..], label));
        deploy.chain(container).filter_map(move |(keys, (name, value))| {
            let lower = name.to_ascii_lowercase();
            let pieces = lower.strip_prefix("traefik.")?.split('.').map(str::to_owned).collect();
            Some(Label { service, keys, name, pieces, value: value.trim() })
        })
    })
}

/// True for `host` where it is `domain` or below it.
fn is_own(host: &str, domain: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == domain
        || host.strip_suffix(domain).is_some_and(|rest| {
            let name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            rest.len() > 1 && rest.ends_with('.') && rest.chars().all(name)
        })
}

/// The powers that labels ask for at the edge; `domain` is the name under which the stack serves.
pub(crate) fn needs(spec: &StackSpec, domain: &str) -> Vec<Need> {
    let mut needs: Vec<Need> =
        labels(spec).filter_map(|label| of_router(spec, domain, &label)).collect();
    needs.extend(labels(spec).filter_map(|label| of_address(spec, domain, &label)));
    // A router of UDP needs several labels, and each of them asks for the same.
    let mut seen = BTreeSet::new();
    needs.retain(|need| seen.insert((need.at.clone(), need.what.clone(), need.grant.clone())));
    needs
}

fn of_router(spec: &StackSpec, domain: &str, label: &Label<'_>) -> Option<Need> {
    let [proto, section, router, fields @ ..] = label.pieces.as_slice() else { return None };
    if section != "routers" {
        return None;
    }
    let field = fields.join(".");
    let id = portable(spec, &format!("{proto}.{router}"));
    let need = |what: String, why, grant: Grant| {
        let what = portable(spec, &what.replace(domain, "${DOMAIN}"));
        let need = Need::service(label.service, what, why, grant);
        need.below(label.keys).below(&[label.name])
    };
    let named = |grant: fn(String) -> Grant, what: String, why| {
        let need = need(what, why, grant(id.clone()));
        if grant::is_plain(&id) { need } else { need.ungrantable() }
    };
    if proto == "udp" {
        let what =
            format!("has the UDP router {router}, which takes every packet of its entry point");
        return Some(named(Grant::Router, what, "it can take the packets of another stack"));
    }
    let own = |host: &str| is_own(host, domain);
    match field.as_str() {
        // Without a rule the edge matches the service's own name.
        "rule" if label.value.is_empty() => None,
        "rule" => match Rule::parse(label.value) {
            Some(rule) if rule.is_confined(&own) => None,
            None if is_bare(label.value) => {
                let what = format!(
                    "has the router {router} with the rule {}, in which no text stands between backticks",
                    label.value
                );
                let why = "the edge refuses such a router and answers 404; it is written Host(`…`)";
                Some(named(Grant::Router, what, why).ungrantable())
            }
            rule => {
                let what = match rule {
                    Some(_) => format!(
                        "has the router {router} with the rule {}, which is not only about hosts at \
                         or below ${{DOMAIN}}",
                        label.value
                    ),
                    None => format!(
                        "has the router {router} with the rule {}, which cannot be read",
                        label.value
                    ),
                };
                let why = "a router that can match another stack's name can take its requests";
                Some(named(Grant::Router, what, why))
            }
        },
        "priority" if matches!(label.value, "" | "0") => None,
        "priority" => {
            let what = format!("gives the router {router} the priority {}", label.value);
            let why = "the edge asks a router of higher priority before those of other stacks";
            Some(named(Grant::RouterPriority, what, why))
        }
        "service" if label.value.contains('@') => {
            let what = format!("hands the requests of the router {router} to {}", label.value);
            let why = "a service with `@` belongs to the edge or to another stack";
            Some(named(Grant::Router, what, why))
        }
        _ => None,
    }
}

/// True for a rule with a matcher and without any quotes.
fn is_bare(rule: &str) -> bool {
    rule.contains('(') && !rule.contains(['`', '"', '\''])
}

/// An address that the edge itself connects to.
fn of_address(spec: &StackSpec, domain: &str, label: &Label<'_>) -> Option<Need> {
    let [_, section, _, fields @ ..] = label.pieces.as_slice() else { return None };
    let field = fields.join(".");
    let dials = match section.as_str() {
        "middlewares" => field == "forwardauth.address",
        "services" => field.ends_with(".url") || field.ends_with(".address"),
        _ => false,
    };
    if !dials || is_of_stack(spec, domain, label.value) {
        return None;
    }
    let what = format!("makes the edge connect to {}", label.value);
    let why = "the edge reaches addresses that the stack's own containers do not";
    let address = portable(spec, label.value);
    let ungrantable = !grant::is_plain(&address);
    let need = Need::service(label.service, what, why, Grant::EdgeDials(address));
    let need = need.below(label.keys).below(&[label.name]);
    Some(if ungrantable { need.ungrantable() } else { need })
}

/// True for an address of a service of the stack, or of the stack's own domain.
fn is_of_stack(spec: &StackSpec, domain: &str, address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return false;
    }
    let host = host.split(':').next().unwrap_or_default();
    let service = spec.services.keys().any(|key| {
        let name = format!("{}_{key}", spec.name);
        host == key || host == name || host.strip_prefix("tasks.") == Some(name.as_str())
    });
    service || is_own(host, domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::app;

    const DOMAIN: &str = "shop-abc123.cc-ci.test";

    fn asked(labels: &[(&str, &str)]) -> Vec<String> {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let spec = app(|app| app.labels = labels);
        let words = |need: Need| need.grant.map_or("nothing helps".to_owned(), |g| g.to_string());
        needs(&spec, DOMAIN).into_iter().map(words).collect()
    }

    #[rstest::rstest]
    #[case::foreign(
        &[("traefik.http.routers.shop-abc123.rule", "Host(`shop-abc123.cc-ci.test`) || Host(`vict.cc-ci.test`)")],
        &["router:http.${STACK_NAME}"]
    )]
    #[case::any_case(
        &[("TRAEFIK.HTTP.Routers.Evil.Rule", "PathPrefix(`/`)")], &["router:http.evil"]
    )]
    #[case::unreadable(&[("traefik.http.routers.x.rule", "Host(`a`")], &["router:http.x"])]
    #[case::ends_alike(
        &[("traefik.http.routers.x.rule", "Host(`evilshop-abc123.cc-ci.test`)")], &["router:http.x"]
    )]
    #[case::pattern(
        &[("traefik.http.routers.x.rule", "Host(`*.shop-abc123.cc-ci.test`)")], &["router:http.x"]
    )]
    #[case::tcp(&[("traefik.tcp.routers.ssh.rule", "HostSNI(`*`)")], &["router:tcp.ssh"])]
    #[case::udp(
        &[("traefik.udp.routers.dns.entrypoints", "dns"), ("traefik.udp.routers.dns.service", "dns")],
        &["router:udp.dns"]
    )]
    #[case::priority(
        &[("traefik.http.routers.x.priority", "1000")], &["router-priority:http.x"]
    )]
    #[case::api(&[("traefik.http.routers.x.service", "api@internal")], &["router:http.x"])]
    #[case::neighbour(
        &[("traefik.http.routers.x.service", "vict-d23a88_app@swarm")], &["router:http.x"]
    )]
    #[case::auth(
        &[("traefik.http.middlewares.m.forwardauth.address", "http://169.254.169.254/")],
        &["edge-dials:http://169.254.169.254/"]
    )]
    #[case::user_in_front(
        &[("traefik.http.middlewares.m.forwardauth.address", "http://app@10.0.0.1/")],
        &["edge-dials:http://app@10.0.0.1/"]
    )]
    #[case::server(
        &[("traefik.http.services.s.loadbalancer.server.url", "http://10.0.0.1:2375")],
        &["edge-dials:http://10.0.0.1:2375"]
    )]
    fn is_asked_for(#[case] labels: &[(&str, &str)], #[case] grants: &[&str]) {
        assert_eq!(asked(labels), grants);
    }

    #[rstest::rstest]
    #[case::usual(&[
        ("traefik.enable", "true"),
        ("traefik.http.services.shop-abc123.loadbalancer.server.port", "80"),
        ("traefik.http.routers.shop-abc123.rule", "Host(`shop-abc123.cc-ci.test`)"),
        ("traefik.http.routers.shop-abc123.entrypoints", "web-secure"),
        ("traefik.http.routers.shop-abc123.tls.certresolver", ""),
        ("traefik.http.routers.shop-abc123.middlewares", "redirect@file"),
        ("traefik.http.routers.shop-abc123.service", "shop-abc123"),
    ])]
    #[case::upper_case(&[("traefik.http.routers.x.rule", "Host(`SHOP-ABC123.cc-ci.test`)")])]
    #[case::default_rule(&[("traefik.http.routers.x.rule", "")])]
    #[case::computed_priority(&[("traefik.http.routers.x.priority", "0")])]
    #[case::own_sni(&[("traefik.tcp.routers.x.rule", "HostSNI(`a.shop-abc123.cc-ci.test`)")])]
    #[case::own_auth(&[("traefik.http.middlewares.m.forwardauth.address", "http://app:4181/x")])]
    #[case::own_domain(&[
        ("traefik.http.middlewares.m.forwardauth.address", "https://shop-abc123.cc-ci.test/auth")
    ])]
    #[case::not_the_edges(&[("backupbot.backup", "true")])]
    fn is_free(#[case] labels: &[(&str, &str)]) {
        assert!(asked(labels).is_empty());
    }

    /// Rendered twice, for two stacks of one unit, it is the same power.
    #[test]
    fn a_rule_without_backticks_is_a_mistake_and_no_power() {
        let labels = [("traefik.http.routers.shop-abc123.rule", "Host(shop-abc123.cc-ci.test)")];
        assert_eq!(asked(&labels), ["nothing helps"]);
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let spec = app(|app| app.labels = labels);
        let words = "has the router ${STACK_NAME} with the rule Host(${DOMAIN}), in which no \
                     text stands between backticks";
        assert_eq!(needs(&spec, DOMAIN)[0].what, words);
    }

    #[test]
    fn what_no_grant_can_name_is_hopeless() {
        assert_eq!(asked(&[("traefik.http.routers.a b.rule", "Path(`/`)")]), ["nothing helps"]);
    }
}
