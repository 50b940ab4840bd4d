//! Throw-away.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::allow_attributes)]
use cc_ci_docker::Docker;
use cc_ci_engine::Engine;
use cc_ci_node::*;
use std::sync::Arc;
use std::time::Instant;
#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let env = |n: &str| std::env::var(n).ok();
    let port = |n: &str, d: u16| env(n).and_then(|v| v.parse().ok()).unwrap_or(d);
    let s = Settings {
        state: env("STATE").unwrap_or("/var/lib/cc-ci".into()).into(),
        images: "/work/main/recipes/images".into(),
        registry_port: port("REG", 5055),
        edge_http: port("HTTP", 18080),
        edge_https: port("HTTPS", 18443),
        ca_bundle: Some("/etc/ssl/certs/ca-certificates.crt".into()),
        proxies: vec![],
    };
    let t = Instant::now();
    let tell = move |l: &str| eprintln!("{:6.1} {l}", t.elapsed().as_secs_f64());
    let engine = Docker::connect().await;
    match args[0].as_str() {
        "doctor" => {
            let e = engine.as_ref().map(|e| e as &dyn Engine);
            for f in doctor::examine(e, &s).await {
                println!("{f:?}");
            }
        }
        "fix" => {
            let c = || -> std::pin::Pin<Box<dyn Future<Output = Result<Arc<dyn Engine>, cc_ci_engine::EngineError>> + Send>> {
                Box::pin(async { Docker::connect().await.map(|d| Arc::new(d) as Arc<dyn Engine>) })
            };
            println!("{:?}", doctor::fix(&s, &c, &tell).await);
        }
        "build" => {
            let c = images::Catalogue::load(&s.images).unwrap();
            match c.build(&engine.unwrap(), &s, &args[1..], &tell).await {
                Ok(b) => {
                    for b in b {
                        println!("{b:?}")
                    }
                }
                Err(e) => println!("ERROR {e}"),
            }
        }
        "list" => {
            let c = images::Catalogue::load(&s.images).unwrap();
            for l in c.list(&engine.unwrap(), &s).await.unwrap() {
                println!("{l:?}")
            }
        }
        "resolve" => {
            let c = images::Catalogue::load(&s.images).unwrap();
            println!("{:?}", c.resolve(&s, &args[1]).await.map_err(|e| e.to_string()));
        }
        "edge" => {
            println!(
                "{:?}",
                infra::edge::ensure(&engine.unwrap(), &s).await.map_err(|e| e.to_string())
            );
        }
        _ => panic!(),
    }
    eprintln!("total {:.2}", t.elapsed().as_secs_f64());
}
