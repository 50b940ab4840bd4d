use super::super::try_read::{merged, service};

#[test]
fn a_chain_is_what_the_command_line_makes_of_it() {
    let base = "
services:
  app:
    image: a:1
    command: one two
    dns: [1.1.1.1]
    environment: [A=1, B]
    cap_add: [NET_ADMIN]
    volumes: [\"data:/data\", /anon]
    healthcheck: {test: [CMD, \"true\"], interval: 3s}
    ports: [{target: 81, published: 8082, mode: host}]
    networks: [inner]
    configs: [c]
    deploy: {labels: [x=1], placement: {constraints: [node.role==manager]}}
networks: {inner: {}}
volumes: {data: {}}
configs: {c: {external: true}}
";
    let over = "
services:
  app:
    command: three
    dns: 2.2.2.2
    environment: {A: \"2\", C: 3}
    cap_add: [SYS_TIME]
    volumes: [\"data:/data:ro\", \"data:/other\"]
    healthcheck: {test: [CMD, \"false\"], retries: 4}
    ports: [{target: 82, published: 8082, mode: host}, {target: 83, published: 8081, mode: host}]
    networks: {inner: {aliases: [zz]}}
    configs: [{source: c, mode: 0555}]
    deploy: {labels: {x: \"2\", y: \"3\"}, placement: {constraints: [node.role!=worker]}}
volumes: {data: {driver_opts: {type: tmpfs}}}
";
    let spec = merged(&[base, over]).unwrap();
    let app = &spec.services["app"];
    assert_eq!(app.command.as_deref(), Some(&["three".to_owned()][..]));
    assert_eq!(app.dns, ["1.1.1.1", "2.2.2.2"]);
    let env: Vec<_> = app.environment.iter().map(|(k, v)| (k.as_str(), v.as_deref())).collect();
    assert_eq!(env, [("A", Some("2")), ("B", None), ("C", Some("3"))]);
    assert_eq!(app.cap_add, ["NET_ADMIN", "SYS_TIME"]);
    let mounts: Vec<_> = app.mounts.iter().map(|m| (m.target.as_str(), m.read_only)).collect();
    assert_eq!(mounts, [("/anon", false), ("/data", true), ("/other", false)]);
    let health = app.healthcheck.as_ref().unwrap();
    assert_eq!(health.test, ["CMD", "true", "CMD", "false"]);
    assert_eq!((health.interval_ns, health.retries), (Some(3_000_000_000), Some(4)));
    let ports: Vec<_> = app.ports.iter().map(|p| (p.target, p.published)).collect();
    assert_eq!(ports, [(83, Some(8081)), (82, Some(8082))]);
    assert_eq!(app.networks[0].aliases, ["zz", "app"]);
    assert_eq!((app.configs.len(), app.configs[0].mode), (1, 0o555));
    assert_eq!((app.labels["x"].as_str(), app.labels["y"].as_str()), ("2", "3"));
    assert_eq!(app.placement.constraints, ["node.role==manager", "node.role!=worker"]);
    assert_eq!(spec.volumes["data"].options["type"], "tmpfs");
}

#[test]
fn an_overlay_adds_services_and_nothing_changes_nothing() {
    let spec = merged(&[
        "services: {app: {image: a, deploy: }}",
        "services:\n  app: {deploy: }\n  db: {image: b}\n",
    ])
    .unwrap();
    assert_eq!(spec.services.keys().collect::<Vec<_>>(), ["app", "db"]);
}

#[test]
fn a_published_port_is_one_port_whatever_its_protocol() {
    let spec = merged(&[
        "services: {app: {image: a, ports: [\"1:1\"]}}",
        "services: {app: {ports: [\"1:1/udp\"]}}",
    ])
    .unwrap();
    let [port] = spec.services["app"].ports.as_slice() else { panic!("not one port") };
    assert_eq!(port.protocol, cc_ci_model::Protocol::Udp);
}

#[test]
fn a_later_file_cannot_take_back_what_is_true() {
    let over = "services: {app: {read_only: false, init: false}}";
    let spec = merged(&["services: {app: {image: a, read_only: true, init: true}}", over]).unwrap();
    assert_eq!((spec.services["app"].read_only, spec.services["app"].init), (true, Some(true)));
}

#[test]
fn a_later_network_replaces_the_earlier_one_whole() {
    let base = "services: {app: {image: a, networks: [n]}}\nnetworks: {n: {internal: true}}";
    let over = "services: {}\nnetworks: {n: {attachable: true}}";
    let network = &merged(&[base, over]).unwrap().networks["n"];
    assert_eq!((network.internal, network.attachable), (false, true));
}

#[test]
fn another_log_driver_drops_the_options() {
    let over = "services: {app: {logging: {driver: syslog}}}";
    let text = "services: {app: {image: a, logging: {driver: local, options: {x: z}}}}";
    let logging = merged(&[text, over]).unwrap().services["app"].logging.clone().unwrap();
    assert_eq!((logging.driver.as_str(), logging.options.len()), ("syslog", 0));
    assert_eq!(service(text).unwrap().logging.unwrap().options.len(), 1);
}
