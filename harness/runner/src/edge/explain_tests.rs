//! What each way to lose a route is called.

use cc_ci_model::{Attachment, Healthcheck, NetworkSpec};
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::edge::{network_name, stand_in};

fn joined(network: &str) -> Attachment {
    serde_json::from_value(json!({"network": network, "aliases": []})).unwrap()
}

const HOST: &str = "app.test";

/// A stack whose service `app` is routed and on the shared network.
fn stack() -> StackSpec {
    let mut stack = cc_ci_testkit::stack::one_service("unit-abc123", "app:1");
    let shared = NetworkSpec { name: SHARED.to_owned(), external: true, ..NetworkSpec::default() };
    stack.networks.insert("proxy".to_owned(), stand_in(&stack.name, &shared));
    for service in stack.services.values_mut() {
        service.labels.insert("traefik.enable".to_owned(), "true".to_owned());
        service.networks.push(joined("proxy"));
        service.healthcheck = Some(Healthcheck {
            test: vec!["CMD".to_owned(), "true".to_owned()],
            ..Healthcheck::default()
        });
    }
    assert_eq!(network(&stack), Some(network_name(&stack.name).as_str()));
    stack
}

/// A router as Traefik 3.7 describes it, changed by `with`.
fn router(with: serde_json::Value) -> Router {
    let mut router = json!({
        "name": "unit@swarm", "provider": "swarm", "status": "enabled", "service": "unit",
        "rule": "Host(`app.test`)", "entryPoints": ["web-secure"], "using": ["web-secure"],
        "tls": {"options": "default"}, "priority": 16,
    });
    for (key, value) in with.as_object().unwrap() {
        router[key] = value.clone();
    }
    serde_json::from_value(router).unwrap()
}

fn why(routers: Vec<Router>, log: &str) -> Option<Reason> {
    let known = Some(Known { routers, services: Vec::new() });
    explain(&stack(), HOST, &Facts { known, log, inside: Vec::new() })
}

#[rstest]
#[case::docker_suffix(
    json!({"status": "disabled", "error": ["middleware \"unit-hdr@docker\" does not exist"]}),
    "the edge refuses router unit: middleware \"unit-hdr@docker\" does not exist; since Traefik 3 the labels of \
     a stack belong to the provider swarm: @swarm, or no suffix"
)]
#[case::no_such_middleware(
    json!({"status": "disabled", "error": ["middleware \"unit-auth@swarm\" does not exist"]}),
    "the edge refuses router unit: middleware \"unit-auth@swarm\" does not exist; no label of the stack defines it"
)]
#[case::no_backticks(
    json!({"rule": "Host(app.test)", "status": "disabled", "error": ["error while parsing rule Host(app.test): 1:6: illegal argument"]}),
    "the edge refuses router unit: error while parsing rule Host(app.test): 1:6: illegal argument (rule \
     Host(app.test)); a name in a rule stands in backticks: Host(`…`)"
)]
#[case::no_tls(
    json!({"tls": null}),
    "router unit has no TLS, so it takes no https: the label traefik.http.routers.unit.tls.certresolver (or \
     .tls=true) is missing"
)]
#[case::another_entry_point(
    json!({"entryPoints": ["web"]}),
    "router unit takes requests at the entry point web alone; https arrives at web-secure"
)]
#[case::unknown_entry_point(
    json!({"entryPoints": ["websecure"], "error": ["entryPoint \"websecure\" doesn't exist"]}),
    "the edge refuses router unit: entryPoint \"websecure\" doesn't exist"
)]
#[case::another_host(
    json!({"rule": "Host(`www.test`)"}),
    "no router of the stack has a rule for app.test: router unit has Host(`www.test`)"
)]
fn a_router_that_cannot_work_is_explained_for_good(
    #[case] with: serde_json::Value,
    #[case] expected: &str,
) {
    let reason = why(vec![router(with)], "").unwrap();
    assert_eq!((reason.words.as_str(), reason.lasting), (expected, true));
}

const NO_PORT: &str = "2026-11-29T20:36:01Z INF Starting provider *docker.SwarmProvider\n\
    2026-11-29T20:36:02Z ERR Skipping container error=\"service \\\"unit\\\" error: port is missing\" \
    container=unit-abc123-app providerName=swarm\n";

#[test]
fn a_service_without_a_port_is_explained_by_the_log() {
    let reason = why(Vec::new(), NO_PORT).unwrap();
    let expected = "the edge makes no router of the stack's labels: Skipping container: service \"unit\" error: \
        port is missing; service app has no label traefik.http.services.NAME.loadbalancer.server.port";
    assert_eq!((reason.words.as_str(), reason.lasting), (expected, true));
}

#[test]
fn an_edge_that_has_not_looked_yet_is_waited_for() {
    let reason = why(Vec::new(), "").unwrap();
    assert_eq!(
        (reason.words.as_str(), reason.lasting),
        ("the edge knows no router of this stack", false)
    );
    // A router of Traefik's own is none of the stack's.
    let own = router(
        json!({"name": "api@internal", "provider": "internal", "rule": "PathPrefix(`/api`)"}),
    );
    assert_eq!(why(vec![own], "").unwrap(), reason);
}

#[test]
fn a_route_without_fault_is_not_explained_away() {
    assert_eq!(why(vec![router(json!({}))], NO_PORT), None);
    let regex = router(json!({"rule": "HostRegexp(`^.+\\.test$`)"}));
    assert_eq!(why(vec![regex], ""), None);
}

#[test]
fn a_service_that_is_not_on_the_shared_network_is_named() {
    let mut stack = stack();
    stack.services.values_mut().for_each(|service| service.networks.clear());
    let reason = explain(&stack, HOST, &Facts::default()).unwrap();
    let expected = "service app is not on the network proxy, where the edge looks for it";
    assert_eq!((reason.words.as_str(), reason.lasting), (expected, true));
}

#[test]
fn labels_that_enable_nothing_are_named() {
    let mut stack = stack();
    stack.services.values_mut().for_each(|service| service.labels.clear());
    let reason = explain(&stack, HOST, &Facts::default()).unwrap();
    let expected = "no service of the stack has the label traefik.enable=true";
    assert_eq!((reason.words.as_str(), reason.lasting), (expected, true));
}

#[test]
fn without_its_api_the_edge_s_log_is_all_there_is() {
    let facts = Facts { known: None, log: NO_PORT, inside: Vec::new() };
    let reason = explain(&stack(), HOST, &facts).unwrap();
    assert!(reason.words.starts_with("the edge's log says: Skipping container"), "{reason:?}");
    assert!(!reason.lasting);
}

fn nothing(listens: &[(u16, bool)]) -> Inside {
    let listens =
        listens.iter().map(|(port, loopback)| Listens { port: *port, loopback: *loopback });
    Inside {
        service: Some("app".to_owned()),
        address: "10.0.0.3:8080".to_owned(),
        port: 8080,
        answer: Answered::Nothing("refused".to_owned()),
        listens: Some(listens.collect()),
    }
}

#[rstest]
#[case::the_app_is_fine(
    Inside { answer: Answered::Status(200), listens: None, ..nothing(&[]) },
    "asked inside at 10.0.0.3:8080, past the edge, the app of service app answers 200",
    false
)]
#[case::another_port(
    nothing(&[(80, false), (9000, true)]),
    "the edge sends requests to port 8080 of service app, where nothing listens (refused); it listens on 80",
    true
)]
#[case::loopback_alone(
    nothing(&[(8080, true)]),
    "the edge sends requests to port 8080 of service app, which listens on 127.0.0.1 alone and not on 0.0.0.0",
    true
)]
#[case::it_still_starts(
    nothing(&[]),
    "asked inside at 10.0.0.3:8080, past the edge, the app of service app does not answer: refused",
    false
)]
fn the_app_s_own_answer_inside(#[case] inside: Inside, #[case] words: &str, #[case] lasting: bool) {
    let known = || Some(Known { routers: vec![router(json!({}))], services: Vec::new() });
    let facts = Facts { known: known(), log: "", inside: vec![inside.clone()] };
    let reason = explain(&stack(), HOST, &facts).unwrap();
    assert_eq!((reason.words.as_str(), reason.lasting), (words, lasting));
    // Without a health check nobody can tell whether it has finished to start.
    let mut unchecked = stack();
    unchecked.services.values_mut().for_each(|service| service.healthcheck = None);
    let facts = Facts { known: known(), log: "", inside: vec![inside] };
    assert!(!explain(&unchecked, HOST, &facts).unwrap().lasting);
}
