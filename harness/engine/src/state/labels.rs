//! Labels of the objects that the harness makes.

/// The label by which Docker's own tools know a stack's objects.
pub const LABEL_NAMESPACE: &str = "com.docker.stack.namespace";
/// The run that owns an object.
pub const LABEL_RUN: &str = "cc-ci.run";
/// The unit that owns an object.
pub const LABEL_UNIT: &str = "cc-ci.unit";
/// The leg of the unit that owns an object; absent where it is the whole unit's.
pub const LABEL_LEG: &str = "cc-ci.leg";
/// The recipe that an object belongs to.
pub const LABEL_RECIPE: &str = "cc-ci.recipe";
/// Everything that outlives a run; its value is `registry` or `edge`.
pub const LABEL_INFRA: &str = "cc-ci.infra";
/// The lease of a run: a config that says on which host the run lives and when it last said so. Its
/// value is the version of the lease's labels.
pub const LABEL_LEASE: &str = "cc-ci.lease";
