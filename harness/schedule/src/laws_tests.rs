//! Laws that hold for any run: a seeded play of random items, held against every decision.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::decision::Decision;
use crate::event::{At, Event, Pressure};
use crate::item::{Capacity, Demand, Item, ItemId, NodeId, Priority};
use crate::settings::{Jobs, Settings, auto_jobs};
use crate::state::State;
use crate::testing::item;

/// Milliseconds after which an item that could begin has the node kept free.
const PATIENCE: u64 = 50;

fn capacity() -> Capacity {
    Capacity { memory: 8, cpu_millis: 4_000, disk: 8, ..Capacity::default() }
}

fn demands() -> impl Strategy<Value = Demand> {
    let names = || proptest::collection::btree_set(0_u16..4, 0..3);
    let images = proptest::collection::btree_set(0_u8..4, 0..2);
    let amounts = (0_u64..10, 0_u64..5_000, 0_u64..9);
    (amounts, names(), names(), images, proptest::bool::weighted(0.1)).prop_map(
        |((memory, cpu_millis, disk), ports, names, images, whole_node)| Demand {
            memory,
            cpu_millis,
            disk,
            ports,
            exclusive: names.iter().map(|number| format!("name{number}")).collect(),
            images: images.iter().map(|number| format!("image{number}")).collect(),
            node_labels: BTreeSet::new(),
            whole_node,
        },
    )
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let after = proptest::collection::btree_set(0_usize..40, 0..2);
    let rest = (1_u64..200, 0_u8..3, proptest::bool::ANY);
    let one = (demands(), after, rest);
    proptest::collection::vec(one, 1..30).prop_map(|all| {
        let count = all.len();
        let build = |(number, (demand, after, (millis, priority, changed)))| {
            let after: BTreeSet<usize> = after;
            // Few follow another, and some of those come after themselves.
            let after = after.into_iter().filter(|before| *before < count && number % 3 == 0);
            Item {
                demand,
                after: after.map(|number| ItemId::new(format!("i{number:02}"))).collect(),
                priority: [Priority::Nightly, Priority::PullRequest, Priority::Developer]
                    [usize::from(priority)],
                changed,
                ..item(&format!("i{number:02}"), millis)
            }
        };
        all.into_iter().enumerate().map(build).collect()
    })
}

/// What is in flight, and when it ends.
type Flight = BTreeMap<ItemId, (u64, NodeId, Demand)>;

/// Fails where the items in flight hold more than there is, or the same thing twice.
fn check(flight: &Flight, jobs: usize) {
    let mut ports = BTreeSet::new();
    let mut names = BTreeSet::new();
    let mut used: BTreeMap<&NodeId, (u64, u64, u64, usize, usize, bool)> = BTreeMap::new();
    for (_, node, demand) in flight.values() {
        assert!(demand.ports.iter().all(|port| ports.insert(*port)), "a port twice: {flight:?}");
        assert!(demand.exclusive.iter().all(|name| names.insert(name)), "a name twice: {flight:?}");
        let used = used.entry(node).or_default();
        *used = (
            used.0 + demand.memory,
            used.1 + demand.cpu_millis,
            used.2 + demand.disk,
            used.3 + 1,
            used.4 + usize::from(demand.cpu_millis > 0),
            used.5 || demand.whole_node,
        );
    }
    let Capacity { memory: most, cpu_millis, disk: most_disk, .. } = capacity();
    for (memory, cpu, disk, count, busy, whole) in used.values() {
        assert!(*memory <= most && *disk <= most_disk, "over capacity: {flight:?}");
        assert!(*cpu <= cpu_millis || *busy == 1, "too much for the processor: {flight:?}");
        assert!(!*whole || *count == 1, "not alone: {flight:?}");
    }
    assert!(flight.len() <= jobs, "more than {jobs} jobs: {flight:?}");
}

/// Plays all items to their end; the answer is every decision with its time.
fn play(items: &[Item], nodes: usize, jobs: usize, red: usize) -> Vec<(u64, Decision)> {
    let jobs = Jobs::Fixed(std::num::NonZeroUsize::new(jobs).unwrap());
    let settings = Settings { jobs, patience_millis: PATIENCE, ..Settings::default() };
    let mut state = State::new(settings);
    // What holds for a crowd holds here from six items on, of which two are looked at.
    state.crowd = (5, 2);
    let mut now = 0;
    for number in 0..nodes {
        let seen = Event::NodeSeen(NodeId::new(format!("n{number}")), capacity());
        state.step(At { millis: now }, seen);
    }
    for item in items {
        state.step(At { millis: now }, Event::Queued(item.clone()));
    }
    let by_id: BTreeMap<_, _> = items.iter().map(|item| (item.id.clone(), item)).collect();
    let Jobs::Fixed(most) = jobs else { unreachable!() };
    let (mut flight, mut all, mut builds) = (Flight::new(), Vec::new(), Vec::new());
    let mut next = vec![Event::Tick];
    while let Some(event) = next.pop() {
        for decision in state.step(At { millis: now }, event) {
            match &decision {
                Decision::Admit(id, node) => {
                    let item = by_id[id];
                    let what = (now + item.predicted_millis, node.clone(), item.demand.clone());
                    assert!(flight.insert(id.clone(), what).is_none(), "{id} began twice");
                    check(&flight, most.get());
                }
                Decision::WantImage(image) => builds.push(image.clone()),
                Decision::Deferred { .. } | Decision::NotBegun { .. } => {}
            }
            all.push((now, decision));
        }
        if !next.is_empty() {
            continue;
        }
        if let Some(image) = builds.pop() {
            next.push(match image.as_str() {
                "image3" => Event::ImageFailed(image, "no route".to_owned()),
                _ => Event::ImageReady(image),
            });
        } else if let Some(first) = flight.iter().min_by_key(|(id, (ends, ..))| (*ends, *id)) {
            let (id, ends) = (first.0.clone(), first.1.0);
            now = ends;
            flight.remove(&id);
            let number: usize = id.as_str()[1..].parse().unwrap();
            next.push(Event::Ended(id, red == 0 || !number.is_multiple_of(red)));
            if number.is_multiple_of(5) {
                // The last is said first: the pressure is over before the next item ends.
                next.insert(0, Event::Pressure(Pressure::Calm));
                next.push(Event::Pressure(Pressure::High("cpu".to_owned())));
            }
        }
    }
    assert_eq!((state.in_flight(), state.waiting()), (0, 0), "{all:?}");
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_item_begins_once_or_is_refused_once_within_what_there_is(
        items in items(), nodes in 1_usize..4, jobs in 1_usize..6, red in 0_usize..5,
    ) {
        let all = play(&items, nodes, jobs, red);
        let mut fates: BTreeMap<&ItemId, usize> = BTreeMap::new();
        for (_, decision) in &all {
            if let Decision::Admit(item, _) | Decision::NotBegun { item, .. } = decision {
                *fates.entry(item).or_default() += 1;
            }
        }
        let wanted: BTreeMap<&ItemId, usize> = items.iter().map(|item| (&item.id, 1)).collect();
        prop_assert_eq!(fates, wanted);
    }

    #[test]
    fn the_same_events_give_the_same_decisions(items in items(), nodes in 1_usize..4) {
        let (first, second) = (play(&items, nodes, 3, 4), play(&items, nodes, 3, 4));
        prop_assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&second).unwrap());
    }

    #[test]
    fn nothing_starves(
        lengths in proptest::collection::vec(1_u64..40, 200), whole in proptest::bool::ANY,
    ) {
        // Patience from the first pass on, then those in flight, the longest 39 ms.
        let begun = large_begins(&lengths, whole);
        prop_assert!(begun.is_some_and(|millis| millis <= 40 + PATIENCE + 40), "{:?}", begun);
    }
}

/// When an item that needs all or most of a node begins beside a stream of small ones of a higher priority; nothing
/// where it does not begin before the stream ends.
fn large_begins(lengths: &[u64], whole: bool) -> Option<u64> {
    let settings = Settings { patience_millis: PATIENCE, ..Settings::default() };
    let node = Capacity { memory: 8 << 30, cpu_millis: 1_600, ..capacity() };
    assert_eq!(auto_jobs(&node), 4);
    let mut state = State::new(settings);
    let memory = if whole { 0 } else { 7 << 30 };
    let large = Demand { memory, whole_node: whole, ..Demand::default() };
    let stream = |number: usize| Item {
        demand: Demand { memory: 2 << 30, ..Demand::default() },
        priority: Priority::Developer,
        ..item(&format!("s{number}"), lengths[number])
    };
    let mut events = vec![Event::NodeSeen(NodeId::new("n"), node)];
    events.push(Event::Queued(Item { demand: large, ..item("large", 1) }));
    events.extend((0..3).map(|number| Event::Queued(stream(number))));
    events.push(Event::Tick);
    let (mut now, mut flight) = (0, BTreeMap::new());
    for number in 3..lengths.len() {
        for event in std::mem::take(&mut events) {
            for decision in state.step(At { millis: now }, event) {
                let Decision::Admit(id, _) = decision else { continue };
                let Some(number) = id.as_str().strip_prefix('s') else { return Some(now) };
                let length = lengths[number.parse::<usize>().unwrap()];
                flight.insert(id, now + length);
            }
        }
        let (id, ends) = flight.iter().min_by_key(|(id, ends)| (**ends, *id)).unwrap();
        now = *ends;
        let id = id.clone();
        flight.remove(&id);
        events.extend([Event::Queued(stream(number)), Event::Ended(id, true)]);
    }
    None
}

#[test]
fn without_patience_an_item_would_starve() {
    // The bound above says something only if the stream is long enough to starve the item.
    let settings = Settings { patience_millis: u64::MAX, ..Settings::default() };
    let node = Capacity { memory: 8 << 30, cpu_millis: 1_600, ..capacity() };
    let mut state = State::new(settings);
    let mut step = |event| state.step(At { millis: 0 }, event);
    step(Event::NodeSeen(NodeId::new("n"), node));
    let whole = Demand { whole_node: true, ..Demand::default() };
    step(Event::Queued(item("first", 9)));
    step(Event::Queued(Item { demand: whole, ..item("large", 1) }));
    step(Event::Tick);
    for number in 0..200 {
        step(Event::Queued(item(&format!("s{number:03}"), 9)));
        let before = if number == 0 { "first".to_owned() } else { format!("s{:03}", number - 1) };
        step(Event::Tick);
        let said = step(Event::Ended(ItemId::new(before), true));
        assert!(!said.iter().any(|decision| matches!(decision, Decision::Admit(..))), "{said:?}");
    }
}
