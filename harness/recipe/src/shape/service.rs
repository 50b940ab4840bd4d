//! The keys of a service.

use super::Shape::{
    Any, Args, Attachments, Build, Bytes, Choice, Count, Duration, Environment, Flag, Hosts,
    Logging, LooseOptions, Map, Maps, Mounts, Number, Pairs, Pause, Ports, Ratio, Refs, Section,
    Test, Text, TextOrTexts, Texts, TextsAndNumbers, Ulimits, Word, Words,
};
use super::kind::{Fields, key, later};

/// A service.
pub(crate) static SERVICE: Fields = Fields::of(&[
    key("build", Build(&BUILD)),
    key("cap_add", Texts),
    key("cap_drop", Texts),
    key("cgroup_parent", Text),
    later("cgroupns_mode", Text, 9),
    key("command", Words),
    later("configs", Refs, 3),
    key("container_name", Text),
    later("credential_spec", Section(&CREDENTIAL), 3),
    key("depends_on", Texts),
    key("deploy", Map(&DEPLOY)),
    key("devices", Texts),
    key("dns", TextOrTexts),
    key("dns_search", TextOrTexts),
    key("domainname", Text),
    key("entrypoint", Words),
    key("env_file", TextOrTexts),
    key("environment", Environment),
    key("expose", TextsAndNumbers),
    key("external_links", Texts),
    key("extra_hosts", Hosts),
    key("healthcheck", Section(&HEALTH)),
    key("hostname", Text),
    key("image", Text),
    later("init", Choice, 7),
    key("ipc", Text),
    later("isolation", Text, 5),
    key("labels", Pairs),
    key("links", Texts),
    key("logging", Logging(&LOGGING)),
    key("mac_address", Text),
    key("network_mode", Text),
    key("networks", Attachments),
    later("oom_score_adj", Number, 13),
    key("pid", Text),
    key("ports", Ports),
    key("privileged", Flag),
    key("read_only", Flag),
    key("restart", Text),
    later("secrets", Refs, 1),
    key("security_opt", Texts),
    key("shm_size", Text),
    key("stdin_open", Flag),
    key("stop_grace_period", Pause),
    key("stop_signal", Text),
    key("sysctls", Pairs),
    key("tmpfs", TextOrTexts),
    key("tty", Flag),
    key("ulimits", Ulimits),
    key("user", Text),
    key("userns_mode", Text),
    key("volumes", Mounts),
    key("working_dir", Text),
])
.extensible();

static BUILD: Fields = Fields::of(&[
    key("context", Text),
    key("dockerfile", Text),
    key("args", Args),
    later("labels", Pairs, 3),
    later("cache_from", Texts, 2),
    later("extra_hosts", Hosts, 9),
    later("network", Text, 4),
    later("target", Text, 4),
    later("shm_size", Any, 5),
])
.lenient();

static CREDENTIAL: Fields =
    Fields::of(&[later("config", Text, 8), key("file", Text), key("registry", Text)]);

static LOGGING: Fields = Fields::of(&[key("driver", Text), key("options", LooseOptions)]);

static HEALTH: Fields = Fields::of(&[
    key("test", Test),
    key("interval", Pause),
    key("timeout", Pause),
    key("retries", Count),
    later("start_period", Pause, 4),
    later("start_interval", Pause, 12),
    key("disable", Flag),
]);

static DEPLOY: Fields = Fields::of(&[
    key("mode", Text),
    key("replicas", Count),
    key("labels", Pairs),
    key("update_config", Section(&UPDATE)),
    later("rollback_config", Section(&UPDATE), 7),
    key("resources", Map(&RESOURCES)),
    key("restart_policy", Section(&RESTART)),
    key("placement", Map(&PLACEMENT)),
    later("endpoint_mode", Text, 2),
])
.nullable();

static UPDATE: Fields = Fields::of(&[
    key("parallelism", Count),
    key("delay", Duration),
    key("failure_action", Text),
    key("monitor", Duration),
    key("max_failure_ratio", Ratio),
    later("order", Word(&["start-first", "stop-first"]), 4),
]);

static RESTART: Fields = Fields::of(&[
    key("condition", Text),
    key("delay", Pause),
    key("max_attempts", Count),
    key("window", Pause),
]);

static PLACEMENT: Fields = Fields::of(&[
    key("constraints", super::Shape::AnyTexts),
    later("preferences", Maps(&PREFERENCE), 3),
    later("max_replicas_per_node", Number, 8),
]);

static PREFERENCE: Fields = Fields::of(&[key("spread", Text)]);

static RESOURCES: Fields =
    Fields::of(&[key("limits", Section(&LIMITS)), key("reservations", Section(&RESERVATIONS))]);

static LIMITS: Fields =
    Fields::of(&[key("cpus", Text), key("memory", Bytes), later("pids", Number, 9)]);

static RESERVATIONS: Fields = Fields::of(&[
    key("cpus", Text),
    key("memory", Bytes),
    later("generic_resources", Maps(&GENERIC), 5),
]);

static GENERIC: Fields = Fields::of(&[key("discrete_resource_spec", Section(&DISCRETE))]);

static DISCRETE: Fields = Fields::of(&[key("kind", Text), key("value", Number)]);
