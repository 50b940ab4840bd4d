//! Traefik's labels on the services of a stack.

use crate::stack::{Pair, Service};

/// What a label configures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Router,
    Service,
    Middleware,
}

/// A label `traefik.<protocol>.<kind>s.<name>.<option>`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Label<'a> {
    /// `http`, `tcp` or `udp`.
    pub(crate) protocol: &'a str,
    pub(crate) kind: Kind,
    /// The name of the router, service or middleware.
    pub(crate) name: &'a str,
    /// What follows the name; empty where nothing does.
    pub(crate) option: &'a str,
    pub(crate) pair: Pair<'a>,
}

impl<'a> Label<'a> {
    pub(crate) fn of(pair: &Pair<'a>) -> Option<Self> {
        let mut parts = pair.name.splitn(5, '.');
        let is_traefik = parts.next()?.eq_ignore_ascii_case("traefik");
        let (protocol, kind, name) = (parts.next()?, parts.next()?, parts.next()?);
        let kinds = [
            ("routers", Kind::Router),
            ("services", Kind::Service),
            ("middlewares", Kind::Middleware),
        ];
        let (_, kind) = kinds.into_iter().find(|(word, _)| kind.eq_ignore_ascii_case(word))?;
        let option = parts.next().unwrap_or_default();
        is_traefik.then_some(Self { protocol, kind, name, option, pair: *pair })
    }

    /// Traefik reads the words of its labels in any case.
    pub(crate) fn is(&self, option: &str) -> bool {
        self.option.eq_ignore_ascii_case(option)
    }

    /// The items of a value with commas between them.
    pub(crate) fn items(&self) -> impl Iterator<Item = &'a str> {
        self.pair.value.split(',').map(str::trim).filter(|item| !item.is_empty())
    }

    /// `services.<service>.deploy.labels.<label>`.
    pub(crate) fn key(&self, service: &Service<'_>) -> String {
        service.key(&format!("deploy.labels.{}", self.pair.name))
    }
}

/// True where Traefik is to route to the service.
pub(crate) fn is_routed(service: &Service<'_>) -> bool {
    let on = ["true", "True", "TRUE", "t", "T", "1"];
    service.label("traefik.enable").is_some_and(|label| on.contains(&label.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_taken_apart() {
        let source = cc_ci_recipe::Place::whole("compose.yml");
        let label = |name| Label::of(&Pair { name, value: "a@file, b", place: &source });
        let found = label("traefik.http.Routers.shop-1.tls.certresolver").unwrap();
        assert_eq!((found.protocol, found.kind, found.name), ("http", Kind::Router, "shop-1"));
        assert!(found.is("TLS.certResolver"));
        assert_eq!(found.items().collect::<Vec<_>>(), ["a@file", "b"]);
        assert!(label("traefik.enable").is_none());
        assert!(label("backup.http.routers.a.rule").is_none());
    }
}
