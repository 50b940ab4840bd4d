//! What planning a very large run costs: units on simulated nodes, with the scheduler that a run uses.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use cc_ci_model::{UnitId, sha256_hex};
use cc_ci_schedule::{Capacity, Demand, Item, ItemId, NodeId, Settings, Simulation, simulate};
use cc_ci_session::Failure;
use serde::Serialize;

use crate::peak::peak_megabytes;

/// At most so many seconds for 100,000 units on 1,000 nodes.
const SECONDS: f64 = 10.0;
/// At most so many MB resident at the highest.
const MEGABYTES: f64 = 300.0;
/// Units that are versions of one recipe, and so need the same.
const VERSIONS: usize = 50;
/// Bytes of a MiB.
const MIB: u64 = 1 << 20;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct ScheduleCost {
    /// `release`, or `debug`, whose numbers say little.
    build: &'static str,
    units: usize,
    nodes: usize,
    seed: u64,
    legs: usize,
    begun: usize,
    not_begun: usize,
    most_in_flight: usize,
    /// Simulated hours to the end of the last leg.
    makespan_hours: f64,
    decisions: usize,
    /// SHA-256 of all that was decided: the same seed gives the same.
    schedule_sha256: String,
    seconds: f64,
    peak_megabytes: f64,
    /// True where the goal is met.
    pub met: bool,
}

/// Schedules so many made-up units on so many simulated nodes.
///
/// # Errors
/// The machine's, where it does not say how much memory was used.
pub fn schedule(units: usize, nodes: usize, seed: u64) -> Result<ScheduleCost, Failure> {
    let simulation = made_up(units, nodes, seed)?;
    let legs = simulation.items.len();
    let (mut decisions, mut told) = (0, String::new());
    let mut hash = String::new();
    let begun = Instant::now();
    let answer = simulate(simulation, |at, decision| {
        decisions += 1;
        let _ = writeln!(told, "{} {decision:?}", at.millis);
        if told.len() > 1 << 20 {
            hash = sha256_hex(format!("{hash}{told}").as_bytes());
            told.clear();
        }
    });
    let seconds = begun.elapsed().as_secs_f64();
    let peak_megabytes = peak_megabytes()?;
    // A leg that was lost would make the schedule cheap.
    let complete = answer.begun + answer.not_begun == legs;
    Ok(ScheduleCost {
        build: if cfg!(debug_assertions) { "debug" } else { "release" },
        units,
        nodes,
        seed,
        legs,
        begun: answer.begun,
        not_begun: answer.not_begun,
        most_in_flight: answer.most_in_flight,
        makespan_hours: Duration::from_millis(answer.makespan_millis).as_secs_f64() / 3_600.0,
        decisions,
        schedule_sha256: sha256_hex(format!("{hash}{told}").as_bytes()),
        seconds,
        peak_megabytes,
        met: complete && seconds <= SECONDS && peak_megabytes <= MEGABYTES,
    })
}

impl ScheduleCost {
    /// For a reader.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { build, units, nodes, seed, legs, begun, not_begun, decisions, .. } = self;
        format!(
            "{units} units ({legs} legs) on {nodes} nodes, seed {seed} ({build} build): {begun} begun, {not_begun} not, \
             at most {} at once, {:.1} simulated hours, {decisions} decisions\n\
             schedule {}\n\
             {:.2} s and {:.0} MB at the highest, goal ≤ {SECONDS} s and ≤ {MEGABYTES} MB {}\n",
            self.most_in_flight,
            self.makespan_hours,
            self.schedule_sha256,
            self.seconds,
            self.peak_megabytes,
            if self.met { "met" } else { "missed" },
        )
    }
}

/// Numbers that look random and are the same everywhere (`SplitMix64`, Steele, Lea and Flood 2014). The generators of
/// `rand` may give other numbers in another version, and a seed would then name another schedule.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `from..to`.
    fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from)
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.next().is_multiple_of(count)
    }
}

/// Units as a large catalogue has them: each recipe has needs, images and a usual length, and each of its versions a
/// main leg; one in five has a second leg that follows the first.
fn made_up(units: usize, nodes: usize, seed: u64) -> Result<Simulation, Failure> {
    let mut numbers = Numbers(seed);
    let mut simulation =
        Simulation { settings: Settings::default(), builders: 4, ..Simulation::default() };
    let capacity = |ssd: bool| Capacity {
        memory: 16 << 30,
        cpu_millis: 4_000,
        disk: 200 << 30,
        labels: BTreeSet::from_iter(ssd.then(|| "ssd".to_owned())),
    };
    simulation.nodes = (0..nodes)
        .map(|number| (NodeId::new(format!("node{number:04}")), capacity(number % 10 == 0)))
        .collect();
    let (mut demand, mut usual) = (Demand::default(), 0);
    for number in 0..units {
        let recipe = number / VERSIONS;
        if number % VERSIONS == 0 {
            demand = needs(recipe, &mut numbers);
            usual = numbers.within(20_000, 600_000);
            simulation.images.extend(demand.images.iter().map(|image| (image.clone(), 30_000)));
        }
        let name = format!("recipe{recipe}@1.{}.0+1", number % VERSIONS);
        let unit = UnitId::new(name.clone()).map_err(Failure::bug)?;
        let main = ItemId::new(format!("{name}/main"));
        let mut item = Item::new(main.clone(), unit.clone(), demand.clone(), usual);
        item.changed = numbers.one_in(20);
        // What a leg takes differs from what was predicted by up to a fifth.
        let length = |numbers: &mut Numbers| usual * numbers.within(80, 120) / 100;
        simulation.durations.insert(main.clone(), length(&mut numbers));
        if numbers.one_in(50) {
            simulation.red.insert(main.clone());
        }
        simulation.items.push(item);
        if numbers.one_in(5) {
            let id = ItemId::new(format!("{name}/recovery"));
            simulation.durations.insert(id.clone(), length(&mut numbers) / 3);
            let mut item = Item::new(id, unit, demand.clone(), usual / 3);
            item.after.insert(main);
            simulation.items.push(item);
        }
    }
    Ok(simulation)
}

/// What a recipe needs.
fn needs(recipe: usize, numbers: &mut Numbers) -> Demand {
    let images = numbers.within(1, 5);
    Demand {
        memory: numbers.within(64, 4_096) * MIB,
        cpu_millis: numbers.within(100, 2_000),
        disk: numbers.within(100, 8_192) * MIB,
        ports: BTreeSet::from_iter(
            numbers.one_in(100).then(|| 20_000 + u16::try_from(recipe % 10_000).unwrap_or(0)),
        ),
        images: (0..images).map(|image| format!("recipe{recipe}/{image}")).collect(),
        node_labels: BTreeSet::from_iter(numbers.one_in(50).then(|| "ssd".to_owned())),
        whole_node: numbers.one_in(200),
        ..Demand::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_schedule_and_another_seed_another() {
        let sha = |seed| schedule(300, 3, seed).unwrap().schedule_sha256;
        assert_eq!(sha(1), sha(1));
        assert_ne!(sha(1), sha(2));
    }

    #[test]
    fn every_leg_begins_or_is_refused() {
        let cost = schedule(500, 10, 7).unwrap();
        assert_eq!(cost.begun + cost.not_begun, cost.legs);
        assert!(cost.legs > 500 && cost.not_begun < cost.legs / 10, "{}", cost.text());
    }
}
