//! A run without an engine: the same [`State`], with durations that are given.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::decision::Decision;
use crate::event::{At, Event};
use crate::item::{Capacity, Item, ItemId, NodeId};
use crate::settings::Settings;
use crate::state::State;

/// What is simulated.
#[derive(Debug, Clone, Default)]
pub struct Simulation {
    /// The rules of the run.
    pub settings: Settings,
    /// Its nodes, there from the beginning.
    pub nodes: Vec<(NodeId, Capacity)>,
    /// The items, queued at the beginning.
    pub items: Vec<Item>,
    /// How many milliseconds an item takes, where that is not what was predicted.
    pub durations: BTreeMap<ItemId, u64>,
    /// Items that do not end well.
    pub red: BTreeSet<ItemId>,
    /// How many milliseconds it takes to make an image that is not there. Those that are not named are there.
    pub images: BTreeMap<String, u64>,
    /// How many images are made at once; 0 counts as 1.
    pub builders: usize,
}

/// The result of a simulated run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulated {
    /// Milliseconds to the end of the last item.
    pub makespan_millis: u64,
    /// Items that began.
    pub begun: usize,
    /// Items that never began.
    pub not_begun: usize,
    /// The most items that were in flight at once.
    pub most_in_flight: usize,
    /// Milliseconds of all items that began.
    pub busy_millis: u64,
}

/// What ends, in order: at one time, images before items, each by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Ends {
    Image(String),
    Item(ItemId),
}

/// Images that are being made.
struct Builders {
    free: usize,
    wanted: VecDeque<String>,
}

/// Runs all of it to the end. `each` is given every decision when it is made.
pub fn simulate(simulation: Simulation, mut each: impl FnMut(At, &Decision)) -> Simulated {
    let Simulation { settings, nodes, items, durations, red, images, builders } = simulation;
    let mut state = State::new(settings);
    let mut answer = Simulated::default();
    let mut builders = Builders { free: builders.max(1), wanted: VecDeque::new() };
    let mut at = At::default();
    let mut lengths: BTreeMap<ItemId, u64> = BTreeMap::new();
    for (node, capacity) in nodes {
        state.step(at, Event::NodeSeen(node, capacity));
    }
    for item in &items {
        let there = item.demand.images.iter().filter(|image| !images.contains_key(*image));
        for image in there {
            state.step(at, Event::ImageReady(image.clone()));
        }
    }
    for item in items {
        let length = durations.get(&item.id).copied().unwrap_or(item.predicted_millis);
        lengths.insert(item.id.clone(), length);
        state.step(at, Event::Queued(item));
    }
    let mut ends: BTreeSet<(u64, Ends)> = BTreeSet::new();
    let mut next = Some(Event::Tick);
    while let Some(event) = next.take() {
        for decision in state.step(at, event) {
            each(at, &decision);
            match decision {
                Decision::Admit(item, _) => {
                    let length = lengths.get(&item).copied().unwrap_or(0);
                    answer.begun += 1;
                    answer.busy_millis += length;
                    ends.insert((at.millis + length, Ends::Item(item)));
                }
                Decision::NotBegun { .. } => answer.not_begun += 1,
                Decision::WantImage(image) => builders.wanted.push_back(image),
                Decision::Deferred { .. } => {}
            }
        }
        answer.most_in_flight = answer.most_in_flight.max(state.in_flight());
        while builders.free > 0
            && let Some(image) = builders.wanted.pop_front()
        {
            builders.free -= 1;
            let millis = images.get(&image).copied().unwrap_or(0);
            ends.insert((at.millis + millis, Ends::Image(image)));
        }
        // A look is due before the next end where items run out of time in between.
        let look = state.next_look().filter(|look| *look > at);
        let first = ends.first().map(|(millis, _)| *millis);
        if let Some(look) = look
            && first.is_none_or(|first| look.millis < first)
        {
            (at, next) = (look, Some(Event::Tick));
        } else if let Some((millis, end)) = ends.pop_first() {
            at.millis = millis;
            next = Some(match end {
                Ends::Image(image) => {
                    builders.free += 1;
                    Event::ImageReady(image)
                }
                Ends::Item(item) => {
                    answer.makespan_millis = millis;
                    let well = !red.contains(&item);
                    Event::Ended(item, well)
                }
            });
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Demand;
    use crate::testing::{item, line, memory, needs};

    fn lines(simulation: Simulation) -> (Vec<String>, Simulated) {
        let mut lines = Vec::new();
        let answer = simulate(simulation, |at, decision| {
            if !matches!(decision, Decision::Deferred { .. }) {
                lines.push(format!("{} {}", at.millis, line(decision)));
            }
        });
        (lines, answer)
    }

    fn one_node(items: Vec<Item>) -> Simulation {
        let nodes = vec![(NodeId::new("n"), memory(4 << 30))];
        Simulation { nodes, items, ..Simulation::default() }
    }

    #[test]
    fn images_are_made_while_items_run() {
        let demand =
            |image: &str| Demand { images: [image.to_owned()].into(), ..Demand::default() };
        let items = vec![
            needs("a", 10, demand("slow")),
            needs("b", 8, demand("there")),
            needs("c", 5, demand("quick")),
        ];
        let images = [("slow".to_owned(), 7), ("quick".to_owned(), 4)].into();
        let (lines, answer) = lines(Simulation { images, ..one_node(items) });
        let wanted = ["0 want slow", "0 want quick", "0 +b on n", "7 +a on n", "11 +c on n"];
        assert_eq!(lines, wanted);
        let wanted = Simulated {
            makespan_millis: 17,
            begun: 3,
            not_begun: 0,
            most_in_flight: 2,
            busy_millis: 23,
        };
        assert_eq!(answer, wanted);
    }

    #[test]
    fn what_took_longer_than_predicted_leaves_no_time_for_others() {
        let whole = || Demand { whole_node: true, ..Demand::default() };
        let settings = Settings { deadline_millis: Some(100_000), ..Settings::default() };
        let items = vec![needs("a", 60_000, whole()), needs("b", 30_000, whole())];
        let durations = [(ItemId::new("a"), 80_000)].into();
        let (lines, answer) = lines(Simulation { settings, durations, ..one_node(items) });
        let late = "70001 -b: predicted to take 30 s, and the deadline is in 29 s";
        assert_eq!(lines, ["0 +a on n", late]);
        assert_eq!((answer.begun, answer.not_begun, answer.makespan_millis), (1, 1, 80_000));
    }

    #[test]
    fn what_follows_a_red_item_is_not_begun() {
        let follower = Item { after: [ItemId::new("a")].into(), ..item("b", 1) };
        let red = [ItemId::new("a")].into();
        let (lines, _) = lines(Simulation { red, ..one_node(vec![item("a", 5), follower]) });
        assert_eq!(lines, ["0 +a on n", "5 -b: comes after a, which did not end well"]);
    }
}
