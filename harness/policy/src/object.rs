//! Objects beside a stack's services, and whether they are the stack's own.

use cc_ci_model::{ObjectSource, StackSpec};

use crate::{Grant, Need};

/// A kind of object that a stack declares beside its services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A named volume.
    Volume,
    /// A network.
    Network,
    /// A secret.
    Secret,
    /// A config.
    Config,
}

impl ObjectKind {
    /// All kinds.
    pub(crate) const ALL: [Self; 4] = [Self::Volume, Self::Network, Self::Secret, Self::Config];

    /// The kind in lower case, as it stands in grants and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Network => "network",
            Self::Secret => "secret",
            Self::Config => "config",
        }
    }

    /// The section of a compose file that declares objects of this kind.
    pub(crate) fn section(self) -> &'static str {
        match self {
            Self::Volume => "volumes",
            Self::Network => "networks",
            Self::Secret => "secrets",
            Self::Config => "configs",
        }
    }
}

/// One declared object, whatever its kind.
struct Declared<'a> {
    kind: ObjectKind,
    key: &'a str,
    name: &'a str,
    external: bool,
}

fn declared(spec: &StackSpec) -> impl Iterator<Item = Declared<'_>> {
    let object = |kind, key, name, external| Declared { kind, key, name, external };
    let made_elsewhere = |source: &ObjectSource| match source {
        ObjectSource::External => true,
        ObjectSource::Content(_)
        | ObjectSource::Generate { .. }
        | ObjectSource::Passphrase { .. } => false,
    };
    let volumes = spec.volumes.iter();
    let volumes = volumes.map(move |(k, v)| object(ObjectKind::Volume, k, &v.name, v.external));
    let networks = spec.networks.iter();
    let networks = networks.map(move |(k, n)| object(ObjectKind::Network, k, &n.name, n.external));
    let secrets = spec.secrets.iter().map(move |(k, s)| {
        object(ObjectKind::Secret, k.as_str(), s.name.as_str(), made_elsewhere(&s.source))
    });
    let configs = spec.configs.iter().map(move |(k, c)| {
        object(ObjectKind::Config, k.as_str(), c.name.as_str(), made_elsewhere(&c.source))
    });
    volumes.chain(networks).chain(secrets).chain(configs)
}

/// The one external network that every routed recipe joins; a unit gets a network of its own in
/// its place.
const PROXY: &str = "proxy";

/// Objects that the stack uses and does not create.
pub(crate) fn external(spec: &StackSpec) -> Vec<Need> {
    let foreign = |object: &Declared<'_>| match object.kind {
        ObjectKind::Network => object.name != PROXY && object.name != "host",
        ObjectKind::Volume | ObjectKind::Secret | ObjectKind::Config => true,
    };
    let objects = declared(spec).filter(|object| object.external && foreign(object));
    let need = |object: Declared<'_>| {
        let Declared { kind, key, name, .. } = object;
        let why = match kind {
            ObjectKind::Volume => "its data belongs to another stack",
            ObjectKind::Network => "the services of other stacks listen on it",
            ObjectKind::Secret => "its value belongs to another stack",
            ObjectKind::Config => "its content belongs to another stack",
        };
        let what =
            format!("is the external {} {name}, which this stack did not create", kind.word());
        let grant = Grant::External(kind, portable(spec, name));
        Need::object(kind, key, what, why, grant).below(&["external"])
    };
    objects.map(need).collect()
}

/// Objects that the stack creates under a name that another stack can have.
pub(crate) fn named(spec: &StackSpec) -> Vec<Need> {
    let prefix = format!("{}_", spec.name);
    let own = |name: &str| name.strip_prefix(&prefix).is_some_and(|rest| !rest.is_empty());
    let objects = declared(spec).filter(|object| !object.external && !own(object.name));
    let need = |object: Declared<'_>| {
        let Declared { kind, key, name, .. } = object;
        let what = format!("has the name {name}, which does not begin with ${{STACK_NAME}}_");
        let why = "an object of another stack can have that name, and would be used in its place";
        let grant = Grant::Name(kind, portable(spec, name));
        Need::object(kind, key, what, why, grant).below(&["name"])
    };
    objects.map(need).collect()
}

/// `text` with `${STACK_NAME}` in place of the stack's name, which differs from run to run.
pub(crate) fn portable(spec: &StackSpec, text: &str) -> String {
    text.replace(spec.name.as_str(), "${STACK_NAME}")
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{ConfigSpec, FileContent, NetworkSpec, SecretSpec, VolumeSpec};

    use super::*;
    use crate::testing::{app, asked};

    fn volume(name: &str, external: bool) -> StackSpec {
        let mut spec = app(|_| ());
        let volume = VolumeSpec { name: name.into(), external, ..VolumeSpec::default() };
        spec.volumes.insert("data".into(), volume);
        spec
    }

    fn network(name: &str, external: bool) -> StackSpec {
        let mut spec = app(|_| ());
        let network = NetworkSpec { name: name.into(), external, ..NetworkSpec::default() };
        spec.networks.insert("net".into(), network);
        spec
    }

    fn secret(name: &str, source: ObjectSource) -> StackSpec {
        let mut spec = app(|_| ());
        let (name, labels) = (name.to_owned(), std::collections::BTreeMap::new());
        let secret = SecretSpec { name, source, template_driver: None, labels };
        spec.secrets.insert("pw".into(), secret);
        spec
    }

    fn config(name: &str, source: ObjectSource) -> StackSpec {
        let mut spec = app(|_| ());
        let (name, labels) = (name.to_owned(), std::collections::BTreeMap::new());
        let config = ConfigSpec { name, source, template_driver: None, labels };
        spec.configs.insert("conf".into(), config);
        spec
    }

    fn content() -> ObjectSource {
        ObjectSource::Content(FileContent { path: "a".into(), bytes: vec![1] })
    }

    #[rstest::rstest]
    #[case::volume(volume("vict-d23a88_data", true), "external-volume:vict-d23a88_data")]
    #[case::own_prefix_is_no_excuse(
        volume("shop-abc123_data", true),
        "external-volume:${STACK_NAME}_data"
    )]
    #[case::overlay(network("vict-d23a88_internal", true), "external-network:vict-d23a88_internal")]
    #[case::bridge(network("bridge", true), "external-network:bridge")]
    #[case::ingress(network("ingress", true), "external-network:ingress")]
    #[case::secret(secret("other_pw_v1", ObjectSource::External), "external-secret:other_pw_v1")]
    #[case::config(config("other_conf", ObjectSource::External), "external-config:other_conf")]
    fn what_others_made_is_asked_for(#[case] spec: StackSpec, #[case] grant: &str) {
        assert_eq!(asked(external, &spec), [grant]);
        assert!(asked(named, &spec).is_empty());
    }

    #[rstest::rstest]
    #[case::volume(volume("vict-d23a88_data", false), "volume-name:vict-d23a88_data")]
    #[case::behind_another_word(
        volume("x_shop-abc123_data", false),
        "volume-name:x_${STACK_NAME}_data"
    )]
    #[case::the_prefix_alone(volume("shop-abc123_", false), "volume-name:${STACK_NAME}_")]
    #[case::another_mark(volume("shop-abc123-data", false), "volume-name:${STACK_NAME}-data")]
    #[case::network(network("proxy", false), "network-name:proxy")]
    #[case::bridge(network("bridge", false), "network-name:bridge")]
    #[case::secret(secret("pw_v1", ObjectSource::Passphrase { words: 3 }), "secret-name:pw_v1")]
    #[case::config(config("conf_v1", content()), "config-name:conf_v1")]
    fn a_name_that_others_can_have_is_asked_for(#[case] spec: StackSpec, #[case] grant: &str) {
        assert_eq!(asked(named, &spec), [grant]);
        assert!(asked(external, &spec).is_empty());
    }

    #[rstest::rstest]
    #[case::volume(volume("shop-abc123_data", false))]
    #[case::network(network("shop-abc123_internal", false))]
    #[case::proxy(network("proxy", true))]
    #[case::made_up(secret("shop-abc123_pw_v1", ObjectSource::Passphrase { words: 3 }))]
    #[case::from_a_file(config("shop-abc123_conf_v1", content()))]
    fn what_is_the_stacks_own_is_free(#[case] spec: StackSpec) {
        assert!(asked(external, &spec).is_empty() && asked(named, &spec).is_empty());
    }
}
