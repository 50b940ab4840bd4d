//! Several compose files as one, by the rules of the engine's command line.
//!
//! The rules as tried with `docker stack deploy -c a.yml -c b.yml`: scalars and commands of the
//! later file win; environment and labels merge by name, whichever form they have; mounts merge by
//! target, secrets and configs by source, ports by published port; every other list is appended,
//! even the test of a health check.

use super::merge_key::item_key;
use crate::yaml::{Entry, Node, Scalar, Value};

/// Lays the file `over` on the file `base`. Both have their references replaced.
pub(crate) fn merge(base: Node, over: Node) -> Node {
    each(base, over, |section, base, over| match section {
        "services" => each(base, over, |_, base, over| each(base, over, service_key)),
        "networks" | "volumes" | "secrets" | "configs" => {
            each(base, over, |_, base, over| each(base, over, object_key))
        }
        _ => over,
    })
}

fn service_key(key: &str, base: Node, over: Node) -> Node {
    match key {
        "command" | "entrypoint" => over,
        "environment" | "labels" | "sysctls" => each(pairs(base), pairs(over), |_, _, over| over),
        "networks" | "ulimits" => each(names(base), names(over), |_, _, over| over),
        "dns" | "dns_search" => append(key, listed(base), listed(over)),
        "deploy" => each(base, over, service_key),
        "logging" => logging(base, over),
        _ => any(key, base, over),
    }
}

fn object_key(key: &str, base: Node, over: Node) -> Node {
    match key {
        "labels" | "driver_opts" => each(pairs(base), pairs(over), |_, _, over| over),
        _ => over,
    }
}

fn any(key: &str, base: Node, over: Node) -> Node {
    match (&base.value, &over.value) {
        (Value::Map(_), Value::Map(_)) => each(base, over, any),
        (Value::List(_), Value::List(_)) => append(key, base, over),
        _ => over,
    }
}

/// Options belong to a driver: another driver drops those of the earlier file.
fn logging(base: Node, over: Node) -> Node {
    let driver = |node: &Node| match node.get("driver").map(|node| &node.value) {
        Some(Value::Scalar(scalar)) => Some(scalar.text.clone()),
        _ => None,
    };
    match (driver(&base), driver(&over)) {
        (Some(a), Some(b)) if a != b => over,
        _ => each(base, over, |_, base, over| each(pairs(base), pairs(over), |_, _, over| over)),
    }
}

/// Merges two mappings key by key; `both` decides where both have a key. Nothing changes nothing,
/// and of two things that are no mappings the later one wins.
fn each(base: Node, over: Node, both: impl Fn(&str, Node, Node) -> Node + Copy) -> Node {
    if over.is_null() {
        return base;
    }
    let place = base.place.clone();
    match (base.value, over.value) {
        (Value::Map(base), Value::Map(over)) => {
            let mut entries: Vec<Entry> = base;
            for entry in over {
                match entries.iter().position(|present| present.key == entry.key) {
                    None => entries.push(entry),
                    Some(_) if entry.node.is_null() => {}
                    Some(at) if entries[at].node.is_null() => entries[at] = entry,
                    Some(at) => {
                        let node = both(&entry.key, entries[at].node.clone(), entry.node);
                        entries[at] = Entry { key: entry.key, place: entry.place, node };
                    }
                }
            }
            Node { place, value: Value::Map(entries) }
        }
        (_, value) => Node { place: over.place, value },
    }
}

fn append(list: &str, base: Node, over: Node) -> Node {
    let (Value::List(mut items), Value::List(more)) = (base.value, over.value.clone()) else {
        return over;
    };
    for item in more {
        let key = item_key(list, &item);
        let same = |present: &Node| key.is_some() && item_key(list, present) == key;
        match items.iter().position(same) {
            Some(at) => items[at] = item,
            None => items.push(item),
        }
    }
    Node { place: over.place, value: Value::List(items) }
}

/// A list of `NAME=value` as the mapping that it means. A list that is none stays, so that its
/// reader can say what is wrong with it.
fn pairs(node: Node) -> Node {
    as_map(node, |text| match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Scalar::new(value, false)),
        None => (text.to_owned(), Scalar::new("", true)),
    })
}

/// A list of names as the mapping that it means.
fn names(node: Node) -> Node {
    as_map(node, |text| (text.to_owned(), Scalar::new("", true)))
}

fn as_map(node: Node, split: impl Fn(&str) -> (String, Scalar)) -> Node {
    let Value::List(items) = &node.value else { return node };
    let mut entries: Vec<Entry> = Vec::new();
    for item in items {
        let Value::Scalar(scalar) = &item.value else { return node };
        let (key, value) = split(&scalar.text);
        let place = item.place.clone();
        let value = Node { place: place.clone(), value: Value::Scalar(value) };
        entries.retain(|entry| entry.key != key);
        entries.push(Entry { key, place, node: value });
    }
    Node { place: node.place, value: Value::Map(entries) }
}

fn listed(node: Node) -> Node {
    match node.value {
        Value::Scalar(_) => Node { place: node.place.clone(), value: Value::List(vec![node]) },
        Value::List(_) | Value::Map(_) => node,
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(mounts, [("/data", true), ("/anon", false), ("/other", false)]);
        let health = app.healthcheck.as_ref().unwrap();
        assert_eq!(health.test, ["CMD", "true", "CMD", "false"]);
        assert_eq!((health.interval_ns, health.retries), (Some(3_000_000_000), Some(4)));
        let ports: Vec<_> = app.ports.iter().map(|p| (p.target, p.published)).collect();
        assert_eq!(ports, [(82, Some(8082)), (83, Some(8081))]);
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
            "services:\n  app:\n  db: {image: b}\n",
        ])
        .unwrap();
        assert_eq!(spec.services.keys().collect::<Vec<_>>(), ["app", "db"]);
    }

    #[test]
    fn the_same_port_in_tcp_and_udp_is_two_ports() {
        let spec = merged(&[
            "services: {app: {image: a, ports: [\"1:1\"]}}",
            "services: {app: {ports: [\"1:1/udp\"]}}",
        ])
        .unwrap();
        assert_eq!(spec.services["app"].ports.len(), 2);
    }

    #[test]
    fn another_log_driver_drops_the_options() {
        let over = "services: {app: {logging: {driver: syslog}}}";
        let text = "services: {app: {image: a, logging: {driver: local, options: {x: z}}}}";
        let logging = merged(&[text, over]).unwrap().services["app"].logging.clone().unwrap();
        assert_eq!((logging.driver.as_str(), logging.options.len()), ("syslog", 0));
        assert_eq!(service(text).unwrap().logging.unwrap().options.len(), 1);
    }
}
