//! The keys of a whole file and of what it declares beside services.

use super::Shape::{
    External, Flag, Map, Maps, Objects, Options, Pairs, Path, Section, Services, Text,
};
use super::kind::{Fields, key, later};
use super::service::SERVICE;

/// A whole file.
pub(crate) static ROOT: Fields = Fields::of(&[
    key("version", Text),
    key("services", Services(&SERVICE)),
    key("networks", Objects(&NETWORK)),
    key("volumes", Objects(&VOLUME)),
    later("secrets", Objects(&SECRET), 1),
    later("configs", Objects(&CONFIG), 3),
])
.extensible_from(4);

static NETWORK: Fields = Fields::of(&[
    later("name", Text, 5),
    key("driver", Text),
    key("driver_opts", Options),
    key("ipam", Map(&IPAM)),
    key("external", External),
    key("internal", Flag),
    later("attachable", Flag, 2),
    key("labels", Pairs),
])
.silently_extensible()
.nullable();

static IPAM: Fields = Fields::of(&[key("driver", Text), key("config", Maps(&POOL))]);

static POOL: Fields = Fields::of(&[key("subnet", Text)]);

static VOLUME: Fields = Fields::of(&[
    later("name", Text, 4),
    key("driver", Text),
    key("driver_opts", Options),
    key("external", External),
    key("labels", Pairs),
])
.silently_extensible()
.nullable()
.not_external(&["driver", "driver_opts", "labels"]);

static SECRET: Fields = Fields::of(&[
    later("name", Text, 5),
    key("file", Path),
    key("external", External),
    key("labels", Pairs),
    later("driver", Text, 8),
    later("driver_opts", Options, 8),
    later("template_driver", Text, 8),
])
.extensible();

static CONFIG: Fields = Fields::of(&[
    later("name", Text, 5),
    key("file", Path),
    key("external", External),
    key("labels", Pairs),
    later("template_driver", Text, 8),
])
.extensible();

/// A service on a network.
pub(crate) static ATTACHMENT: Fields = Fields::of(&[
    key("aliases", super::Shape::Texts),
    later("driver_opts", Options, 13),
    key("ipv4_address", Text),
    key("ipv6_address", Text),
])
.nullable();

/// A published port, the long way.
pub(crate) static PORT: Fields = Fields::of(&[
    key("mode", Text),
    key("target", super::Shape::Number),
    key("published", super::Shape::Number),
    key("protocol", Text),
])
.since(2);

/// A secret or config that a service sees, the long way.
pub(crate) static REF: Fields = Fields::of(&[
    key("source", Text),
    key("target", Text),
    key("uid", Text),
    key("gid", Text),
    key("mode", super::Shape::Count),
])
.lenient();

/// A mount, the long way.
pub(crate) static MOUNT: Fields = Fields::of(&[
    key("type", Text),
    key("source", Text),
    key("target", Text),
    key("read_only", Flag),
    key("consistency", Text),
    key("bind", Section(&BIND)),
    key("volume", Section(&NOCOPY)),
    later("tmpfs", Section(&TMPFS), 6),
])
.needing(&["type"])
.since(2);

static BIND: Fields = Fields::of(&[key("propagation", Text)]).lenient();

static NOCOPY: Fields = Fields::of(&[key("nocopy", Flag)]).lenient();

static TMPFS: Fields = Fields::of(&[key("size", super::Shape::Number)]).lenient();
