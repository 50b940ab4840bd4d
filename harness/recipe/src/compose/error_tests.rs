//! Every way in which a compose file can be wrong, with the whole message.

use std::collections::BTreeMap;
use std::fs;

use super::try_read::{Given, app, merged, read_with};
use crate::yaml::Problem;

/// Problems inside a service, one text each.
#[rstest::rstest]
#[case::unknown_key("unknown_key", "port:\n  - 80:80")]
#[case::unknown_key_far("unknown_key_far", "zzz: 1")]
#[case::unknown_deploy_key("unknown_deploy_key", "deploy:\n  replica: 2")]
#[case::number_for_text("number_for_text", "hostname: 5")]
#[case::text_for_list("text_for_list", "ports: \"80:80\"")]
#[case::mapping_for_text("mapping_for_text", "user: {a: b}")]
#[case::quoted_number("quoted_number", "deploy:\n  replicas: \"2\"")]
#[case::negative_number("negative_number", "deploy: {replicas: -1}")]
#[case::truth_value_in_environment("truth_value_in_environment", "environment:\n  A: true")]
#[case::truth_value("truth_value", "tty: 1")]
#[case::bare_equals("bare_equals", "environment: [\"=x\"]")]
#[case::duration_without_unit("duration_without_unit", "stop_grace_period: 30")]
#[case::bad_duration("bad_duration", "stop_grace_period: 3 minutes")]
#[case::bad_size("bad_size", "deploy: {resources: {limits: {memory: 5 apples}}}")]
#[case::bad_cpus("bad_cpus", "deploy: {resources: {limits: {cpus: 0.5}}}")]
#[case::generic_resource(
    "generic_resource",
    "deploy: {resources: {reservations: {generic_resources: [{discrete_resource_spec: {value: 1}}]}}}"
)]
#[case::bad_port("bad_port", "ports: [\"99999\"]")]
#[case::bad_port_range("bad_port_range", "ports: [\"1-2:1-3\"]")]
#[case::bad_long_port("bad_long_port", "ports:\n  - {target: 80, mode: hots}")]
#[case::port_without_target("port_without_target", "ports:\n  - published: 80")]
#[case::port_zero("port_zero", "ports: [{target: 0}]")]
#[case::undeclared_volume("undeclared_volume", "volumes: [\"dat:/data\"]")]
#[case::undeclared_network("undeclared_network", "networks: [innner]")]
#[case::undeclared_secret("undeclared_secret", "secrets: [pass]")]
#[case::undeclared_config("undeclared_config", "configs: [{source: config}]")]
#[case::nothing_for_list("nothing_for_list", "ports:")]
#[case::nothing_for_mapping("nothing_for_mapping", "environment:")]
#[case::nothing_for_text("nothing_for_text", "hostname:")]
#[case::word_for_truth_value("word_for_truth_value", "tty: yes")]
#[case::number_for_user("number_for_user", "user: 1000")]
#[case::not_in_the_schema("not_in_the_schema", "group_add: [video]")]
#[case::relative_target("relative_target", "volumes: [\"data:data\"]")]
#[case::word_for_address("word_for_address", "ports: [\"localhost:8080:80\"]")]
#[case::mount_from_home("mount_from_home", "volumes: [\"~/x:/y\"]")]
#[case::relative_long_mount(
    "relative_long_mount",
    "volumes: [{type: bind, source: ., target: /a}]"
)]
#[case::relative_mount("relative_mount", "volumes: [\"./html:/html\"]")]
#[case::bad_mount_option("bad_mount_option", "volumes: [\"data:/data:readonly\"]")]
#[case::four_part_mount("four_part_mount", "volumes: [\"a:b:c:d\"]")]
#[case::tmpfs_with_source("tmpfs_with_source", "volumes: [{type: tmpfs, source: a, target: /a}]")]
#[case::bad_mount_type("bad_mount_type", "volumes: [{type: volum, target: /a}]")]
#[case::decimal_mode("decimal_mode", "configs: [{source: conf, mode: 5555}]")]
#[case::fixed_address("fixed_address", "networks: {inner: {ipv4_address: 10.0.0.5}}")]
#[case::bad_health_test("bad_health_test", "healthcheck: {test: [curl, localhost]}")]
#[case::disabled_with_test("disabled_with_test", "healthcheck: {disable: true, test: [CMD, a]}")]
#[case::bad_restart_condition(
    "bad_restart_condition",
    "deploy: {restart_policy: {condition: always}}"
)]
#[case::rollback_of_rollback(
    "rollback_of_rollback",
    "deploy: {rollback_config: {failure_action: rollback}}"
)]
#[case::bad_ratio("bad_ratio", "deploy: {update_config: {max_failure_ratio: 2}}")]
#[case::global_replicas("global_replicas", "deploy: {mode: global, replicas: 2}")]
#[case::job("job", "deploy: {mode: replicated-job}")]
#[case::bad_constraint("bad_constraint", "deploy: {placement: {constraints: [node.role=manager]}}")]
#[case::soft_above_hard("soft_above_hard", "ulimits: {nofile: {soft: 2, hard: 1}}")]
#[case::open_quote_in_command("open_quote_in_command", "command: sh -c 'echo")]
#[case::bad_host("bad_host", "extra_hosts: [nohost]")]
#[case::env_file_missing("env_file_missing", "env_file: .env")]
#[case::windows_only("windows_only", "credential_spec: {registry: x}")]
#[case::one_letter_volume("one_letter_volume", "volumes: [\"v:/a\"]")]
#[case::twice_in_a_list("twice_in_a_list", "cap_add: [A, B, A]")]
#[case::init_from_a_variable("init_from_a_variable", "init: ${A:-true}")]
#[case::bad_restart("bad_restart", "restart: sometimes")]
#[case::restart_attempts("restart_attempts", "restart: on-failure:many")]
#[case::date("date", "environment:\n  SINCE: 2020-01-01")]
#[case::infinity("infinity", "environment: {A: .inf}")]
#[case::extension_in_deploy("extension_in_deploy", "deploy: {x-mine: 1}")]
#[case::bad_order("bad_order", "deploy: {update_config: {order: random}}")]
#[case::required_variable("required_variable", "hostname: ${HOST:?set HOST in .env}")]
#[case::bad_reference("bad_reference", "command: echo $(date)")]
fn in_a_service(#[case] name: &str, #[case] lines: &str) {
    insta::assert_snapshot!(name, app(lines).unwrap_err());
}

/// Problems outside services.
#[rstest::rstest]
#[case::no_services("no_services", "version: \"3.8\"\n")]
#[case::empty_services("empty_services", "services: {}\n")]
#[case::unknown_section("unknown_section", "servics:\n  app: {image: a}\n")]
#[case::version_number("version_number", "version: 3.8\nservices: {app: {image: a}}\n")]
#[case::list_of_services("list_of_services", "services:\n  - image: a\n")]
#[case::no_image("no_image", "services:\n  app:\n    command: x\n")]
#[case::bad_image("bad_image", "services: {app: {image: \"a b\"}}\n")]
#[case::empty_image("empty_image", "services: {app: {image: \"${NOTHING}\"}}\n")]
#[case::bad_service_name("bad_service_name", "services:\n  my app: {image: a}\n")]
#[case::unknown_network_key(
    "unknown_network_key",
    "services: {app: {image: a}}\nnetworks: {n: {atachable: true}}\n"
)]
#[case::ipam("ipam", "services: {app: {image: a}}\nnetworks: {n: {ipam: {config: [{}]}}}\n")]
#[case::newer_key(
    "newer_key",
    "version: \"3.8\"\nservices: {app: {image: a, healthcheck: {start_interval: 1s}}}\n"
)]
#[case::format_version("format_version", "version: \"2.4\"\nservices: {app: {image: a}}\n")]
#[case::number_for_key("number_for_key", "services:\n  5: {image: a}\n")]
#[case::nul("nul", "services: {app: {image: a, hostname: \"a\\0b\"}}\n")]
#[case::empty_file("empty_file", "# nothing\n")]
#[case::external_with_driver(
    "external_with_driver",
    "services: {app: {image: a}}\nvolumes: {v: {external: true, driver: local}}\n"
)]
#[case::two_names(
    "two_names",
    "services: {app: {image: a}}\nvolumes: {v: {external: {name: a}, name: b}}\n"
)]
#[case::config_without_file(
    "config_without_file",
    "services: {app: {image: a}}\nconfigs: {c: {}}\n"
)]
#[case::config_file_missing(
    "config_file_missing",
    "services: {app: {image: a}}\nconfigs: {c: {file: nowhere}}\n"
)]
#[case::config_file_outside(
    "config_file_outside",
    "services: {app: {image: a}}\nconfigs: {c: {file: ../../etc/passwd}}\n"
)]
#[case::config_file_absolute(
    "config_file_absolute",
    "services: {app: {image: a}}\nconfigs: {c: {file: /etc/passwd}}\n"
)]
#[case::secret_driver(
    "secret_driver",
    "services: {app: {image: a}}\nsecrets: {s: {file: x, driver: vault}}\n"
)]
#[case::empty_version(
    "empty_version",
    "services: {app: {image: a}}\nconfigs:\n  c:\n    name: ${STACK_NAME}_c_${C_VERSION}\n    file: x\n"
)]
#[case::long_service_name(
    "long_service_name",
    "services: {a-service-whose-name-is-much-too-long-for-a-label-of-dns: {image: a}}\n"
)]
#[case::long_name(
    "long_name",
    "services: {app: {image: a}}\nconfigs:\n  an_uncommonly_long_name_for_a_secret:\n    name: ${STACK_NAME}_an_uncommonly_long_name_for_a_secret_version_twelve_or_so\n    external: true\n"
)]
fn in_a_file(#[case] name: &str, #[case] text: &str) {
    insta::assert_snapshot!(name, merged(&[text]).unwrap_err());
}

const SECRET: &str = "services:\n  app: {image: a, secrets: [word]}\nsecrets:\n  word:\n    \
                      external: true\n    name: ${STACK_NAME}_word_${SECRET_WORD_VERSION}\n";

fn secret(sample: &str) -> Result<(), Problem> {
    read_with(&[SECRET], &Given { sample, ..Given::default() }).map(drop)
}

#[test]
fn a_secret_that_nobody_may_make_up_needs_a_value() {
    let sample = "SECRET_WORD_VERSION=v1 # generate=false\n";
    insta::assert_snapshot!("secret_without_value", secret(sample).unwrap_err());
    let empty = BTreeMap::from([("SECRET_WORD".to_owned(), String::new())]);
    let given = Given { sample, settings: empty, ..Given::default() };
    assert!(read_with(&[SECRET], &given).is_err());
}

#[test]
fn a_secret_without_version_is_refused() {
    insta::assert_snapshot!("secret_without_version", secret("").unwrap_err());
}

#[test]
fn a_bad_config_is_refused_before_the_engine_does_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("c"), "").unwrap();
    let text = "services: {app: {image: a}}\nconfigs: {c: {file: c}}\n";
    let given = Given { folder: Some(folder.path()), ..Given::default() };
    insta::assert_snapshot!("empty_config", read_with(&[text], &given).unwrap_err());
    fs::write(folder.path().join("c"), "x").unwrap();
    let jinja = "services: {app: {image: a}}\nconfigs: {c: {file: c, template_driver: jinja}}\n";
    insta::assert_snapshot!("bad_template_driver", read_with(&[jinja], &given).unwrap_err());
    fs::write(folder.path().join("c"), vec![b'x'; 1_024_000]).unwrap();
    let error = read_with(&[text], &given).unwrap_err().to_string();
    assert!(error.contains("is larger than 1023999 bytes"), "{error}");
}
