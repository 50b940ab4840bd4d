//! The text of a router's rule.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;
use crate::traefik::Kind;

pub(super) const RULE: Rule = Rule {
    id: "C026",
    name: "traefik-rule",
    severity: Severity::Error,
    title: "the values in a router's rule stand between backticks",
    why: "Traefik cannot parse a rule whose values have no quotes, drops the router and answers 404",
    remedy: "write Host(`${DOMAIN}`)",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        for label in service.traefik() {
            if label.kind == Kind::Router
                && label.is("rule")
                && let Some(defect) = defect(label.pair.value)
            {
                found.at(label.pair.place, label.key(&service), defect);
            }
        }
    }
}

/// What is wrong with a rule. A value that is nothing is a variable that is not set.
fn defect(rule: &str) -> Option<String> {
    let mut quote = None;
    // Brackets that are open: true for those around the values of a matcher.
    let mut open: Vec<bool> = Vec::new();
    // Where the word or value before the next mark begins.
    let mut begin = 0;
    for (at, c) in rule.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '`' | '"') => quote = Some(c),
            (None, '(') => {
                let word = rule[begin..at].trim_start_matches(['!', ' ']);
                open.push(word.starts_with(|c: char| c.is_ascii_alphabetic()));
                begin = at + 1;
            }
            (None, ',' | ')') => {
                let value = rule[begin..at].trim();
                if open.last() == Some(&true) && is_bare(value) {
                    return Some(format!("{value} has no backticks around it"));
                }
                begin = at + 1;
                if c == ')' {
                    open.pop();
                }
            }
            (None, '|' | '&') => begin = at + 1,
            (None, _) => {}
        }
    }
    match (quote, open.is_empty()) {
        (Some(_), _) => Some("a backtick or quote is not closed".to_owned()),
        (None, false) => Some("a bracket is not closed".to_owned()),
        (None, true) => None,
    }
}

fn is_bare(value: &str) -> bool {
    !value.is_empty() && !value.starts_with(['`', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("Host(`a.test`)", None)]
    #[case("Host(`a.test`, `b.test`) && PathPrefix(`/x`)", None)]
    #[case("(Host(`a`) || !Host(\"b\")) && Headers(`A`, `b,c`)", None)]
    #[case("HostRegexp(`^(a|b)\\.test$`)", None)]
    #[case("Host(`a`) && PathRegexp(`/[0-9]{1,3}`)", None)]
    #[case("Host()", None)]
    #[case("", None)]
    #[case("Host(a.test)", Some("a.test has no backticks around it"))]
    #[case("Host('a.test')", Some("'a.test' has no backticks around it"))]
    #[case("Host(`a`, b)", Some("b has no backticks around it"))]
    #[case("Host(`a`) && PathPrefix(/x)", Some("/x has no backticks around it"))]
    #[case("Host(`a`", Some("a bracket is not closed"))]
    #[case("Host(`a)", Some("a backtick or quote is not closed"))]
    fn rules(#[case] rule: &str, #[case] expected: Option<&str>) {
        assert_eq!(defect(rule).as_deref(), expected);
    }
}
