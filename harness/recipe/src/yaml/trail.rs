//! The keys that lead to a node.

use std::fmt;
use std::rc::Rc;

/// The keys that lead to a node, shown as `services.app.ports[0]`. They become a text only for a message, since
/// most paths are never shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trail<'a> {
    above: Option<Rc<Trail<'a>>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy, Default)]
enum Step<'a> {
    #[default]
    Root,
    Key(&'a str),
    Item(usize),
}

impl<'a> Trail<'a> {
    /// To a value of the mapping at `above`.
    pub(super) fn key(above: &Rc<Self>, key: &'a str) -> Self {
        Self { above: Some(Rc::clone(above)), step: Step::Key(key) }
    }

    /// To an item of the list at `above`.
    pub(super) fn item(above: &Rc<Self>, number: usize) -> Self {
        Self { above: Some(Rc::clone(above)), step: Step::Item(number) }
    }

    /// The last key; empty for an item and for the whole file.
    pub(crate) fn last_key(&self) -> &'a str {
        match self.step {
            Step::Key(key) => key,
            Step::Root | Step::Item(_) => "",
        }
    }
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let above = self.above.as_deref();
        if let Some(above) = above {
            fmt::Display::fmt(above, f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) => {
                let dot = above.is_some_and(|above| !matches!(above.step, Step::Root));
                write!(f, "{}{key}", if dot { "." } else { "" })
            }
            Step::Item(number) => write!(f, "[{number}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_dots_between_them_and_items_have_brackets() {
        let root = Rc::new(Trail::default());
        let app = Rc::new(Trail::key(&Rc::new(Trail::key(&root, "services")), "app"));
        let ports = Rc::new(Trail::key(&app, "ports"));
        let port = Trail::item(&ports, 1);
        assert_eq!((root.to_string(), app.to_string()), (String::new(), "services.app".to_owned()));
        assert_eq!(port.to_string(), "services.app.ports[1]");
        assert_eq!(
            Trail::key(&Rc::new(port), "target").to_string(),
            "services.app.ports[1].target"
        );
        assert_eq!((root.last_key(), ports.last_key()), ("", "ports"));
    }
}
