//! The adapter on the real engine.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use cc_ci_docker::Docker;
use cc_ci_engine::*;
use cc_ci_model::*;
use futures_util::StreamExt as _;

const BASE: &str = "dockertest-base:1";
type Labels = Vec<(String, String)>;

fn labels(name: &str) -> Labels {
    vec![("dockertest".to_owned(), name.to_owned())]
}
fn map(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().cloned().collect()
}
fn service(name: &str, script: &str, l: &Labels) -> ServiceObject {
    ServiceObject {
        name: name.to_owned(),
        spec: ServiceSpec {
            image: BASE.into(),
            command: Some(vec!["sh".into(), "-c".into(), script.into()]),
            endpoint_mode: EndpointMode::Dnsrr,
            ..ServiceSpec::default()
        },
        labels: map(l),
        container_labels: map(l),
        volume_labels: map(l),
        force: 0,
    }
}
async fn sweep(d: &Docker, l: &Labels) -> stack::Down {
    stack::down(d, &Selector { labels: l.clone() }, Duration::from_secs(20)).await.unwrap()
}
fn own(name: &str, script: &str, l: &Labels) -> ContainerSpec {
    ContainerSpec {
        name: name.into(),
        image: BASE.into(),
        command: Some(vec!["sh".into(), "-c".into(), script.into()]),
        labels: map(l),
        init: true,
        ..ContainerSpec::default()
    }
}

#[tokio::test]
async fn node() {
    let d = Docker::connect().await.unwrap();
    let n = d.node().await.unwrap();
    println!("{n:#?}");
    assert_eq!((n.api.as_str(), n.swarm.as_str(), n.manager), ("1.41", "active", true));
    let e = d.start_swarm("127.0.0.1").await.unwrap_err();
    println!("{e}");
    assert!(matches!(e, EngineError::Conflict { .. }));
}

#[tokio::test]
async fn containers_exec_stats() {
    let d = Docker::connect().await.unwrap();
    let l = labels("ct");
    sweep(&d, &l).await;
    let mut spec = own("dockertest-ct", "echo out; echo err >&2; sleep 600", &l);
    spec.mounts = vec![Mount { source: "dockertest-vol".into(), target: "/d".into(), read_only: false }];
    spec.ports = vec![HostPort { target: 80, address: "127.0.0.1".into(), port: 0 }];
    let net = NetworkSpec { name: "dockertest-net".into(), driver: "overlay".into(), attachable: true, ..Default::default() };
    let nid = d.create_network(&net, &l).await.unwrap();
    let e = d.create_network(&net, &l).await.unwrap_err();
    println!("{e}");
    assert!(matches!(e, EngineError::Conflict { .. }));
    let br = NetworkSpec { name: "dockertest-br".into(), driver: "bridge".into(), ..Default::default() };
    d.create_network(&br, &l).await.unwrap();
    assert!(matches!(d.create_network(&br, &l).await, Err(EngineError::Conflict { .. })));
    spec.networks = vec!["bridge".into(), "dockertest-net".into()];
    let id = d.start_container(&spec).await.unwrap();
    let e = d.start_container(&spec).await.unwrap_err();
    println!("{e}");
    assert!(matches!(e, EngineError::Conflict { .. }));
    let c = d.container("dockertest-ct").await.unwrap();
    println!("{c:#?}");
    assert_eq!(c.addresses.len(), 2);
    assert!(c.pid > 0 && c.ports["80/tcp"].starts_with("127.0.0.1:"));
    // port taken
    let port = c.ports["80/tcp"].rsplit(':').next().unwrap().parse().unwrap();
    let mut other = own("dockertest-ct2", "sleep 600", &l);
    other.ports = vec![HostPort { target: 80, address: "127.0.0.1".into(), port }];
    let e = d.start_container(&other).await.unwrap_err();
    println!("{e}");
    assert!(matches!(e, EngineError::PortTaken { port: p, .. } if p == port));
    assert!(d.container("dockertest-ct2").await.unwrap_err().is_not_found());
    let mut none = own("dockertest-ct3", "true", &l);
    none.image = "nosuch:1".into();
    println!("{}", d.start_container(&none).await.unwrap_err());
    // exec
    let o = d.exec(&id, &ExecSpec::sh("cat; echo bad >&2; exit 3").input(vec![7u8; 3_000_000])).await.unwrap();
    assert_eq!((o.exit_code, o.stdout.len(), o.complaint().as_str()), (3, 3_000_000, "bad"));
    let o = d.exec(&id, &ExecSpec::sh("exec head -c 5").input(vec![b'x'; 3_000_000])).await.unwrap();
    assert_eq!((o.exit_code, o.text().as_str()), (0, "xxxxx"));
    let o = d.exec(&id, &ExecSpec::new(["nosuchcmd"])).await.unwrap();
    println!("{o:?} {}", o.text());
    for _ in 0..30 {
        let o = d.exec(&id, &ExecSpec::sh("head -c 100000 /dev/zero; exit 7")).await.unwrap();
        assert_eq!((o.exit_code, o.stdout.len()), (7, 100000));
    }
    let e = d.exec(&id, &ExecSpec::sh("sleep 30").within(Duration::from_millis(300))).await.unwrap_err();
    println!("{e}");
    assert!(matches!(e, EngineError::Timeout { .. }));
    let mut env = ExecSpec::sh("id -un; echo $A");
    env.user = Some("nobody".into());
    env.environment = vec!["A=b".into()];
    assert_eq!(d.exec(&id, &env).await.unwrap().text(), "nobody\nb");
    // put
    let mut t = tar::Builder::new(Vec::new());
    let mut h = tar::Header::new_gnu();
    h.set_size(3);
    h.set_mode(0o644);
    h.set_cksum();
    t.append_data(&mut h, "f.txt", &b"abc"[..]).unwrap();
    d.put(&id, "/d", t.into_inner().unwrap()).await.unwrap();
    assert_eq!(d.exec(&id, &ExecSpec::sh("cat /d/f.txt")).await.unwrap().text(), "abc");
    println!("{}", d.put(&id, "/nosuch", vec![0; 1024]).await.unwrap_err());
    let s = d.stats(&id).await.unwrap();
    println!("{s:?}");
    assert!(s.memory_bytes > 0 && s.cpu_ns > 0 && s.pids > 0);
    assert_eq!(String::from_utf8(d.logs(&id, 10).await.unwrap()).unwrap().len(), 8);
    assert_eq!(d.logs(&id, 1).await.unwrap().len(), 4);
    // in use
    let inv = d.inventory(&Selector::label("dockertest", "ct")).await.unwrap();
    println!("{inv:#?}");
    assert_eq!(inv.len(), 4);
    for kind in [ObjectKind::Network, ObjectKind::Volume] {
        let o = inv.iter().find(|o| o.kind == kind && (o.id == nid || o.kind == ObjectKind::Volume)).unwrap();
        let e = d.remove(o).await.unwrap_err();
        println!("{e}");
        assert!(matches!(e, EngineError::Conflict { .. }));
    }
    let e = d.connect(&id, "dockertest-net").await.unwrap_err();
    println!("{e}");
    println!("{}", d.connect(&id, "nosuchnet").await.unwrap_err());
    d.kill(&id, "KILL").await.unwrap();
    let mut c = d.container(&id).await.unwrap();
    while c.state == "running" { c = d.container(&id).await.unwrap(); }
    assert_eq!((c.state.as_str(), c.exit_code, c.pid), ("exited", Some(137), 0));
    d.kill(&id, "KILL").await.unwrap();
    println!("{}", d.kill("nosuch", "KILL").await.unwrap_err());
    let e = d.exec(&id, &ExecSpec::sh("true")).await.unwrap_err();
    println!("{e}");
    assert!(matches!(e, EngineError::Conflict { .. }));
    let e = d.stats(&id).await.unwrap_err();
    assert!(matches!(e, EngineError::Conflict { .. }), "{e}");
    assert_eq!(d.containers(&Selector::has("dockertest")).await.unwrap().iter().filter(|c| c.id == id).count(), 1);
    let down = sweep(&d, &l).await;
    assert!(down.left.is_empty());
    for o in &inv { d.remove(o).await.unwrap(); }
}

#[tokio::test]
async fn services_tasks_events() {
    let d = Docker::connect().await.unwrap();
    let l = labels("sv");
    sweep(&d, &l).await;
    let mut events = d.events().await.unwrap();
    let sec = SecretObject { name: "dockertest_pw".into(), data: b"hush".to_vec(), template_driver: None, labels: map(&l) };
    d.create_secret(&sec).await.unwrap();
    let e = d.create_secret(&sec).await.unwrap_err();
    println!("{e}");
    assert!(matches!(e, EngineError::Conflict { .. }));
    let cfg = ConfigObject { name: "dockertest_conf".into(), data: b"{{ env \"A\" }}".to_vec(), template_driver: Some("golang".into()), labels: map(&l) };
    d.create_config(&cfg).await.unwrap();
    assert!(matches!(d.create_config(&cfg).await, Err(EngineError::Conflict { .. })));
    let net = NetworkSpec { name: "dockertest-sv".into(), driver: "overlay".into(), attachable: true, ..Default::default() };
    d.create_network(&net, &l).await.unwrap();
    let mut s = service("dockertest_app", "cat /run/secrets/pw /etc/c; sleep 600", &l);
    let file = |source: &str, target: &str| FileRef { source: source.into(), target: target.into(), uid: "0".into(), gid: "0".into(), mode: 0o444 };
    s.spec.secrets = vec![file("dockertest_pw", "pw")];
    s.spec.configs = vec![file("dockertest_conf", "/etc/c")];
    s.spec.environment = [("A".to_owned(), Some("templated".to_owned()))].into();
    s.spec.networks = vec![Attachment { network: "dockertest-sv".into(), aliases: vec!["app".into()] }];
    s.spec.mounts = vec![MountSpec { source: "dockertest_data".into(), target: "/data".into(), ..Default::default() }, MountSpec { target: "/anon".into(), ..Default::default() }];
    let id = d.create_service(&s).await.unwrap();
    let e = d.create_service(&s).await.unwrap_err();
    println!("{e}");
    assert!(matches!(e, EngineError::Conflict { .. }));
    let mut bad = s.clone();
    bad.name = "dockertest_bad".into();
    bad.spec.secrets[0].source = "dockertest_p".into();
    println!("{}", d.create_service(&bad).await.unwrap_err());
    // by events until the task's container starts
    let started = loop {
        let e = events.next().await.unwrap().unwrap();
        println!("{} {} {:.12} {:?}", e.kind, e.action, e.id, e.attributes.get("name"));
        if e.kind == "container" && e.action == "start" && e.attributes.get("dockertest").is_some_and(|v| v == "sv") { break e.id; }
    };
    let sel = Selector::label("dockertest", "sv");
    let log = loop {
        let t = d.tasks(&sel).await.unwrap();
        if t[0].state == "running" { println!("{t:#?}"); assert_eq!(t[0].exit_code, None); assert_eq!(t[0].container.as_deref(), Some(started.as_str())); }
        let log = d.logs(&started, 10).await.unwrap();
        if !log.is_empty() && t[0].state == "running" { break log; }
    };
    assert_eq!(String::from_utf8(log).unwrap(), "hushtemplated");
    let o = d.exec(&started, &ExecSpec::sh("getent hosts app")).await.unwrap();
    println!("{}", o.text());
    assert!(o.ok());
    let st = d.services(&sel).await.unwrap();
    println!("{st:#?}");
    assert_eq!((st[0].id.as_str(), st[0].replicas, st[0].one_shot), (id.as_str(), Some(1), false));
    // in use
    let inv = d.inventory(&sel).await.unwrap();
    println!("{inv:#?}");
    for o in inv.iter().filter(|o| matches!(o.kind, ObjectKind::Secret | ObjectKind::Config | ObjectKind::Network | ObjectKind::Volume)) {
        let e = d.remove(o).await.unwrap_err();
        println!("{e}");
        assert!(matches!(e, EngineError::Conflict { .. }), "{e:?}");
    }
    // update + force
    s.spec.stop_grace_ns = Some(1_000_000);
    s.force = 5;
    d.update_service(&s).await.unwrap();
    let after = d.services(&sel).await.unwrap();
    assert!(after[0].version > st[0].version);
    println!("{:?} {:?}", after[0].update, after[0].update_started);
    for _ in 0..10 { s.force = 0; d.update_service(&s).await.unwrap(); }
    let mut gone = s.clone();
    gone.name = "dockertest_gone".into();
    println!("{}", d.update_service(&gone).await.unwrap_err());
    let c = d.tasks(&sel).await.unwrap();
    assert!(c.len() >= 1);
    let before = std::time::Instant::now();
    let down = sweep(&d, &l).await;
    println!("down {:?}", before.elapsed());
    assert!(down.left.is_empty(), "{down:?}");
}

#[tokio::test]
async fn parallel_updates_do_not_lose() {
    let d = Docker::connect().await.unwrap();
    let l = labels("pu");
    sweep(&d, &l).await;
    let s = service("dockertest_pu", "sleep 600", &l);
    d.create_service(&s).await.unwrap();
    let all = (1..6).map(|n| { let mut s = s.clone(); s.force = n; let d = d.clone(); async move { d.update_service(&s).await } });
    for r in futures_util::future::join_all(all).await { r.unwrap(); }
    assert!(sweep(&d, &l).await.left.is_empty());
}

#[tokio::test]
async fn one_shot_and_failing() {
    let d = Docker::connect().await.unwrap();
    let l = labels("os");
    sweep(&d, &l).await;
    let mut s = service("dockertest_os", "exit 4", &l);
    s.spec.restart = Some(RestartPolicy { condition: Some(RestartCondition::None), ..Default::default() });
    d.create_service(&s).await.unwrap();
    let sel = Selector::label("dockertest", "os");
    let t = loop { let t = d.tasks(&sel).await.unwrap(); if t.iter().any(TaskState::is_over) { break t; } };
    println!("{t:#?}");
    assert_eq!(t[0].exit_code, Some(4));
    assert!(d.services(&sel).await.unwrap()[0].one_shot);
    assert!(sweep(&d, &l).await.left.is_empty());
}

fn context(dockerfile: &str) -> Vec<u8> {
    let mut t = tar::Builder::new(Vec::new());
    let mut h = tar::Header::new_gnu();
    h.set_size(dockerfile.len() as u64);
    h.set_mode(0o644);
    h.set_cksum();
    t.append_data(&mut h, "Dockerfile", dockerfile.as_bytes()).unwrap();
    t.into_inner().unwrap()
}

#[tokio::test]
async fn images() {
    let d = Docker::connect().await.unwrap();
    let f = tempfile::NamedTempFile::new().unwrap();
    let mut t = tar::Builder::new(f.reopen().unwrap());
    let big = vec![1u8; 5_000_000];
    let mut h = tar::Header::new_gnu();
    h.set_size(big.len() as u64); h.set_mode(0o644); h.set_cksum();
    t.append_data(&mut h, "big", &big[..]).unwrap();
    t.finish().unwrap();
    let i = d.import(f.path(), "dockertest-imp:1", &[("a.b".into(), "x \"y\" $z".into())]).await.unwrap();
    println!("{i:#?}");
    assert_eq!(i.labels["a.b"], "x \"y\" $z");
    assert!(i.bytes >= 5_000_000);
    println!("{}", d.import(std::path::Path::new("/nosuch.tar"), "dockertest-imp:2", &[]).await.unwrap_err());
    let lines = Mutex::new(Vec::new());
    let p = |l: &str| lines.lock().unwrap().push(l.to_owned());
    let b = BuildSpec {
        context: context(&format!("FROM {BASE}\nARG X\nRUN echo hello-$X-$http_proxy; test \"$X\" = 1\n")),
        args: [("X".to_owned(), "1".to_owned()), ("http_proxy".to_owned(), "px".to_owned())].into(),
        tag: "dockertest-built:1".into(),
        labels: [("l".to_owned(), "v".to_owned())].into(),
        ..Default::default()
    };
    let i = d.build(&b, &p).await.unwrap();
    println!("{:#?} {i:#?}", lines.lock().unwrap());
    assert!(lines.lock().unwrap().iter().any(|l| l == "hello-1-px"));
    assert_eq!(i.labels["l"], "v");
    let mut bad = b.clone();
    bad.args.insert("X".into(), "2".into());
    bad.tag = "dockertest-built:2".into();
    let e = d.build(&bad, &|_| {}).await.unwrap_err();
    println!("{e}");
    assert!(matches!(e, EngineError::Build { .. }));
    bad.context = context("FROM 127.0.0.1:5998/nosuch:1\n");
    println!("{}", d.build(&bad, &|_| {}).await.unwrap_err());
    bad.context = context("FRUM x\n");
    println!("{}", d.build(&bad, &|_| {}).await.unwrap_err());
    d.tag(&i.id, "127.0.0.1:5998/dockertest/x:1").await.unwrap();
    println!("{}", d.push("127.0.0.1:5998/dockertest/x:1").await.unwrap_err());
    let e = d.pull("127.0.0.1:5998/dockertest/y:1", Duration::from_secs(20)).await.unwrap_err();
    println!("{e}");
    assert!(matches!(e, EngineError::Pull { failure: PullFailure::Unreachable, .. }));
    assert_eq!(d.image("dockertest-nosuch:9").await.unwrap(), None);
    println!("{}", d.tag("dockertest-nosuch:9", "dockertest-q:1").await.unwrap_err());
}
