//! What tells the items of a list apart when files merge.

use super::Notes;
use super::{mounts, ports, refs};
use crate::yaml::{At, Node, Value};

/// The key of an item of the list `list` of a service; `None` where items have none and are only
/// appended.
pub(crate) fn item_key(list: &str, item: &Node) -> Option<String> {
    let at = At::root(item);
    match list {
        "volumes" => mounts::target_of(&at),
        "secrets" | "configs" => refs::source_of(&at),
        "ports" => {
            let place = item.place.clone();
            let one = Node { place, value: Value::List(vec![item.clone()]) };
            let ports = ports::ports(&At::root(&one), &mut Notes::default()).ok()?;
            let [port] = ports.as_slice() else { return None };
            port.published.map(|published| format!("{published}/{:?}", port.protocol))
        }
        _ => None,
    }
}
