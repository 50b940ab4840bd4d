//! Names that every stack has, on a network that all stacks share.

use cc_ci_recipe::Place;

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Service, Stack};

pub(super) const RULE: Rule = Rule {
    id: "C002",
    name: "shared-alias",
    severity: Severity::Error,
    title: "a service on a shared network calls its neighbours by a name of their own",
    why: "every service is known by its plain name on each of its networks; on a network that \
          other stacks share, `app` is also the `app` of every other recipe, and the request goes \
          to whichever answers",
    remedy: "call it ${STACK_NAME}_<service>, which is unique, or rename the service",
    check: Check::Stack(check),
};

/// The name that the main service of every recipe has.
const COMMON: &str = "app";

fn check(stack: &Stack<'_>, found: &mut Found) {
    for caller in stack.services().filter(|service| on_shared(service)) {
        for peer in stack.services().filter(|peer| peer.name() != caller.name()) {
            // A peer that is only on networks of its own can be mistaken where its name is one
            // that other stacks bring to the shared network.
            if !on_shared(&peer) && peer.name() != COMMON {
                continue;
            }
            let mut names = vec![peer.name()];
            names.extend(peer.networks().iter().flat_map(|joined| &joined.aliases).copied());
            names.retain(|name| is_plain(stack, name));
            for name in names {
                calls(&caller, name, |place, key| {
                    let message = format!(
                        "`{name}` may be another stack's: `{}` shares a network with them",
                        caller.name()
                    );
                    found.at(place, key, message);
                });
            }
        }
    }
}

fn on_shared(service: &Service<'_>) -> bool {
    service.networks().iter().any(|joined| service.stack.is_shared(joined.network))
}

/// A name that does not contain the stack's is not unique.
fn is_plain(stack: &Stack<'_>, name: &str) -> bool {
    let own = stack.files.env.get("STACK_NAME").map(String::as_str).unwrap_or_default();
    own.is_empty() || !name.contains(own)
}

/// Where `service` opens connections to `name`: in its environment, its command and its configs.
fn calls(service: &Service<'_>, name: &str, mut tell: impl FnMut(&Place, String)) {
    for pair in service.environment() {
        if is_call(pair.value, name) || is_host(pair.name) && pair.value == name {
            tell(pair.place, service.key(&format!("environment.{}", pair.name)));
        }
    }
    for key in ["entrypoint", "command"] {
        for (word, place) in service.words(&[key]) {
            if is_call(word, name) {
                tell(place, service.key(key));
            }
        }
    }
    // A group of servers that the service's own web server calls so is no host.
    if defines_upstream(service, name) {
        return;
    }
    for config in service.configs() {
        let Some(path) = service.stack.file_of("configs", config.source) else { continue };
        let text = service.stack.files.text(path).unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            if !line.trim_start().starts_with(['#', ';'])
                && let Some(at) = call(line, name)
                && let Some(place) =
                    service.stack.files.place(path, number + 1, line[..at].chars().count() + 1)
            {
                tell(&place, service.key(&format!("configs.{}", config.source)));
            }
        }
    }
}

/// True where a config of the service says `upstream <name> {`, as nginx does.
fn defines_upstream(service: &Service<'_>, name: &str) -> bool {
    let files = service.stack.files;
    let texts = service
        .configs()
        .iter()
        .filter_map(|config| files.text(service.stack.file_of("configs", config.source)?));
    texts.flat_map(str::lines).any(|line| {
        let mut words = line.trim_start().split([' ', '\t', '{', ';']).filter(|w| !w.is_empty());
        words.next() == Some("upstream") && words.next() == Some(name)
    })
}

fn is_host(variable: &str) -> bool {
    ["HOST", "SERVER", "ADDR", "ADDRESS", "UPSTREAM", "BACKEND"]
        .iter()
        .any(|word| variable.to_ascii_uppercase().ends_with(word))
}

fn is_call(text: &str, name: &str) -> bool {
    call(text, name).is_some()
}

/// Offset of `name` where it is a host: `//name`, `@name`, or `name:` with a port.
fn call(text: &str, name: &str) -> Option<usize> {
    let part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    text.match_indices(name).map(|(at, _)| at).find(|at| {
        let (before, after) = (&text[..*at], &text[at + name.len()..]);
        let starts = before.chars().next_back().is_none_or(|c| !part(c) && c != '}');
        let ends = after.chars().next().is_none_or(|c| !part(c));
        let url = before.ends_with("//") || before.ends_with('@');
        // `/app:80` is a path, `"app:80"` is a host.
        let port = !before.ends_with('/')
            && after
                .strip_prefix(':')
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        starts && ends && (url || port)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("http://app:3000", true)]
    #[case("fastcgi_pass app:9000;", true)]
    #[case("reverse_proxy app:3000", true)]
    #[case("postgres://u:p@app/db", true)]
    #[case("http://app/", true)]
    #[case("http://my_app:3000", false)]
    #[case("${STACK_NAME}_app:3000", false)]
    #[case("{{ env \"STACK_NAME\" }}_app:3000", false)]
    #[case("image: webapp:3", false)]
    #[case("/opt/app:80", false)]
    #[case("the app: it runs", false)]
    #[case("app.example.org:80", false)]
    fn calls_are_told_from_words(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(is_call(text, "app"), expected);
    }
}
