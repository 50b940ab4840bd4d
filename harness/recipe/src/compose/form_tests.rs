//! Every form in which a compose file can say something.

use std::collections::BTreeMap;
use std::fs;

use cc_ci_model::{
    EndpointMode, FailureAction, MountType, ObjectSource, PortMode, PortSpec, Protocol,
    RestartCondition, UpdateOrder,
};

use super::try_read::{Given, app, merged, read_with};

fn port(target: u16, published: Option<u16>, protocol: Protocol, mode: PortMode) -> PortSpec {
    PortSpec { target, published, protocol, mode }
}

#[rstest::rstest]
#[case::target("ports: [80]", vec![port(80, None, Protocol::Tcp, PortMode::Ingress)])]
#[case::pair("ports: [8080:80/udp]", vec![port(80, Some(8080), Protocol::Udp, PortMode::Ingress)])]
#[case::range("ports: [\"5-6:7-8\"]", vec![
    port(7, Some(5), Protocol::Tcp, PortMode::Ingress),
    port(8, Some(6), Protocol::Tcp, PortMode::Ingress),
])]
#[case::range_to_one("ports: [\"5-6:7\"]", vec![
    port(7, Some(5), Protocol::Tcp, PortMode::Ingress),
    port(7, Some(6), Protocol::Tcp, PortMode::Ingress),
])]
#[case::address("ports: [\"127.0.0.1:5:6\"]", vec![port(6, Some(5), Protocol::Tcp, PortMode::Ingress)])]
#[case::chosen_by_the_engine("ports: [\":80\", \"0:81\"]", vec![
    port(80, None, Protocol::Tcp, PortMode::Ingress),
    port(81, None, Protocol::Tcp, PortMode::Ingress),
])]
#[case::long("ports: [{target: 1, published: 2, protocol: sctp, mode: host}]",
    vec![port(1, Some(2), Protocol::Sctp, PortMode::Host)])]
fn ports(#[case] lines: &str, #[case] expected: Vec<PortSpec>) {
    assert_eq!(app(lines).unwrap().ports, expected);
}

/// The engine's own networks know no aliases; options of a driver are sent.
#[test]
fn joined_networks() {
    let text = "version: '3.13'\nservices:\n  app:\n    image: a\n    networks: {own: {driver_opts: {a: b}}, \
                outer: , bridged: {aliases: [x]}, other: }\nnetworks:\n  own:\n  outer: {external: true, name: host}\n  \
                bridged: {external: true, name: bridge}\n  other: {external: true, name: \"\"}\n";
    let spec = merged(&[text]).unwrap();
    let joined = &spec.services["app"].networks;
    let seen: Vec<(&str, Vec<&str>)> = (joined.iter())
        .map(|n| (n.network.as_str(), n.aliases.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        seen,
        [("own", vec!["app"]), ("outer", vec![]), ("bridged", vec!["x"]), ("other", vec!["app"]),]
    );
    assert_eq!(joined[0].options["a"], "b");
    // A name that says nothing is none.
    assert_eq!(spec.networks["other"].name, "other");
}

#[rstest::rstest]
#[case("nginx", true)]
#[case("nginx:1.26", true)]
#[case("localhost:5000/a/b:2", true)]
#[case("Registry.example/a", true)]
#[case("a/b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true)]
#[case("postgres:", false)]
#[case(":17", false)]
#[case("/postgres:17", false)]
#[case("library//postgres:17", false)]
#[case("Postgres:17", false)]
#[case("postgres:-17", false)]
#[case("postgres@", false)]
#[case("postgres:1 7", false)]
fn an_image_is_one_that_the_engine_takes(#[case] image: &str, #[case] taken: bool) {
    let text = format!("version: '3.8'\nservices: {{app: {{image: '{image}'}}}}\n");
    assert_eq!(merged(&[&text]).is_ok(), taken);
}

#[test]
fn mounts() {
    let app =
        app("volumes:\n  - data:/a:ro,nocopy\n  - /anon\n  - /etc/hosts:/h:rshared\n  - type: \
                   tmpfs\n    target: /t\n    tmpfs: {size: 64, mode: 0700}\n  - {type: volume, \
                   source: data, target: /b, volume: {nocopy: true}}")
        .unwrap();
    let seen: Vec<_> = (app.mounts.iter())
        .map(|m| (m.kind, m.source.as_str(), m.target.as_str(), m.read_only, m.no_copy))
        .collect();
    assert_eq!(
        seen,
        [
            (MountType::Volume, "data", "/a", true, true),
            (MountType::Volume, "", "/anon", false, false),
            (MountType::Bind, "/etc/hosts", "/h", false, false),
            (MountType::Tmpfs, "", "/t", false, false),
            (MountType::Volume, "data", "/b", false, true),
        ]
    );
    assert_eq!(app.mounts[2].propagation.as_deref(), Some("rshared"));
    assert_eq!((app.mounts[3].tmpfs_bytes, app.mounts[3].tmpfs_mode), (Some(64), None));
}

#[rstest::rstest]
#[case::list("environment: [A=1, B=x=y, C, D=]")]
#[case::mapping("environment: {A: 1, B: x=y, C: , D: \"\"}")]
fn environment(#[case] lines: &str) {
    let env = app(lines).unwrap().environment;
    let env: Vec<_> = env.iter().map(|(k, v)| (k.as_str(), v.as_deref())).collect();
    assert_eq!(env, [("A", Some("1")), ("B", Some("x=y")), ("C", None), ("D", Some(""))]);
}

#[test]
fn a_bare_name_is_taken_from_the_environment_of_the_app() {
    let text = "services: {app: {image: a, environment: [SEEN, UNSEEN]}}";
    let given = Given { sample: "SEEN=yes\n", ..Given::default() };
    let (spec, _) = read_with(&[text], &given).unwrap();
    let env = &spec.services["app"].environment;
    assert_eq!((env["SEEN"].as_deref(), &env["UNSEEN"]), (Some("yes"), &None));
}

#[test]
fn numbers_arrive_as_numbers() {
    let env = app("environment: {A: 0555, B: 1_000, C: 1.50, D: 1e3, E: yes}").unwrap().environment;
    let values: Vec<_> = env.values().map(|v| v.as_deref().unwrap_or_default()).collect();
    assert_eq!(values, ["365", "1000", "1.5", "1000", "yes"]);
}

#[test]
fn labels_of_service_and_container_stay_apart() {
    let app = app("labels: {a: 1}\ndeploy:\n  labels: [b=2, c]").unwrap();
    assert_eq!(app.container_labels, BTreeMap::from([("a".into(), "1".into())]));
    assert_eq!(app.labels, BTreeMap::from([("b".into(), "2".into()), ("c".into(), String::new())]));
}

#[rstest::rstest]
#[case::list("healthcheck: {test: [CMD, a, b]}", &["CMD", "a", "b"])]
#[case::text("healthcheck: {test: a b}", &["CMD-SHELL", "a b"])]
#[case::disabled("healthcheck: {disable: true}", &["NONE"])]
#[case::image_s_own("healthcheck: {interval: 1s}", &[])]
fn health_tests(#[case] lines: &str, #[case] test: &[&str]) {
    assert_eq!(app(lines).unwrap().healthcheck.unwrap().test, test);
}

#[test]
fn deploy() {
    let app = app(
        "deploy:\n  replicas: 2\n  endpoint_mode: dnsrr\n  restart_policy: {condition: on-failure, \
         delay: 2s, max_attempts: 3, window: 1m}\n  update_config: {order: start-first, \
         failure_action: rollback, monitor: 2s, parallelism: 0, max_failure_ratio: 0.5}\n  \
         rollback_config: {failure_action: pause}\n  placement: {constraints: [\"node.role == \
         manager\"], preferences: [{spread: node.labels.zone}], max_replicas_per_node: 1}\n  \
         resources: {limits: {cpus: \"0.5\", memory: 1g, pids: 9}, reservations: {memory: 1m}}",
    )
    .unwrap();
    let update = app.update.unwrap();
    assert_eq!(update.order, Some(UpdateOrder::StartFirst));
    assert_eq!(update.failure_action, Some(FailureAction::Rollback));
    assert_eq!((update.parallelism, update.monitor_ns), (Some(0), Some(2_000_000_000)));
    assert_eq!(app.rollback.unwrap().failure_action, Some(FailureAction::Pause));
    let restart = app.restart.unwrap();
    assert_eq!(restart.condition, Some(RestartCondition::OnFailure));
    assert_eq!((restart.max_attempts, restart.window_ns), (Some(3), Some(60_000_000_000)));
    assert_eq!(app.endpoint_mode, EndpointMode::Dnsrr);
    assert_eq!(app.resources.limit_nano_cpus, Some(500_000_000));
    assert_eq!(app.resources.limit_memory_bytes, Some(1 << 30));
    assert_eq!(app.resources.reserve_memory_bytes, Some(1 << 20));
    assert_eq!(app.placement.spread, ["node.labels.zone"]);
}

#[test]
fn process() {
    let app =
        app("entrypoint: /run.sh --fast\ncommand: [a, \"b c\"]\nuser: \"1000\"\ninit: true\ndns: \
                   9.9.9.9\nextra_hosts: [\"db:10.0.0.1\"]\nulimits: {nofile: 10, core: {soft: 1, \
                   hard: 2}}\nsysctls: [net.core.somaxconn=9]\nstop_grace_period: 1m\nlogging: \
                   {driver: local, options: {max-file: 3}}")
        .unwrap();
    assert_eq!(app.entrypoint.unwrap(), ["/run.sh", "--fast"]);
    assert_eq!(app.command.unwrap(), ["a", "b c"]);
    assert_eq!((app.user.as_deref(), app.init), (Some("1000"), Some(true)));
    assert_eq!((app.dns, app.hosts), (vec!["9.9.9.9".into()], vec!["10.0.0.1 db".into()]));
    assert_eq!((app.ulimits[0].soft, app.ulimits[1].hard), (10, 2));
    assert_eq!(app.sysctls["net.core.somaxconn"], "9");
    assert_eq!(app.logging.unwrap().options["max-file"], "3");
}

#[test]
fn networks_have_the_names_of_docker_stack_deploy() {
    let spec = merged(&[
        "services:\n  app: {image: a, networks: {inner: {aliases: [x]}, proxy: }}\n  db: {image: \
         b}\nnetworks: {inner: {internal: true}, proxy: {external: true}, other: {}, named: {name: \
         m}}\n",
    ])
    .unwrap();
    let names: Vec<_> =
        spec.networks.iter().map(|(k, n)| (k.as_str(), n.name.as_str(), n.external)).collect();
    assert_eq!(
        names,
        [
            ("default", "test-abc123_default", false),
            ("inner", "test-abc123_inner", false),
            ("proxy", "proxy", true),
        ]
    );
    let app = &spec.services["app"].networks;
    assert_eq!(
        (&app[0].aliases, &app[1].aliases),
        (&vec!["x".into(), "app".into()], &vec!["app".into()])
    );
    assert_eq!(spec.services["db"].networks[0].network, "default");
}

#[test]
fn what_swarm_ignores_is_said_once() {
    let text = "services:\n  app: {image: a, depends_on: [nobody], restart: \"no\", tmpfs: [/tmp], \
                ports: [\"127.0.0.1:1:1\"], x-mine: {}}\nx-all: 1\n";
    let (_, notes) = read_with(&[text], &Given::default()).unwrap();
    assert_eq!(
        notes.ignored.into_iter().collect::<Vec<_>>(),
        [
            "services.app.depends_on",
            "services.app.ports[0]: address 127.0.0.1",
            "services.app.restart",
            "services.app.tmpfs",
        ]
    );
}

const SECRETS: &str = "services:\n  app: {image: a, secrets: [word, {source: file, target: f, mode: \
                       0400, uid: \"1\"}]}\nsecrets:\n  word: {external: true, name: \
                       \"${STACK_NAME}_word_${SECRET_WORD_VERSION}\"}\n  file: {file: s.txt}\n  \
                       unused: {external: true, name: \"x_${SECRET_UNUSED_VERSION}\"}\n";

#[test]
fn secrets_are_made_up_read_or_given() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.txt"), "hush").unwrap();
    let mut given = Given {
        sample: "SECRET_WORD_VERSION=v2 # length=8 charset=hex\n",
        folder: Some(folder.path()),
        ..Given::default()
    };
    let (spec, _) = read_with(&[SECRETS], &given).unwrap();
    assert_eq!(spec.secrets.keys().collect::<Vec<_>>(), ["file", "word"]);
    assert_eq!(spec.secrets["word"].name, "test-abc123_word_v2");
    let charset = "0123456789abcdef".to_owned();
    assert_eq!(spec.secrets["word"].source, ObjectSource::Generate { length: 8, charset });
    let ObjectSource::Content(file) = &spec.secrets["file"].source else { panic!("no content") };
    assert_eq!((file.path.as_str(), file.bytes.as_slice()), ("s.txt", &b"hush"[..]));
    let seen: Vec<_> = (spec.services["app"].secrets.iter())
        .map(|f| (f.source.as_str(), f.target.as_str(), f.uid.as_str(), f.mode))
        .collect();
    assert_eq!(seen, [("word", "word", "0", 0o444), ("file", "f", "1", 0o400)]);

    given.sample = "SECRET_WORD_VERSION=v2 # generate=false\n";
    given.settings.insert("SECRET_WORD".to_owned(), "given".to_owned());
    let (spec, notes) = read_with(&[SECRETS], &given).unwrap();
    let ObjectSource::Content(file) = &spec.secrets["word"].source else { panic!("no content") };
    assert_eq!(file.bytes, b"given");
    assert!(notes.secret_settings.contains("SECRET_WORD"));
}

#[rstest::rstest]
#[case::always("restart: always", RestartCondition::Any, None)]
#[case::unless_stopped("restart: unless-stopped", RestartCondition::Any, None)]
#[case::attempts("restart: on-failure:3", RestartCondition::OnFailure, Some(3))]
#[case::failure("restart: on-failure", RestartCondition::OnFailure, Some(0))]
#[case::deploy_wins(
    "restart: always\ndeploy: {restart_policy: {condition: none}}",
    RestartCondition::None,
    None
)]
fn the_restart_key_counts_where_deploy_says_nothing(
    #[case] lines: &str,
    #[case] condition: RestartCondition,
    #[case] attempts: Option<u64>,
) {
    let restart = app(lines).unwrap().restart.unwrap();
    assert_eq!((restart.condition, restart.max_attempts), (Some(condition), attempts));
}

#[test]
fn a_restart_of_no_says_nothing() {
    assert_eq!(app("restart: \"no\"").unwrap().restart, None);
}
