//! The settings of the `bore` probe.

use crate::SpecError;
use crate::params::Params;
use crate::registry::Key;
use crate::target::Target;

pub(super) const KEYS: &[Key] = &[
    Key { name: "host", about: "service or host name; 127.0.0.1 from the host" },
    Key { name: "port", about: "control port, 7835 by custom" },
    Key { name: "secret", about: "secret of the server; without it the server must ask for none" },
    Key { name: "tunnel", about: "port to open the tunnel from, else any that the server has" },
    Key {
        name: "edge_name",
        about: "host name by which the edge leads a visitor into the tunnel; needs tunnel",
    },
    Key {
        name: "expect_reject",
        about: "part of the error that refuses the secret, or the tunnel where one is given",
    },
];

/// What to ask for. Its text form must not show the secret, so it has no `Debug`.
pub(super) struct Settings {
    pub(super) target: Target,
    pub(super) secret: Option<String>,
    /// 0 is any.
    pub(super) tunnel: u16,
    /// The name by which the edge knows the tunnel.
    pub(super) edge_name: Option<String>,
    pub(super) expect_reject: Option<String>,
}

impl Settings {
    pub(super) fn read(params: &Params<'_>) -> Result<Self, SpecError> {
        let owned = |key| Ok::<_, SpecError>(params.text(key)?.map(ToOwned::to_owned));
        let tunnel = if params.has("tunnel") { params.need_port("tunnel")? } else { 0 };
        if params.has("expect_reject") && params.has("edge_name") {
            let expected = "nothing, because with expect_reject no client gets in";
            return Err(params.bad("edge_name", "set", expected));
        }
        if params.has("edge_name") && tunnel == 0 {
            let expected = "the port that the edge leads to, because edge_name stands for one";
            return Err(params.missing("tunnel", expected));
        }
        Ok(Self {
            target: Target::read(params)?,
            secret: owned("secret")?,
            tunnel,
            edge_name: owned("edge_name")?,
            expect_reject: owned("expect_reject")?,
        })
    }

    /// `bore at app:7835 carries a visitor through port 1`
    pub(super) fn describe(&self) -> String {
        let Self { target, tunnel, .. } = self;
        let tunnel = match tunnel {
            0 => "a tunnel".to_owned(),
            port => format!("port {port}"),
        };
        match (&self.expect_reject, &self.edge_name) {
            (Some(reason), _) => format!("bore at {target} refuses {tunnel} with {reason:?}"),
            (None, None) => format!("bore at {target} carries a visitor through {tunnel}"),
            (None, Some(name)) => {
                format!("bore at {target} carries a visitor from https://{name}/ through {tunnel}")
            }
        }
    }
}
