//! The kinds of values that compose files have.

/// The minor version of format 3 that brought a key, as the engine's own command line refuses it in
/// earlier ones.
pub(crate) type Since = u8;

/// What stands under a key, how it is written the long way, and how two files' values merge.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Text. Of two files the later one wins, unless it is empty.
    Text,
    /// A truth value; `false` has no effect, not even over the `true` of an earlier file.
    Flag,
    /// Like [`Shape::Flag`], and `false` is something else than silence.
    Choice,
    /// One of the words given, with the rules of [`Shape::Text`].
    Word(&'static [&'static str]),
    /// A whole number; 0 has no effect.
    Number,
    /// A whole number where 0 is a value like others.
    Count,
    /// A share, as a floating point number of 32 bits.
    Ratio,
    /// A duration; zero has no effect.
    Duration,
    /// A duration where zero is a value, if no earlier file has another one.
    Pause,
    /// A size in bytes, always written as text.
    Bytes,
    /// A list of different texts; lists of several files are strung together.
    Texts,
    /// A list of texts that may be equal.
    AnyTexts,
    /// One text, or a list.
    TextOrTexts,
    /// A list of texts and numbers.
    TextsAndNumbers,
    /// A command line, as one text or as words; a later file's replaces it.
    Words,
    /// The test of a health check. Texts of several files are appended to each other, as the command line does
    /// it.
    Test,
    /// Names and texts, as mapping or as list of `NAME=value`.
    Pairs,
    /// Names and texts, only as mapping; nothing is refused.
    Options,
    /// Names and texts, only as mapping.
    LooseOptions,
    /// Names and texts, where a name without text is something else than an empty text.
    Args,
    /// Like [`Shape::Args`], with what the instance's environment and `env_file` add.
    Environment,
    /// Names and addresses, as mapping or as list of `name:address`.
    Hosts,
    /// Networks that a service joins, as list of names or as mapping.
    Attachments,
    /// Process limits.
    Ulimits,
    /// Published ports; later ones win by published port.
    Ports,
    /// Mounts; later ones win by target.
    Mounts,
    /// Secrets or configs that a service sees; later ones win by source.
    Refs,
    /// A mapping with known keys. An empty one has no effect.
    Map(&'static Fields),
    /// A mapping with known keys that may be empty.
    Section(&'static Fields),
    /// Options belong to a driver: another driver drops those of the earlier file.
    Logging(&'static Fields),
    /// What to build, or only the folder to build in.
    Build(&'static Fields),
    /// A list of mappings.
    Maps(&'static Fields),
    /// Named things of the whole stack; a later file's replaces the earlier one's whole.
    Objects(&'static Fields),
    /// Services by name.
    Services(&'static Fields),
    /// `true`, or the `name:` under which older files wrote the same.
    External,
    /// A file, relative to the recipe.
    Path,
    /// Anything.
    Any,
}

/// The keys of a mapping.
#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) keys: &'static [Field],
    /// Keys beginning with `x-` may stand here and mean nothing.
    pub(crate) extensible: bool,
    /// The version that brought such keys.
    pub(crate) extensible_since: Since,
    /// The version that brought the mapping in place of a text.
    pub(crate) since: Since,
    /// Such keys are not printed.
    pub(crate) silent: bool,
    /// Any other key may stand here and means nothing.
    pub(crate) lenient: bool,
    /// The mapping may be null.
    pub(crate) nullable: bool,
    /// Keys that must be there.
    pub(crate) needed: &'static [&'static str],
    /// Keys that an external object must not have.
    pub(crate) not_external: &'static [&'static str],
}

/// One key.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) shape: Shape,
    pub(crate) since: Since,
}

impl Fields {
    pub(crate) const fn of(keys: &'static [Field]) -> Self {
        Self {
            keys,
            extensible: false,
            extensible_since: 0,
            since: 0,
            silent: false,
            lenient: false,
            nullable: false,
            needed: &[],
            not_external: &[],
        }
    }

    pub(crate) const fn extensible(self) -> Self {
        self.extensible_from(7)
    }

    pub(crate) const fn extensible_from(self, since: Since) -> Self {
        Self { extensible: true, extensible_since: since, ..self }
    }

    pub(crate) const fn since(self, since: Since) -> Self {
        Self { since, ..self }
    }

    pub(crate) const fn silently_extensible(self) -> Self {
        Self { silent: true, ..self.extensible_from(7) }
    }

    pub(crate) const fn lenient(self) -> Self {
        Self { lenient: true, ..self }
    }

    pub(crate) const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    pub(crate) const fn needing(self, needed: &'static [&'static str]) -> Self {
        Self { needed, ..self }
    }

    pub(crate) const fn not_external(self, not_external: &'static [&'static str]) -> Self {
        Self { not_external, ..self }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'static Field> {
        self.keys.iter().find(|field| field.key == key)
    }
}

/// A key of all versions.
pub(crate) const fn key(key: &'static str, shape: Shape) -> Field {
    Field { key, shape, since: 0 }
}

/// A key that came with minor version `since`.
pub(crate) const fn later(key: &'static str, shape: Shape, since: Since) -> Field {
    Field { key, shape, since }
}
