//! Traefik's rule language: which hosts a router can match.
//!
//! A rule is a boolean expression of matchers, `&&`, `||`, `!` and parentheses; `&&` binds tighter
//! than `||`. Matchers take texts in backticks or double quotes; version 2 allows several of them,
//! which are alternatives. Source: Traefik's documentation, chapter "Routers", section "Rule", of
//! versions 2.11 and 3.

/// Parentheses and negations within each other; a rule of a recipe has one or two.
const MOST_DEEP: usize = 32;

/// A rule of a router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A matcher with its name in lower case and its texts.
    Matcher(String, Vec<String>),
    /// `!rule`
    Not(Box<Self>),
    /// `rule && rule`
    And(Box<Self>, Box<Self>),
    /// `rule || rule`
    Or(Box<Self>, Box<Self>),
}

impl Rule {
    /// Reads a rule; `None` where it is not one, or too deep.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let rule = reader.alternatives(0)?;
        reader.skip();
        reader.rest.is_empty().then_some(rule)
    }

    /// True where the rule matches only requests to a host for which `own` holds.
    ///
    /// A rule for which this cannot be shown counts as matching other hosts.
    pub(crate) fn is_confined(&self, own: &impl Fn(&str) -> bool) -> bool {
        self.confined(own, false)
    }

    fn confined(&self, own: &impl Fn(&str) -> bool, negated: bool) -> bool {
        match self {
            Self::Matcher(name, texts) => {
                // A matcher that is negated matches every host but a few.
                let by_host = matches!(name.as_str(), "host" | "hostheader" | "hostsni");
                !negated && by_host && !texts.is_empty() && texts.iter().all(|text| own(text))
            }
            Self::Not(rule) => rule.confined(own, !negated),
            // !(a && b) is !a || !b.
            Self::And(a, b) | Self::Or(a, b) if matches!(self, Self::And(..)) != negated => {
                a.confined(own, negated) || b.confined(own, negated)
            }
            Self::And(a, b) | Self::Or(a, b) => {
                a.confined(own, negated) && b.confined(own, negated)
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, word: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn alternatives(&mut self, depth: usize) -> Option<Rule> {
        let mut rule = self.conjunction(depth)?;
        while self.take("||") {
            rule = Rule::Or(Box::new(rule), Box::new(self.conjunction(depth)?));
        }
        Some(rule)
    }

    fn conjunction(&mut self, depth: usize) -> Option<Rule> {
        let mut rule = self.factor(depth)?;
        while self.take("&&") {
            rule = Rule::And(Box::new(rule), Box::new(self.factor(depth)?));
        }
        Some(rule)
    }

    fn factor(&mut self, depth: usize) -> Option<Rule> {
        if depth > MOST_DEEP {
            return None;
        }
        if self.take("!") {
            return Some(Rule::Not(Box::new(self.factor(depth + 1)?)));
        }
        if self.take("(") {
            let rule = self.alternatives(depth + 1)?;
            return self.take(")").then_some(rule);
        }
        self.skip();
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric())?;
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        let name = name.to_ascii_lowercase();
        self.rest = rest;
        self.take("(").then_some(())?;
        let mut texts = Vec::new();
        if self.take(")") {
            return Some(Rule::Matcher(name, texts));
        }
        loop {
            texts.push(self.text()?);
            if self.take(")") {
                return Some(Rule::Matcher(name, texts));
            }
            self.take(",").then_some(())?;
        }
    }

    fn text(&mut self) -> Option<String> {
        self.skip();
        let quote = self.rest.chars().next().filter(|c| matches!(c, '`' | '"'))?;
        let (text, rest) = self.rest[1..].split_once(quote)?;
        // A backslash in double quotes escapes a character, and the text could end at another quote.
        if quote == '"' && text.contains('\\') {
            return None;
        }
        self.rest = rest;
        Some(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn own(host: &str) -> bool {
        host == "own.test" || host.ends_with(".own.test")
    }

    fn is_confined(text: &str) -> bool {
        Rule::parse(text).is_some_and(|rule| rule.is_confined(&own))
    }

    #[rstest::rstest]
    #[case::one("Host(`own.test`)")]
    #[case::below("Host(`1.own.test`)")]
    #[case::version_2("Host(`own.test`, `www.own.test`)")]
    #[case::quotes("Host(\"own.test\")")]
    #[case::both("Host(`own.test`) || Host(`www.own.test`)")]
    #[case::with_a_path("Host(`own.test`) && PathPrefix(`/api`)")]
    #[case::path_first("PathPrefix(`/api`) && Host(`own.test`)")]
    #[case::paths_in_parentheses("Host(`own.test`) && (Path(`/a`) || Path(`/b`))")]
    #[case::hosts_in_parentheses("(Host(`own.test`) || Host(`a.own.test`)) && Method(`GET`)")]
    #[case::not_a_path("Host(`own.test`) && !PathPrefix(`/admin`)")]
    #[case::twice_not("!(!Host(`own.test`))")]
    #[case::not_both("!(!Host(`own.test`) || Path(`/x`))")]
    #[case::lower_case("host(`own.test`)")]
    #[case::lines("Host(`own.test`)\n  && Path(`/`)")]
    #[case::sni("HostSNI(`own.test`)")]
    #[case::version_1("HostHeader(`own.test`)")]
    fn a_rule_that_stays_at_home(#[case] rule: &str) {
        assert!(is_confined(rule), "{:?}", Rule::parse(rule));
    }

    #[rstest::rstest]
    #[case::foreign("Host(`vict.test`)")]
    #[case::opened_by_or("Host(`own.test`) || Host(`vict.test`)")]
    #[case::opened_by_a_path("Host(`own.test`) || PathPrefix(`/`)")]
    #[case::second_of_two("Host(`own.test`, `vict.test`)")]
    #[case::none("Host()")]
    #[case::path_alone("PathPrefix(`/`)")]
    #[case::regexp("HostRegexp(`.+`)")]
    #[case::version_2_regexp("HostRegexp(`{any:.+}.own.test`)")]
    #[case::negated("!Host(`other.test`)")]
    #[case::negated_group("!(Host(`own.test`) && Path(`/`))")]
    #[case::precedence("Host(`own.test`) && Path(`/a`) || Path(`/b`)")]
    #[case::everything("HostSNI(`*`)")]
    #[case::sni_regexp("HostSNIRegexp(`.*`)")]
    #[case::header("Header(`Host`, `own.test`)")]
    #[case::ends_alike("Host(`xown.test`)")]
    #[case::client("ClientIP(`10.0.0.0/8`)")]
    #[case::empty("")]
    #[case::comment("Host(`own.test`) /* && Path(`/`) */ || Path(`/`)")]
    #[case::escape("Host(\"own.test\\\") || Path(\\\"/\")")]
    #[case::open_quote("Host(`own.test)")]
    #[case::open_parenthesis("(Host(`own.test`)")]
    #[case::behind_the_end("Host(`own.test`) Host(`own.test`)")]
    #[case::other_operator("Host(`own.test`) | Path(`/`)")]
    #[case::single_quotes("Host('own.test')")]
    #[case::old_syntax("Host:own.test")]
    fn a_rule_that_can_match_others(#[case] rule: &str) {
        assert!(!is_confined(rule), "{:?}", Rule::parse(rule));
    }

    #[test]
    fn depth_has_an_end() {
        for (open, close) in [("(", ")"), ("!", "")] {
            let rule = |n| format!("{}Host(`own.test`){}", open.repeat(n), close.repeat(n));
            assert!(Rule::parse(&rule(MOST_DEEP)).is_some());
            assert!(Rule::parse(&rule(1_000_000)).is_none());
        }
    }

    /// The matchers of the rules that are made up; the first three are decided by the host alone.
    const LEAVES: [&str; 6] = [
        "Host(`own.test`)",
        "Host(`a.own.test`)",
        "Host(`vict.test`)",
        "Path(`/x`)",
        "HostRegexp(`.*`)",
        "Host(`own.test`, `vict.test`)",
    ];

    fn rule() -> impl Strategy<Value = String> {
        let leaf = (0..LEAVES.len()).prop_map(|at| LEAVES[at].to_owned());
        leaf.prop_recursive(5, 24, 2, |inner| {
            prop_oneof![
                inner.clone().prop_map(|a| format!("!{a}")),
                inner.clone().prop_map(|a| format!("({a})")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
                (inner.clone(), inner).prop_map(|(a, b)| format!("{a} || {b}")),
            ]
        })
    }

    /// What the rule says of a request to `vict.test`; `free` decides the matchers that look at
    /// something else than the host.
    fn matches_neighbour(rule: &Rule, free: [bool; 2]) -> bool {
        match rule {
            Rule::Matcher(name, texts) => match name.as_str() {
                "host" => texts.iter().any(|text| text == "vict.test"),
                "path" => free[0],
                _ => free[1],
            },
            Rule::Not(rule) => !matches_neighbour(rule, free),
            Rule::And(a, b) => matches_neighbour(a, free) && matches_neighbour(b, free),
            Rule::Or(a, b) => matches_neighbour(a, free) || matches_neighbour(b, free),
        }
    }

    proptest! {
        #[test]
        fn a_confined_rule_matches_no_neighbour(text in rule()) {
            let rule = Rule::parse(&text).unwrap();
            if rule.is_confined(&own) {
                for free in [[false, false], [false, true], [true, false], [true, true]] {
                    prop_assert!(!matches_neighbour(&rule, free), "{}", text);
                }
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[ -~\\n]{0,60}") {
            let _ = Rule::parse(&text).map(|rule| rule.is_confined(&own));
        }

        #[test]
        fn pieces_in_any_order_are_read_or_refused(
            pieces in prop::collection::vec(
                prop::sample::select(vec!["Host(", "`own.test`", ")", "(", "!", "&&", "||", ",", "\"", "`", " "]),
                0..20,
            )
        ) {
            let _ = Rule::parse(&pieces.concat()).map(|rule| rule.is_confined(&own));
        }
    }
}
