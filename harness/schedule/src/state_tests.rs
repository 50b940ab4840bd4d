//! The rules, one by one.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use crate::event::{Event, Pressure, Stop};
use crate::item::{Capacity, Demand, Item, ItemId, NodeId, Priority};
use crate::settings::{Jobs, Settings};
use crate::testing::{Play, item, memory, needs};

fn jobs(count: usize) -> Settings {
    Settings { jobs: Jobs::Fixed(NonZeroUsize::new(count).unwrap()), ..Settings::default() }
}

fn after(id: &str, before: &[&str]) -> Item {
    Item { after: before.iter().map(|id| ItemId::new(*id)).collect(), ..item(id, 1) }
}

fn set<T: Ord + From<&'static str>>(names: &[&'static str]) -> BTreeSet<T> {
    names.iter().map(|name| T::from(name)).collect()
}

#[test]
fn the_longest_begins_first_and_jobs_bound_the_number_in_flight() {
    let mut play = Play::new(jobs(2), memory(8 << 30));
    let said = play.queue([item("short", 1), item("long", 9), item("middle", 5)]);
    assert_eq!(said, ["+long on n", "+middle on n", "short waits for a free job"]);
    assert_eq!(play.tick(), Vec::<String>::new(), "a reason is said once");
    assert_eq!(play.ended("long"), ["+short on n"]);
    assert_eq!((play.state.in_flight(), play.state.waiting()), (2, 0));
}

#[test]
fn auto_takes_the_bound_from_the_node() {
    let mut play =
        Play::new(Settings::default(), Capacity { cpu_millis: 1_000, ..memory(8 << 30) });
    let said = play.queue(["a", "b", "c", "d"].map(|id| item(id, 1)));
    assert_eq!(said, ["+a on n", "+b on n", "+c on n", "d waits for a free job"]);
}

#[rstest::rstest]
#[case::memory(Demand { memory: 3 << 30, ..Demand::default() }, "memory")]
#[case::cpu(Demand { cpu_millis: 2_000, ..Demand::default() }, "processor time")]
#[case::disk(Demand { disk: 3 << 38, ..Demand::default() }, "disk space")]
#[case::port(Demand { ports: [443].into(), ..Demand::default() }, "port 443, which a has")]
#[case::name(Demand { exclusive: set(&["mail"]), ..Demand::default() }, "mail, which a has")]
#[case::whole(
    Demand { whole_node: true, ..Demand::default() },
    "the end of an item that is alone on the node; an empty node"
)]
fn what_is_taken_is_waited_for(#[case] demand: Demand, #[case] on: &str) {
    let mut play = Play::new(Settings::default(), memory(4 << 30));
    let said = play.queue([needs("a", 2, demand.clone()), needs("b", 1, demand)]);
    assert_eq!(said, ["+a on n".to_owned(), format!("b waits for {on}")]);
    assert_eq!(play.ended("a"), ["+b on n"]);
}

#[rstest::rstest]
#[case::memory(
    Demand { memory: 5 << 30, ..Demand::default() },
    "needs 5120 MiB of memory, and no node has more than 4096 MiB"
)]
#[case::disk(
    Demand { disk: 2 << 40, ..Demand::default() },
    "needs 2097152 MiB of disk space, and no node has more than 1048576 MiB"
)]
#[case::label(Demand { node_labels: set(&["ssd"]), ..Demand::default() }, "no node has the label ssd")]
fn what_no_node_has_is_refused_at_once(#[case] demand: Demand, #[case] why: &str) {
    let mut play = Play::new(Settings::default(), memory(4 << 30));
    assert_eq!(play.queue([needs("a", 1, demand)]), [format!("-a: {why}")]);
}

#[test]
fn needs_that_no_single_node_meets_are_refused() {
    let mut play = Play::new(Settings::default(), memory(4 << 30));
    let small = Capacity { labels: set(&["ssd"]), ..memory(1 << 30) };
    play.event(Event::NodeSeen(NodeId::new("m"), small));
    let demand = Demand { memory: 2 << 30, node_labels: set(&["ssd"]), ..Demand::default() };
    assert_eq!(play.queue([needs("a", 1, demand)]), ["-a: no node has all that it needs"]);
}

#[test]
fn one_item_may_want_more_than_all_of_the_processor() {
    let mut play = Play::new(Settings::default(), memory(4 << 30));
    let greedy = Demand { cpu_millis: 64_000, ..Demand::default() };
    let said = play.queue([needs("a", 2, greedy.clone()), needs("b", 1, greedy)]);
    assert_eq!(said, ["+a on n", "b waits for processor time"]);
}

#[test]
fn an_image_is_asked_for_in_the_order_of_need_and_only_once() {
    let images = |names: &[&'static str]| Demand { images: set(names), ..Demand::default() };
    let mut play = Play::new(jobs(4), memory(4 << 30));
    play.event(Event::ImageReady("there".to_owned()));
    let follower = Item { demand: images(&["last"]), ..after("next", &["long"]) };
    let follower = Item { predicted_millis: 99, ..follower };
    let short = needs("short", 1, images(&["b", "c"]));
    let said = play.queue([short, follower, needs("long", 9, images(&["c", "there"]))]);
    let wanted = [
        "want c",
        "want b",
        "want last",
        "next waits for the end of long; image last",
        "long waits for image c",
        "short waits for image b; image c",
    ];
    assert_eq!(said, wanted);
    let said = play.event(Event::ImageReady("c".to_owned()));
    assert_eq!(said, ["+long on n", "short waits for image b"]);
    let said = play.event(Event::ImageFailed("b".to_owned(), "no route".to_owned()));
    assert_eq!(said, ["-short: image b cannot be had: no route"]);
    let said = play.queue([needs("late", 1, images(&["b"]))]);
    assert_eq!(said, ["-late: image b cannot be had: no route"]);
}

#[test]
fn an_item_begins_after_those_it_comes_after() {
    let mut play = Play::new(jobs(4), memory(4 << 30));
    let said = play.queue([after("b", &["a"]), item("a", 1), after("c", &["b"])]);
    let wanted = ["+a on n", "b waits for the end of a", "c waits for the end of b"];
    assert_eq!(said, wanted);
    assert_eq!(play.ended("a"), ["+b on n"]);
    let said = play.event(Event::Ended(ItemId::new("b"), false));
    assert_eq!(said, ["-c: comes after b, which did not end well"]);
    let said = play.queue([after("late", &["c"]), after("fine", &["a"]), after("odd", &["x"])]);
    let wanted = [
        "-late: comes after c, which did not end well",
        "-odd: comes after x, which was never queued",
        "+fine on n",
    ];
    assert_eq!(said, wanted);
}

#[test]
fn a_cycle_is_named_and_what_hangs_on_it_is_blocked() {
    let mut play = Play::new(jobs(4), memory(4 << 30));
    let said =
        play.queue([after("a", &["b"]), after("b", &["a"]), after("c", &["a"]), item("d", 1)]);
    let wanted = [
        "-a: comes after itself: a after b after a",
        "-c: comes after a, which did not end well",
        "-b: comes after itself: a after b after a",
        "+d on n",
    ];
    assert_eq!(said, wanted);
}

#[test]
fn an_item_that_cannot_end_before_the_deadline_is_not_begun() {
    let settings = Settings { deadline_millis: Some(100_000), ..jobs(1) };
    let mut play = Play::new(settings, memory(4 << 30));
    let said = play.queue([item("a", 60_000), item("b", 50_000), item("c", 200_000)]);
    let wanted = [
        "-c: predicted to take 200 s, and the deadline is in 100 s",
        "+a on n",
        "b waits for a free job",
    ];
    assert_eq!(said, wanted);
    assert_eq!(play.state.next_look().unwrap().millis, 50_001);
    assert_eq!(play.at(50_000).tick(), Vec::<String>::new());
    let said = play.at(50_001).tick();
    assert_eq!(said, ["-b: predicted to take 50 s, and the deadline is in 49 s"]);
}

#[test]
fn a_deadline_in_the_past_begins_nothing() {
    let settings = Settings { deadline_millis: Some(0), ..jobs(1) };
    let mut play = Play::new(settings, memory(4 << 30));
    assert_eq!(play.queue([item("a", 0)]), ["-a: the deadline is over"]);
}

#[test]
fn under_pressure_nothing_begins_while_something_runs() {
    let mut play = Play::new(jobs(2), memory(4 << 30));
    play.event(Event::Pressure(Pressure::High("disk".to_owned())));
    let said = play.queue([item("a", 2), item("b", 1)]);
    assert_eq!(said, ["+a on n", "b waits for the node to be calm again: disk"]);
    assert_eq!(play.event(Event::Pressure(Pressure::Calm)), ["+b on n"]);
}

#[rstest::rstest]
#[case(Stop::Cancelled, "the run was cancelled")]
#[case(Stop::FailFast, "an item was red before it began")]
#[case(Stop::Deadline, "the time of the run is over")]
fn a_stop_refuses_what_has_not_begun(#[case] stop: Stop, #[case] why: &str) {
    let mut play = Play::new(jobs(1), memory(4 << 30));
    play.queue([item("a", 2), item("b", 1)]);
    assert_eq!(play.event(Event::Stopped(stop)), [format!("-b: {why}")]);
    assert_eq!(play.queue([item("c", 1)]), [format!("-c: {why}")]);
    assert_eq!(play.ended("a"), Vec::<String>::new());
}

#[test]
fn a_higher_priority_is_a_pause() {
    let mut play = Play::new(jobs(2), memory(4 << 30));
    play.queue([item("a", 2)]);
    play.event(Event::Stopped(Stop::HigherPriority));
    assert_eq!(play.queue([item("b", 1)]), ["b waits for a run of a higher priority"]);
    assert_eq!(play.ended("a"), Vec::<String>::new());
    assert_eq!(play.event(Event::Resumed), ["+b on n"]);
}

#[test]
fn a_developer_goes_before_a_night_that_has_waited() {
    let mut play = Play::new(jobs(1), memory(4 << 30));
    play.queue([item("a", 9), item("b", 8)]);
    play.at(3_600_000);
    play.queue([Item { priority: Priority::Developer, ..item("mine", 1) }]);
    assert_eq!(play.ended("a")[0], "+mine on n");
}

#[test]
fn items_wait_for_a_node_and_end_with_the_last_that_could_run_them() {
    let mut play = Play::new(jobs(4), memory(1 << 30));
    let big = needs("big", 9, Demand { memory: 2 << 30, ..Demand::default() });
    let (n, m) = (NodeId::new("n"), NodeId::new("m"));
    play.event(Event::NodeSeen(m.clone(), memory(2 << 30)));
    assert_eq!(play.queue([big.clone()]), ["+big on m"]);
    let other = Item { id: ItemId::new("other"), ..big.clone() };
    assert_eq!(play.queue([other, item("small", 1)])[0], "+small on n");
    let said = play.event(Event::NodeGone(m));
    assert_eq!(said, ["-other: node m has left, and no other can run it"]);
    assert_eq!(play.event(Event::NodeGone(NodeId::new("unknown"))), Vec::<String>::new());
    play.event(Event::NodeGone(n));
    assert_eq!(play.queue([big]), Vec::<String>::new(), "what is in flight stays as it is");
    assert_eq!(play.queue([item("late", 1)]), ["late waits for a node"]);
}

#[test]
fn a_clock_that_jumps_back_stands_still() {
    let settings = Settings { deadline_millis: Some(100), ..jobs(1) };
    let mut play = Play::new(settings, memory(4 << 30));
    play.at(90).tick();
    let said = play.at(10).queue([item("a", 50)]);
    assert_eq!(said, ["-a: predicted to take 1 s, and the deadline is in 0 s"]);
}

#[test]
fn an_item_that_has_ended_can_be_queued_again() {
    let mut play = Play::new(jobs(1), memory(4 << 30));
    play.queue([item("a", 1)]);
    play.event(Event::Ended(ItemId::new("a"), false));
    assert_eq!(play.queue([item("a", 1), after("b", &["a"])])[0], "+a on n");
    assert_eq!(play.ended("a"), ["+b on n"]);
}

#[test]
fn a_run_that_goes_on_says_what_has_ended_before() {
    let mut play = Play::new(jobs(1), memory(4 << 30));
    play.ended("a");
    assert_eq!(play.queue([after("b", &["a"])]), ["+b on n"]);
}

#[test]
fn items_far_behind_are_said_to_be_behind() {
    let mut play = Play::new(jobs(1), memory(4 << 30));
    let said = play.queue((0..40).map(|number| item(&format!("i{number:02}"), 1)));
    assert_eq!(said.len(), 40);
    assert_eq!(said[32], "i32 waits for a free job");
    assert_eq!(said[33], "i33 waits for items that come first");
    assert_eq!(play.ended("i00"), ["+i01 on n", "i33 waits for a free job"]);
}
