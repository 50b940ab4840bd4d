//! What a leg takes of the node, as far as the recipe tells, and how long it is expected to take.

use cc_ci_model::{Leg, ServiceSpec, StackSpec, tasks};
use cc_ci_plan::UnitPlan;
use cc_ci_schedule::{Demand, Item, ItemId};

use crate::Past;
use crate::own::names_elsewhere;

/// Memory of a task whose recipe names none, until peaks that were measured take its place. Containers of the five
/// bundled recipes had 4 to 201 MiB at most, nine of ten of them 143 MiB or less (measured 2026-11-30).
const TASK_MEMORY: u64 = 192 << 20;
/// Memory of gateway, edge and toolbox of a leg: an estimate as well.
const OWN_MEMORY: u64 = 96 << 20;
/// Time of the processor that a leg takes on average while five units share two cores, which are then busy to 0.87:
/// a fifth of that. A unit alone takes twice as much.
const CPU_MILLIS: u64 = 370;
/// Room on the disk that a leg takes beside its images: an estimate.
const DISK: u64 = 512 << 20;

/// Milliseconds that a leg takes where nothing is known of it: a start, and some for each service.
const BASE_MILLIS: u64 = 20_000;
const SERVICE_MILLIS: u64 = 15_000;

/// How many milliseconds a unit is expected to take.
#[must_use]
pub fn predicted(plan: &UnitPlan) -> u64 {
    item((plan, &Past::default()), Leg::Main, false).predicted_millis
}

/// The leg as an item of the schedule: what its suite says, else what past runs measured, else what the recipe tells. One that is `alone` has
/// the whole node.
pub(crate) fn item((plan, past): (&UnitPlan, &Past), leg: Leg, alone: bool) -> Item {
    let past = past.leg(plan, leg);
    let (base, target) = plan.sides(leg);
    let sides: Vec<_> = base.into_iter().chain([target]).map(|side| &side.spec).collect();
    let memory = sides.iter().map(|spec| memory(spec)).max().unwrap_or_default();
    let said = plan.suite.resources;
    // Swarm places tasks by what they reserve, whatever they use.
    let reserved = sides.iter().map(|spec| reserved(spec)).max().unwrap_or_default();
    let names = sides.iter().flat_map(|spec| names_elsewhere(spec)).map(str::to_owned);
    let services = target.spec.services.len() as u64;
    let demand = Demand {
        memory: said
            .memory
            .or_else(|| past?.memory_bytes.map(|peak| peak.max(reserved)))
            .unwrap_or(memory + OWN_MEMORY),
        cpu_millis: CPU_MILLIS,
        disk: said.disk.unwrap_or(DISK),
        ports: plan.host_ports(),
        exclusive: names.chain(plan.suite.exclusive.iter().cloned()).collect(),
        whole_node: alone,
        ..Demand::default()
    };
    let unit = plan.head.unit.clone();
    let id = ItemId::new(format!("{unit}/{leg}"));
    let usual = BASE_MILLIS + SERVICE_MILLIS * services;
    Item::new(id, unit, demand, past.map_or(usual, |past| past.millis))
}

fn memory(spec: &StackSpec) -> u64 {
    let services = spec.services.values();
    services.map(|service| task_memory(service).saturating_mul(tasks(service))).sum()
}

/// What Swarm keeps free for the tasks of a stack.
fn reserved(spec: &StackSpec) -> u64 {
    let of = |service: &ServiceSpec| {
        named(service.resources.reserve_memory_bytes)
            .unwrap_or_default()
            .saturating_mul(tasks(service))
    };
    spec.services.values().map(of).sum()
}

/// What the recipe reserves, else its limit where that is less than the usual.
fn task_memory(service: &ServiceSpec) -> u64 {
    let limit = named(service.resources.limit_memory_bytes);
    let usual = limit.map_or(TASK_MEMORY, |limit| limit.min(TASK_MEMORY));
    named(service.resources.reserve_memory_bytes).unwrap_or(usual)
}

/// A number of bytes that the recipe names; Docker takes 0 and less for none.
fn named(bytes: Option<i64>) -> Option<u64> {
    bytes.and_then(|bytes| u64::try_from(bytes).ok()).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use cc_ci_suite::Suite;

    use super::*;
    use crate::PastLeg;
    use crate::testing::{Scene, services};

    const MIB: i64 = 1 << 20;

    /// Limit and reservation in MiB, and what a task is taken to need.
    #[rstest::rstest]
    #[case::nothing_named(None, None, 192)]
    #[case::a_small_limit(Some(64), None, 64)]
    #[case::a_large_limit_is_no_demand(Some(4096), None, 192)]
    #[case::a_reservation(Some(4096), Some(1024), 1024)]
    #[case::no_limit_in_words(Some(0), Some(0), 192)]
    fn a_task_needs_what_the_recipe_reserves(
        #[case] limit: Option<i64>,
        #[case] reserved: Option<i64>,
        #[case] mib: u64,
    ) {
        let mut spec = services(&[("app", "app:1", &[])]);
        let service = spec.services.get_mut("app").unwrap();
        service.resources.limit_memory_bytes = limit.map(|mib| mib * MIB);
        service.resources.reserve_memory_bytes = reserved.map(|mib| mib * MIB);
        assert_eq!(memory(&spec), mib << 20);
    }

    #[test]
    fn a_suite_knows_better_than_the_past_and_the_past_better_than_estimates() {
        let mut scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let past = PastLeg { millis: 5, memory_bytes: Some(7), runs: 1 };
        let mut known = Past::default();
        known.legs.insert((scene.plan.head.unit.clone(), Leg::Main), past);
        let of = |plan: &UnitPlan, past: &Past| item((plan, past), Leg::Main, false);
        let estimated = of(&scene.plan, &Past::default());
        assert_eq!(estimated.demand.memory, TASK_MEMORY + OWN_MEMORY);
        let measured = of(&scene.plan, &known);
        assert_eq!((measured.demand.memory, measured.predicted_millis), (7, 5));
        // What is reserved is taken, whether it is used or not.
        let mut reserving = scene.plan.clone();
        reserving.target.spec.services.values_mut().for_each(|service| {
            service.resources.reserve_memory_bytes = Some(MIB);
        });
        assert_eq!(of(&reserving, &known).demand.memory, 1 << 20);
        scene.plan.suite.resources.memory = Some(9);
        scene.plan.suite.exclusive.insert("smtp".to_owned());
        let said = of(&scene.plan, &known);
        assert_eq!((said.demand.memory, said.demand.disk), (9, DISK));
        assert!(said.demand.exclusive.contains("smtp"));
    }

    #[test]
    fn legs_of_a_unit_have_names_of_their_own_and_share_its_ports() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let [main, recovery] =
            [Leg::Main, Leg::Recovery].map(|leg| item((&scene.plan, &Past::default()), leg, false));
        assert_eq!(
            [main.id.as_str(), recovery.id.as_str()],
            ["unit@1.0.0+1/main", "unit@1.0.0+1/recovery"]
        );
        assert_eq!(main.demand.ports, recovery.demand.ports);
    }
}
