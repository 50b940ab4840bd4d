//! The long form of what a service is connected to.

use super::lists::different;
use super::make::{entry, list, map, nothing, plain, text};
use super::node::{Normal, PORTS};
use crate::compose::{mounts, ports};
use crate::shape::{ATTACHMENT, MOUNT, PORT, REF};
use crate::yaml::{At, Node, Problem, ProblemKind, Value};

use cc_ci_model::{MountType, PortMode, Protocol};

impl Normal<'_> {
    /// Networks as a mapping from their names.
    pub(super) fn attachments(&mut self, at: &At<'_>) -> Result<Node, Problem> {
        if let Value::List(_) = &at.node.value {
            let items = at.items()?;
            let names = items.iter().map(|item| {
                let name = item.text()?;
                Ok(entry(name, nothing(&item.node.place)))
            });
            let names = names.collect::<Result<_, Problem>>()?;
            different(&items)?;
            return Ok(map(&at.node.place, names));
        }
        let Value::Map(_) = &at.node.value else {
            return Err(at.expected("a list or a mapping of networks"));
        };
        self.each(at, |normal, at| normal.fields(at, &ATTACHMENT))
    }

    /// Limits stay one number or become `soft` and `hard`.
    pub(super) fn ulimits(&mut self, at: &At<'_>) -> Result<Node, Problem> {
        self.each(at, |_, at| match &at.node.value {
            Value::Map(_) => {
                let fields = at.fields(&["soft", "hard"])?;
                let mut limits = Vec::new();
                for key in ["soft", "hard"] {
                    limits.push(entry(key, super::leaf::number(&fields.need(key)?)?));
                }
                Ok(map(&at.node.place, limits))
            }
            Value::Scalar(_) | Value::List(_) => super::leaf::number(at),
        })
    }

    /// Ports, ranges written out.
    pub(super) fn ports(&mut self, at: &At<'_>) -> Result<Node, Problem> {
        let items = at.items()?;
        let mut nodes = Vec::new();
        for item in &items {
            let place = &item.node.place;
            if let Value::Map(_) = &item.node.value {
                nodes.push(self.fields(item, &PORT)?);
                continue;
            }
            let more = ports::one(item, self.notes)?;
            self.ports_left = self.ports_left.checked_sub(more.len()).ok_or_else(|| {
                let what = "number of published ports, ranges written out,";
                item.problem(ProblemKind::Budget { what, limit: PORTS })
            })?;
            for port in more {
                let mode = match port.mode {
                    PortMode::Ingress => "ingress",
                    PortMode::Host => "host",
                };
                let protocol = match port.protocol {
                    Protocol::Tcp => "tcp",
                    Protocol::Udp => "udp",
                    Protocol::Sctp => "sctp",
                };
                let number = |port: u16| plain(place, port.to_string());
                let mut entries = vec![entry("mode", text(place, mode))];
                entries.push(entry("target", number(port.target)));
                entries.extend(port.published.map(|port| entry("published", number(port))));
                entries.push(entry("protocol", text(place, protocol)));
                nodes.push(map(place, entries));
            }
        }
        different(&items)?;
        Ok(list(&at.node.place, nodes))
    }

    pub(super) fn mounts(&mut self, at: &At<'_>) -> Result<Node, Problem> {
        let items = at.items()?;
        let nodes = items.iter().map(|item| match &item.node.value {
            Value::Map(_) => {
                // `docker stack deploy` takes a mode and does not pass it on.
                if item.node.get("tmpfs").is_some_and(|tmpfs| tmpfs.get("mode").is_some()) {
                    self.notes.ignored.insert(format!("{}.tmpfs.mode", item.path));
                }
                self.fields(item, &MOUNT)
            }
            Value::Scalar(_) | Value::List(_) => mount(item),
        });
        Ok(list(&at.node.place, nodes.collect::<Result<_, Problem>>()?))
    }

    pub(super) fn refs(&mut self, at: &At<'_>) -> Result<Node, Problem> {
        let items = at.items()?;
        let nodes = items.iter().map(|item| match &item.node.value {
            Value::Map(_) => self.fields(item, &REF),
            Value::Scalar(_) => {
                let place = &item.node.place;
                Ok(map(place, vec![entry("source", text(place, item.text()?))]))
            }
            Value::List(_) => Err(item.expected("a name or a mapping with `source`")),
        });
        Ok(list(&at.node.place, nodes.collect::<Result<_, Problem>>()?))
    }
}

fn mount(at: &At<'_>) -> Result<Node, Problem> {
    let place = &at.node.place;
    let mount = mounts::one(at)?;
    let (kind, options) = match mount.kind {
        MountType::Volume => ("volume", mount.no_copy.then(|| ("nocopy", plain(place, "true")))),
        MountType::Bind => {
            ("bind", mount.propagation.map(|word| ("propagation", text(place, word))))
        }
        MountType::Tmpfs => ("tmpfs", None),
    };
    let mut entries = vec![entry("type", text(place, kind))];
    if !mount.source.is_empty() {
        entries.push(entry("source", text(place, mount.source)));
    }
    entries.push(entry("target", text(place, mount.target)));
    if mount.read_only {
        entries.push(entry("read_only", plain(place, "true")));
    }
    if let Some((key, node)) = options {
        entries.push(entry(kind, map(place, vec![entry(key, node)])));
    }
    Ok(map(place, entries))
}
