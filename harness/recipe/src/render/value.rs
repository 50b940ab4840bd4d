//! What is printed.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// A value of YAML or JSON whose entries have an order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Printed {
    Nothing,
    Flag(bool),
    Number(i128),
    Fraction(f64),
    Text(String),
    List(Vec<Printed>),
    Map(Vec<(String, Printed)>),
}

impl Printed {
    /// `None` for an empty list or mapping.
    pub(super) fn unless_empty(self) -> Option<Self> {
        match &self {
            Self::List(items) if items.is_empty() => None,
            Self::Map(entries) if entries.is_empty() => None,
            _ => Some(self),
        }
    }
}

impl Serialize for Printed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(number), _) => serializer.serialize_i64(number),
                (_, Ok(number)) => serializer.serialize_u64(number),
                _ => serializer.serialize_f64(*number as f64),
            },
            Self::Fraction(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}
