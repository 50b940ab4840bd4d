//! Published ports.

use cc_ci_model::{PortMode, PortSpec, Protocol};

use super::Notes;
use crate::yaml::{At, Problem, Value};

const SHORT: &str = "a port such as 80, 8080:80 or 8080:80/udp";

/// Reads the list of published ports, ranges written out.
pub(crate) fn ports(at: &At<'_>, notes: &mut Notes) -> Result<Vec<PortSpec>, Problem> {
    let mut ports = Vec::new();
    for item in at.items()? {
        match &item.node.value {
            Value::Map(_) => ports.push(long(&item)?),
            Value::Scalar(_) | Value::List(_) => ports.extend(one(&item, notes)?),
        }
    }
    Ok(ports)
}

/// Reads one item in its short form.
pub(crate) fn one(at: &At<'_>, notes: &mut Notes) -> Result<Vec<PortSpec>, Problem> {
    match (&at.node.value, at.node.is_null()) {
        (Value::Scalar(scalar), false) => short(at, &scalar.text, notes),
        _ => Err(at.expected(SHORT)),
    }
}

fn long(at: &At<'_>) -> Result<PortSpec, Problem> {
    let fields = at.fields(&["target", "published", "protocol", "mode"])?;
    let port = |at: &At<'_>| {
        at.int::<u16>("a port from 1 to 65535").and_then(|port| match port {
            0 => Err(at.bad("0", "a port from 1 to 65535")),
            port => Ok(port),
        })
    };
    let mode = |at: &At<'_>| match at.text()? {
        "host" => Ok(PortMode::Host),
        "ingress" => Ok(PortMode::Ingress),
        other => Err(at.bad(other, "host or ingress")),
    };
    Ok(PortSpec {
        target: port(&fields.need("target")?)?,
        published: fields.read("published", port)?,
        protocol: fields
            .read("protocol", |at| {
                let text = at.text()?;
                protocol(text).ok_or_else(|| at.bad(text, "tcp, udp or sctp"))
            })?
            .unwrap_or_default(),
        mode: fields.read("mode", mode)?.unwrap_or_default(),
    })
}

fn protocol(text: &str) -> Option<Protocol> {
    match text.to_ascii_lowercase().as_str() {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "sctp" => Some(Protocol::Sctp),
        _ => None,
    }
}

fn short(at: &At<'_>, text: &str, notes: &mut Notes) -> Result<Vec<PortSpec>, Problem> {
    let bad = || at.bad(text, SHORT);
    let (ports, proto) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol(proto).ok_or_else(bad)?;
    let (published, target) = match ports.rsplit_once(':') {
        None => (None, ports),
        Some((published, target)) => match published.rsplit_once(':') {
            None => (Some(published), target),
            Some((address, published)) => {
                if !is_address(address) {
                    let expected = "an IP address before the published port";
                    return Err(at.bad(address, expected));
                }
                if !address.is_empty() {
                    notes.ignored.insert(format!("{}: address {address}", at.path));
                }
                (Some(published), target)
            }
        },
    };
    let mut targets = range(target).ok_or_else(bad)?;
    // The engine chooses a port for no port and for port 0, which an unset variable makes.
    let published = match published {
        None | Some("" | "0") => vec![None; targets.len()],
        Some(published) => range(published).ok_or_else(bad)?.into_iter().map(Some).collect(),
    };
    if let [target] = targets.as_slice() {
        targets = vec![*target; published.len()];
    }
    if published.len() != targets.len() {
        return Err(at.bad(text, "a pair of port ranges of equal length"));
    }
    let spec =
        |(target, published)| PortSpec { target, published, protocol, mode: PortMode::Ingress };
    Ok(targets.into_iter().zip(published).map(spec).collect())
}

/// An address of version 4 or 6, the latter in brackets or not. Names are none.
fn is_address(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    text.is_empty() || inner.parse::<std::net::IpAddr>().is_ok()
}

/// `80` or `80-89`.
fn range(text: &str) -> Option<Vec<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
    (first > 0 && first <= last).then(|| (first..=last).collect())
}
