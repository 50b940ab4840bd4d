//! The whole specification, as it is sent.

use cc_ci_model::{Attachment, FileRef};
use serde_json::{Value, json};

use super::*;

fn sent(service: &ServiceObject) -> Value {
    let ids = FileIds {
        secrets: HashMap::from([("web_pw".to_owned(), "id-pw".to_owned())]),
        configs: HashMap::from([("web_conf".to_owned(), "id-conf".to_owned())]),
    };
    serde_json::to_value(service_spec(service, &ids)).unwrap()
}

fn object(spec: Wanted) -> ServiceObject {
    let stack = BTreeMap::from([(LABEL_NAMESPACE.to_owned(), "web".to_owned())]);
    ServiceObject {
        name: "web_app".to_owned(),
        spec: Wanted { image: "nginx:1".to_owned(), ..spec },
        labels: stack.clone(),
        container_labels: stack.clone(),
        volume_labels: stack,
        force: 0,
    }
}

#[test]
fn a_plain_service_gets_nothing_that_nobody_asked_for() {
    assert_eq!(
        sent(&object(Wanted::default())),
        json!({
            "Name": "web_app",
            "Labels": {"com.docker.stack.image": "nginx:1", "com.docker.stack.namespace": "web"},
            "TaskTemplate": {
                "ContainerSpec": {
                    "Image": "nginx:1",
                    "Labels": {"com.docker.stack.namespace": "web"},
                    "Privileges": {},
                },
                "Resources": {},
                "Placement": {},
                "ForceUpdate": 0,
            },
            "Mode": {"Replicated": {"Replicas": 1}},
            "EndpointSpec": {"Mode": "vip"},
        })
    );
}

#[test]
fn a_service_outside_a_stack_carries_no_label_of_a_stack() {
    let mut service = object(Wanted::default());
    service.labels.clear();
    assert_eq!(sent(&service)["Labels"], json!({}));
}

#[test]
fn our_labels_win_over_the_recipes() {
    let labels = BTreeMap::from([(LABEL_NAMESPACE.to_owned(), "forged".to_owned())]);
    let spec = Wanted { labels: labels.clone(), container_labels: labels, ..Wanted::default() };
    let sent = sent(&object(spec));
    assert_eq!(sent["Labels"][LABEL_NAMESPACE], "web");
    assert_eq!(sent["TaskTemplate"]["ContainerSpec"]["Labels"][LABEL_NAMESPACE], "web");
}

#[test]
fn options_of_a_driver_are_sent() {
    let attachment = Attachment {
        network: "proxy".to_owned(),
        aliases: Vec::new(),
        options: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
    };
    let sent = sent(&object(Wanted { networks: vec![attachment], ..Wanted::default() }));
    let expected = json!([{"Target": "proxy", "DriverOpts": {"a": "b"}}]);
    assert_eq!(sent["TaskTemplate"]["Networks"], expected);
}

#[test]
fn networks_ports_and_mode_are_sorted_and_complete() {
    let attach = |network: &str| Attachment {
        network: network.to_owned(),
        aliases: vec!["app".to_owned()],
        options: Default::default(),
    };
    let port = |published: Option<u16>, mode| PortSpec {
        target: 80,
        published,
        protocol: Protocol::Udp,
        mode,
    };
    let spec = Wanted {
        networks: vec![attach("web_b"), attach("proxy")],
        ports: vec![port(Some(90), PortMode::Host), port(Some(81), PortMode::Ingress)],
        mode: Mode::Global,
        endpoint_mode: EndpointMode::Dnsrr,
        ..Wanted::default()
    };
    let sent = sent(&object(spec));
    assert_eq!(
        sent["TaskTemplate"]["Networks"],
        json!([{"Target": "proxy", "Aliases": ["app"]}, {"Target": "web_b", "Aliases": ["app"]}])
    );
    assert_eq!(sent["Mode"], json!({"Global": {}}));
    assert_eq!(sent["EndpointSpec"]["Mode"], "dnsrr");
    let ports: Vec<_> = sent["EndpointSpec"]["Ports"].as_array().unwrap().iter().collect();
    assert_eq!(
        (&ports[0]["PublishedPort"], &ports[0]["PublishMode"]),
        (&json!(81), &json!("ingress"))
    );
    assert_eq!(
        (&ports[1]["PublishedPort"], &ports[1]["PublishMode"]),
        (&json!(90), &json!("host"))
    );
    assert_eq!(ports[1]["Protocol"], "udp");
}

#[test]
fn files_are_known_by_name_and_id() {
    let file = |source: &str, target: &str| FileRef {
        source: source.to_owned(),
        target: target.to_owned(),
        uid: "0".to_owned(),
        gid: "33".to_owned(),
        mode: 0o440,
    };
    let spec = Wanted {
        secrets: vec![file("web_pw", "pw")],
        configs: vec![file("web_conf", "/etc/app.conf")],
        ..Wanted::default()
    };
    let sent = sent(&object(spec));
    let container = &sent["TaskTemplate"]["ContainerSpec"];
    let file = |name: &str| json!({"Name": name, "UID": "0", "GID": "33", "Mode": 0o440});
    assert_eq!(
        container["Secrets"],
        json!([{"File": file("pw"), "SecretID": "id-pw", "SecretName": "web_pw"}])
    );
    assert_eq!(
        container["Configs"],
        json!([{"File": file("/etc/app.conf"), "ConfigID": "id-conf", "ConfigName": "web_conf"}])
    );
}
