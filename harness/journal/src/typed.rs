//! Cleans the strings of a value before it is serialised.
//!
//! Redaction on serialised JSON can break a line: a hidden `true` is also a keyword. Here each string is
//! cleaned while it is a string. Numbers, truth values, names of fields and of variants come from our own
//! types and stay as they are.

use std::cell::RefCell;

use cc_ci_model::Event;
use serde::Serialize;
use serde::ser::{
    Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Error, Map, Value};

use crate::redact::{Masks, Redactor};

/// The enums that are written with a tag, and their tags: serde writes the tag as a field of type string.
const TAGS: [(&str, &str); 5] = [
    ("Event", "kind"),
    ("Outcome", "outcome"),
    ("Fault", "fault"),
    ("Observed", "saw"),
    ("Look", "look"),
];

impl Redactor {
    /// The event without secrets, as a reader will see it.
    pub(crate) fn event(&self, event: &Event) -> Event {
        let clean = match event {
            Event::Observed { .. } | Event::Compared { .. } => clean_apart(event, self),
            _ => clean(event, self),
        };
        let clean = clean.and_then(serde_json::from_value::<Event>);
        clean.unwrap_or_else(|error| {
            let what = serde_json::to_value(event).ok();
            let what = what.as_ref().and_then(|event| event["kind"].as_str()).unwrap_or("unknown");
            // What serde says may quote the event.
            let reason = self.clean_text(&error.to_string()).into_owned();
            Event::Withheld { what: what.to_owned(), reason }
        })
    }
}

/// `value` as JSON, without any hidden value in its strings and in the keys of its maps.
pub(crate) fn clean<T: Serialize + ?Sized>(value: &T, redactor: &Redactor) -> Result<Value, Error> {
    value.serialize(Cleaner { redactor, masks: None })
}

/// As [`clean`]; two strings of the event are equal only where they were equal before (see [`Masks`]).
fn clean_apart(event: &Event, redactor: &Redactor) -> Result<Value, Error> {
    let plain = serde_json::to_string(event)?;
    let masks = RefCell::new(Masks::beside(&plain));
    event.serialize(Cleaner { redactor, masks: Some(&masks) })
}

#[derive(Clone, Copy)]
struct Cleaner<'r> {
    redactor: &'r Redactor,
    /// Masks that tell hidden texts apart.
    masks: Option<&'r RefCell<Masks<'r>>>,
}

impl<'r> Cleaner<'r> {
    fn list(self, variant: Option<&'static str>) -> List<'r> {
        List { cleaner: self, variant, items: Vec::new() }
    }

    fn object(self, tag: Option<&'static str>, variant: Option<&'static str>) -> Object<'r> {
        Object { cleaner: self, variant, tag, map: Map::new(), key: None }
    }
}

macro_rules! numbers {
    ($($name:ident: $type:ty),*) => {
        $(fn $name(self, value: $type) -> Result<Value, Error> { Ok(Value::from(value)) })*
    };
}

impl<'r> Serializer for Cleaner<'r> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = List<'r>;
    type SerializeTuple = List<'r>;
    type SerializeTupleStruct = List<'r>;
    type SerializeTupleVariant = List<'r>;
    type SerializeMap = Object<'r>;
    type SerializeStruct = Object<'r>;
    type SerializeStructVariant = Object<'r>;

    numbers!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_i64: i64, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
        serialize_u64: u64, serialize_f32: f32, serialize_f64: f64
    );

    fn serialize_char(self, value: char) -> Result<Value, Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<Value, Error> {
        let clean = match self.masks {
            Some(masks) => self.redactor.clean_apart(value, &mut masks.borrow_mut()),
            None => self.redactor.clean_text(value),
        };
        Ok(Value::String(clean.into_owned()))
    }

    /// Bytes would become numbers, and numbers are not cleaned.
    fn serialize_bytes(self, _: &[u8]) -> Result<Value, Error> {
        Err(Error::custom("bytes that are no string"))
    }

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, Error> {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        Ok(wrapped(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'r>, Error> {
        Ok(self.list(None))
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'r>, Error> {
        Ok(self.list(None))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'r>, Error> {
        Ok(self.list(None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'r>, Error> {
        Ok(self.list(Some(variant)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object<'r>, Error> {
        Ok(self.object(None, None))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Object<'r>, Error> {
        let tag = TAGS.iter().find(|(tagged, _)| *tagged == name).map(|(_, tag)| *tag);
        Ok(self.object(tag, None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object<'r>, Error> {
        Ok(self.object(None, Some(variant)))
    }
}

fn wrapped(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(variant) => Value::Object(Map::from_iter([(variant.to_owned(), value)])),
        None => value,
    }
}

struct List<'r> {
    cleaner: Cleaner<'r>,
    variant: Option<&'static str>,
    items: Vec<Value>,
}

impl List<'_> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.items.push(value.serialize(self.cleaner)?);
        Ok(())
    }

    fn done(self) -> Value {
        wrapped(self.variant, Value::Array(self.items))
    }
}

macro_rules! list {
    ($($of:ident $add:ident),*) => {
        $(impl $of for List<'_> {
            type Ok = Value;
            type Error = Error;
            fn $add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.push(value)
            }
            fn end(self) -> Result<Value, Error> { Ok(self.done()) }
        })*
    };
}

list!(
    SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field
);

struct Object<'r> {
    cleaner: Cleaner<'r>,
    variant: Option<&'static str>,
    /// The field that names the variant, while it is still to come; serde writes it first.
    tag: Option<&'static str>,
    map: Map<String, Value>,
    key: Option<String>,
}

impl Object<'_> {
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        let value = match self.tag.take() {
            Some(tag) if tag == key => serde_json::to_value(value)?,
            _ => value.serialize(self.cleaner)?,
        };
        self.map.insert(key.to_owned(), value);
        Ok(())
    }

    fn done(self) -> Value {
        wrapped(self.variant, Value::Object(self.map))
    }
}

impl SerializeMap for Object<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = Some(match key.serialize(self.cleaner)? {
            Value::String(key) => key,
            other => other.to_string(),
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let value = value.serialize(self.cleaner)?;
        let key = self.key.take().unwrap_or_default();
        // Two keys that differ in hidden values only become one; the second gets a number.
        let mut own = key.clone();
        for number in 2.. {
            if !self.map.contains_key(&own) {
                break;
            }
            own = format!("{key} {number}");
        }
        self.map.insert(own, value);
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.done())
    }
}

impl SerializeStruct for Object<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.done())
    }
}

impl SerializeStructVariant for Object<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.done())
    }
}
