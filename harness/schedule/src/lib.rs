//! What may begin now: events of a run go in, decisions come out; pure, drives the runner and the simulator alike.
//!
//! [`State`] is a fold over [`Event`]s: the same events give the same decisions. It knows no clock, no engine
//! and no history; the time comes with each event, and durations and demands come with each [`Item`].
//!
//! `Queued` and `NodeSeen` only add to what is known. Items are judged and admitted at the next event of
//! another kind, so that an order exists before the first item begins: a caller that has queued what it knows
//! sends `Tick`.
//!
//! ```
//! use cc_ci_schedule::{At, Capacity, Decision, Demand, Event, Item, ItemId, NodeId, Settings, State};
//!
//! let unit = cc_ci_model::UnitId::new("shop@1.0.0+1").unwrap();
//! let item = Item::new(ItemId::new("shop@1.0.0+1/main"), unit, Demand::default(), 60_000);
//! let capacity = Capacity { memory: 4 << 30, cpu_millis: 2_000, disk: 20 << 30, ..Capacity::default() };
//! let mut state = State::new(Settings::default());
//! state.step(At { millis: 0 }, Event::NodeSeen(NodeId::new("here"), capacity));
//! state.step(At { millis: 0 }, Event::Queued(item.clone()));
//! let decisions = state.step(At { millis: 0 }, Event::Tick);
//! assert_eq!(decisions, [Decision::Admit(item.id, NodeId::new("here"))]);
//! ```

mod arrivals;
mod cycles;
mod decision;
mod event;
mod images;
mod item;
#[cfg(test)]
mod laws_tests;
mod names;
mod nodes;
mod order;
mod pass;
mod queue;
mod reasons;
mod reserve;
#[cfg(test)]
mod reserve_tests;
mod settings;
mod shard;
mod sim;
mod state;
#[cfg(test)]
mod state_tests;
#[cfg(test)]
mod testing;

pub use decision::{Decision, NotBegun, Reason, Resource};
pub use event::{At, Event, Pressure, Stop};
pub use item::{Capacity, Demand, Item, ItemId, NodeId, Priority};
pub use settings::{Jobs, Settings, auto_jobs};
pub use shard::{Shard, ShardError, shard};
pub use sim::{Simulated, Simulation, simulate};
pub use state::State;
