//! A command that waits for another process says so, and ends at once.

use std::time::{Duration, Instant};

use cc_ci_docker::Docker;
use cc_ci_lock::{Place, Sharing, Who, unheard};
use cc_ci_testkit::{Checkout, Signal};

use crate::{PROGRAM, PROJECT};

#[tokio::test]
async fn a_wait_for_another_process_is_reported_and_broken_off() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let (who, long) = (Who::run("somebody"), Duration::from_secs(300));
    let place = Place::machine();
    let held = place.take("images", Sharing::Alone, &who, long, &unheard).await.unwrap();
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let running = checkout.start(["images", "push"]);
    running.until_it_says("waiting for the lock \"images\"").await;
    let (signalled, pid) = (Instant::now(), std::process::id());
    running.signal(Signal::INT);
    let ended = running.end().await;
    assert!(signalled.elapsed() < Duration::from_secs(1), "{:?}", signalled.elapsed());
    ended.expect(130);
    assert!(ended.stderr().contains(&format!("run somebody (pid {pid}, user ")), "{ended}");
    drop(held);
    node.finish().await;
}
