//! Typed reading of the tree, with errors that say where, what was found and what was expected.

use std::rc::Rc;

use super::{Entry, Kind, Node, Problem, ProblemKind, Scalar, Trail, Value};
use crate::Place;
use cc_ci_model::nearest;

/// A node and the keys that lead to it.
#[derive(Debug, Clone)]
pub(crate) struct At<'a> {
    pub(crate) node: &'a Node,
    pub(crate) path: Trail<'a>,
}

/// A mapping whose keys are known.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    node: &'a Node,
    path: Rc<Trail<'a>>,
    entries: &'a [Entry],
}

impl<'a> At<'a> {
    pub(crate) fn root(node: &'a Node) -> Self {
        Self { node, path: Trail::default() }
    }

    pub(crate) fn problem(&self, kind: ProblemKind) -> Problem {
        Problem::new(&self.node.place, self.path.to_string(), kind)
    }

    /// The value is of another type than `expected`.
    pub(crate) fn expected(&self, expected: &str) -> Problem {
        let (found, expected) = (self.node.describe(), expected.to_owned());
        self.problem(ProblemKind::WrongType { found, expected })
    }

    /// The value is of the right type but not `expected`.
    pub(crate) fn bad(&self, value: &str, expected: &str) -> Problem {
        let (value, expected) = (value.to_owned(), expected.to_owned());
        self.problem(ProblemKind::BadValue { value, expected })
    }

    pub(crate) fn child(&self, key: &'a str, node: &'a Node) -> Self {
        Self { node, path: Trail::key(&self.shared(), key) }
    }

    /// The path, for those of the children.
    fn shared(&self) -> Rc<Trail<'a>> {
        Rc::new(self.path.clone())
    }

    pub(crate) fn scalar(&self, expected: &str) -> Result<&'a Scalar, Problem> {
        match &self.node.value {
            Value::Scalar(scalar) => Ok(scalar),
            Value::List(_) | Value::Map(_) => Err(self.expected(expected)),
        }
    }

    /// Text, and only text: a number or truth value has to be quoted.
    pub(crate) fn text(&self) -> Result<&'a str, Problem> {
        let scalar = self.scalar("text")?;
        match scalar.kind() {
            Kind::Text => Ok(&scalar.text),
            Kind::Null => Err(self.expected("text")),
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Date => {
                Err(self.expected("text").hint(format!("put it in quotes: \"{}\"", scalar.text)))
            }
        }
    }

    /// Text or a number; `None` for nothing. What labels and environment accept.
    pub(crate) fn word(&self) -> Result<Option<String>, Problem> {
        let expected = "text, a number or nothing";
        let scalar = self.scalar(expected)?;
        match scalar.kind() {
            Kind::Null => Ok(None),
            Kind::Text => Ok(Some(scalar.text.to_string())),
            // Docker's reader keeps the number, not how it was written: `0555` arrives as 365.
            Kind::Int(number) => Ok(Some(number.to_string())),
            Kind::Float(number) if number.is_finite() => Ok(Some(super::scalar::go_float(number))),
            Kind::Bool(_) | Kind::Date | Kind::Float(_) => {
                Err(self.expected(expected).hint(format!("put it in quotes: \"{}\"", scalar.text)))
            }
        }
    }

    /// A whole number of type `T`.
    pub(crate) fn int<T: TryFrom<i128>>(&self, expected: &str) -> Result<T, Problem> {
        let scalar = self.scalar(expected)?;
        let number = match scalar.kind() {
            Kind::Int(number) => number,
            // The command line casts what it has interpolated as a decimal number, so that a mode
            // from a variable is not octal.
            Kind::Text if scalar.interpolated() => {
                let number = scalar.text.parse::<i64>().ok().map(i128::from);
                number.ok_or_else(|| self.bad(&scalar.text, expected))?
            }
            Kind::Text if super::scalar::parse_int(&scalar.text).is_some() => {
                return Err(self.expected(expected).hint("write it without quotes"));
            }
            _ => return Err(self.expected(expected)),
        };
        T::try_from(number).map_err(|_| self.bad(&scalar.text, expected))
    }

    /// A truth value.
    pub(crate) fn flag(&self) -> Result<bool, Problem> {
        let scalar = self.scalar("true or false")?;
        if let Kind::Bool(flag) = scalar.kind() {
            return Ok(flag);
        }
        // The command line casts what it has interpolated.
        match scalar.text.to_lowercase().as_str() {
            "y" | "yes" | "true" | "on" if scalar.interpolated() => Ok(true),
            "n" | "no" | "false" | "off" if scalar.interpolated() => Ok(false),
            _ => Err(self.expected("true or false")),
        }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Result<Vec<Self>, Problem> {
        match &self.node.value {
            Value::List(items) => {
                let path = self.shared();
                let item = |(number, node)| At { node, path: Trail::item(&path, number) };
                Ok(items.iter().enumerate().map(item).collect())
            }
            Value::Scalar(_) | Value::Map(_) => Err(self.expected("a list")),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&self) -> Result<Vec<String>, Problem> {
        self.items()?.iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    /// One text or a list of texts.
    pub(crate) fn text_or_texts(&self) -> Result<Vec<String>, Problem> {
        match &self.node.value {
            Value::Scalar(_) => Ok(vec![self.text()?.to_owned()]),
            Value::List(_) | Value::Map(_) => self.texts(),
        }
    }

    /// The entries of a mapping whose keys are names.
    pub(crate) fn entries(&self) -> Result<Vec<(&'a str, &'a Place, Self)>, Problem> {
        Ok(self.children()?.map(|(entry, at)| (&*entry.key, &entry.place, at)).collect())
    }

    /// The entries of a mapping, one after the other.
    pub(crate) fn children(&self) -> Result<impl Iterator<Item = (&'a Entry, Self)>, Problem> {
        match &self.node.value {
            Value::Map(entries) => {
                let path = self.shared();
                let child = move |entry: &'a Entry| {
                    let at = At { node: &entry.node, path: Trail::key(&path, &entry.key) };
                    (entry, at)
                };
                Ok(entries.iter().map(child))
            }
            Value::Scalar(_) | Value::List(_) => Err(self.expected("a mapping")),
        }
    }

    /// Like [`At::fields`], and nothing is an empty mapping.
    pub(crate) fn fields_or_nothing(&self, known: &[&str]) -> Result<Fields<'a>, Problem> {
        if self.node.is_null() {
            return Ok(Fields { node: self.node, path: self.shared(), entries: &[] });
        }
        self.fields(known)
    }

    /// The mapping, after a look that it has no key but `known` and `x-…`.
    pub(crate) fn fields(&self, known: &[&str]) -> Result<Fields<'a>, Problem> {
        let entries: &[Entry] = match &self.node.value {
            Value::Map(entries) => entries,
            Value::Scalar(_) | Value::List(_) => return Err(self.expected("a mapping")),
        };
        for entry in entries {
            if !known.contains(&&*entry.key) && !entry.key.starts_with("x-") {
                let near = nearest(&entry.key, known.iter().copied()).map(str::to_owned);
                let at = self.child(&entry.key, &entry.node);
                let kind = ProblemKind::UnknownKey { near };
                return Err(Problem::new(&entry.place, at.path.to_string(), kind));
            }
        }
        Ok(Fields { node: self.node, path: self.shared(), entries })
    }
}

impl<'a> Fields<'a> {
    /// The value of a key, even if it is nothing: most keys refuse that, as Docker does.
    pub(crate) fn get(&self, key: &str) -> Option<At<'a>> {
        let entry = self.entries.iter().find(|entry| entry.is(key))?;
        Some(At { node: &entry.node, path: Trail::key(&self.path, &entry.key) })
    }

    /// The value of a key that must be there.
    pub(crate) fn need(&self, key: &str) -> Result<At<'a>, Problem> {
        self.get(key).ok_or_else(|| {
            let at = At { node: self.node, path: self.path.as_ref().clone() };
            at.problem(ProblemKind::MissingKey { key: key.to_owned() })
        })
    }

    /// Reads the value of a key, if it is there.
    pub(crate) fn read<T>(
        &self,
        key: &str,
        read: impl FnOnce(&At<'a>) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        self.get(key).map(|at| read(&at)).transpose()
    }

    /// Text under a key, if it is there.
    pub(crate) fn text(&self, key: &str) -> Result<Option<String>, Problem> {
        self.read(key, |at| at.text().map(str::to_owned))
    }
}
