//! Nothing starves.

use std::num::NonZeroUsize;

use crate::event::Event;
use crate::item::{Demand, Item, ItemId, NodeId, Priority};
use crate::settings::{Jobs, Settings};
use crate::testing::{Play, item, memory, needs};

fn patient(millis: u64) -> Settings {
    let jobs = Jobs::Fixed(NonZeroUsize::new(8).unwrap());
    Settings { jobs, patience_millis: millis, ..Settings::default() }
}

fn gib(count: u64) -> Demand {
    Demand { memory: count << 30, ..Demand::default() }
}

#[test]
fn a_waiter_for_the_whole_node_is_not_passed_for_ever() {
    let mut play = Play::new(patient(100), memory(4 << 30));
    let whole = needs("whole", 1, Demand { whole_node: true, ..Demand::default() });
    play.queue([item("a", 50), whole]);
    assert_eq!(play.at(50).queue([item("b", 5_000)]), ["+b on n"], "it has waited 50 ms");
    play.at(99).ended("a");
    assert_eq!(
        play.at(100).queue([item("c", 5_000)]),
        ["c waits for whole, for which the node is kept free"]
    );
    assert_eq!(
        play.at(110).ended("b"),
        ["+whole on n", "c waits for the end of an item that is alone on the node"]
    );
    assert_eq!(play.at(120).ended("whole"), ["+c on n"]);
}

#[test]
fn an_item_that_smaller_ones_pass_gets_its_room() {
    let mut play = Play::new(patient(100), memory(4 << 30));
    let said =
        play.queue([needs("a", 99, gib(3)), needs("big", 50, gib(3)), needs("s1", 9, gib(1))]);
    assert_eq!(said, ["+a on n", "+s1 on n", "big waits for memory"]);
    play.at(99);
    assert_eq!(play.ended("s1"), Vec::<String>::new());
    assert_eq!(play.queue([needs("s2", 9, gib(1))]), ["+s2 on n"]);
    play.at(100).ended("s2");
    let said = play.queue([needs("s3", 9, gib(1))]);
    assert_eq!(said, ["s3 waits for big, for which the node is kept free"]);
    assert_eq!(play.ended("a"), ["+big on n", "+s3 on n"]);
}

#[test]
fn an_item_that_nobody_passes_keeps_no_room_free() {
    let mut play = Play::new(patient(100), memory(4 << 30));
    play.queue([needs("a", 99, gib(3)), needs("big", 50, gib(3))]);
    play.at(1_000);
    assert_eq!(play.queue([needs("small", 9, gib(1))]), ["+small on n"]);
}

#[test]
fn names_are_kept_for_an_item_that_needs_several() {
    let names =
        |names: &[u16]| Demand { ports: names.iter().copied().collect(), ..Demand::default() };
    let mut play = Play::new(patient(100), memory(4 << 30));
    play.queue([
        needs("a", 90, names(&[1])),
        needs("both", 80, names(&[1, 2])),
        needs("b", 70, names(&[2])),
    ]);
    play.at(100).ended("a");
    let said = play.queue([needs("c", 9_000, names(&[1])), item("free", 1)]);
    assert_eq!(said, ["+free on n", "c waits for port 1, which both has"]);
    assert_eq!(play.ended("b"), ["+both on n", "c waits for port 1, which both has"][..1]);
}

#[test]
fn with_several_nodes_one_of_them_is_kept_free() {
    let mut play = Play::new(patient(100), memory(4 << 30));
    play.event(Event::NodeSeen(NodeId::new("m"), memory(4 << 30)));
    let whole = needs("whole", 1, Demand { whole_node: true, ..Demand::default() });
    play.queue([needs("a", 9, gib(2)), needs("b", 8, gib(1)), whole]);
    play.at(100);
    let more: Vec<Item> = (0..3).map(|n| needs(&format!("x{n}"), 1_000, gib(1))).collect();
    let said = play.queue(more);
    assert_eq!(said[..2], ["+x0 on m", "+x1 on m"]);
    assert_eq!(said[2], "x2 waits for memory");
    // The node that was kept free leaves: the other one is kept free from then on.
    let said = play.event(Event::NodeGone(NodeId::new("n")));
    assert_eq!(said, ["x2 waits for whole, for which the node is kept free"]);
    play.event(Event::Ended(ItemId::new("b"), false));
    assert_eq!(play.ended("x0"), Vec::<String>::new());
    play.ended("x1");
    assert_eq!(play.ended("a")[0], "+whole on m");
}

#[test]
fn a_stream_of_higher_priority_lets_a_night_go_on() {
    let developer = |id: &str| Item { priority: Priority::Developer, ..item(id, 1) };
    let jobs = Jobs::Fixed(NonZeroUsize::new(1).unwrap());
    let mut play = Play::new(Settings { jobs, ..patient(100) }, memory(4 << 30));
    play.queue([item("a", 9), item("night", 5)]);
    play.at(10).queue([developer("d1"), developer("d2"), developer("d3")]);
    assert_eq!(play.at(20).ended("a"), ["+d1 on n"]);
    assert_eq!(play.at(119).ended("d1"), ["+d2 on n"], "passed since 20 ms");
    assert_eq!(play.at(120).ended("d2"), ["+night on n"]);
}
