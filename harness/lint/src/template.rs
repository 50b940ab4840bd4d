//! Actions in the templates of configs and secrets (`template_driver: golang`).

use std::collections::BTreeSet;

/// What an action asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Env,
    Secret,
    Config,
}

/// A call such as `{{ env "NAME" }}` that is carried out whatever the environment says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call<'a> {
    pub(crate) function: Function,
    pub(crate) name: &'a str,
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
}

/// The calls of `text` outside of conditions. What a condition asks for may be absent, and what
/// stands between `if` and `end` may never be carried out; a variable that any condition tests is
/// left out everywhere, and so is one with an `or`.
pub(crate) fn calls(text: &str) -> Vec<Call<'_>> {
    let (mut found, mut tested, mut depth) = (Vec::new(), BTreeSet::new(), 0_usize);
    let mut from = 0;
    while let Some(start) = text[from..].find("{{").map(|at| from + at) {
        let Some(end) = text[start..].find("}}").map(|at| start + at) else { break };
        let inside = text[start + 2..end].trim_matches('-').trim();
        let word = inside.split_whitespace().next().unwrap_or_default();
        let here = named(inside);
        match word {
            "if" | "with" | "range" | "define" | "block" => {
                depth += 1;
                tested.extend(here.iter().map(|(_, name)| *name));
            }
            "else" => tested.extend(here.iter().map(|(_, name)| *name)),
            "end" => depth = depth.saturating_sub(1),
            _ if inside.starts_with("/*") => {}
            _ if inside.split_whitespace().any(|word| matches!(word, "or" | "and" | "(or")) => {
                tested.extend(here.iter().map(|(_, name)| *name));
            }
            _ if depth == 0 => {
                let before = &text[..start];
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
                let call = |(function, name)| Call { function, name, line, column };
                found.extend(here.into_iter().map(call));
            }
            _ => {}
        }
        from = end + 2;
    }
    found.retain(|call| !tested.contains(call.name));
    found
}

/// The names that the functions of an action are called with.
fn named(inside: &str) -> Vec<(Function, &str)> {
    let mut found = Vec::new();
    for (word, function) in
        [("env", Function::Env), ("secret", Function::Secret), ("config", Function::Config)]
    {
        for (at, _) in inside.match_indices(word) {
            let (before, after) = (&inside[..at], inside[at + word.len()..].trim_start());
            let begins = before.is_empty() || before.ends_with(['(', ' ', '\t', '|']);
            let Some(quote) = after.chars().next().filter(|c| "\"`".contains(*c)) else { continue };
            if let Some((name, _)) = after[1..].split_once(quote).filter(|_| begins) {
                found.push((function, name));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::plain("a\n  {{ env \"X\" }}", "2:3 X")]
    #[case::trimmed("{{- secret `w` -}}", "1:1 w")]
    #[case::piped("{{ env \"X\" | printf \"%s\" }}", "1:1 X")]
    #[case::tested("{{ if env \"X\" }}{{ env \"X\" }}{{ end }}{{ env \"X\" }}", "")]
    #[case::inside_a_condition("{{ if eq (env \"A\") \"1\" }}{{ secret \"w\" }}{{ end }}", "")]
    #[case::behind_a_condition("{{ if 1 }}{{ end }}{{ config \"c\" }}", "1:20 c")]
    #[case::with_a_default("{{ or (env \"X\") \"d\" }}", "")]
    #[case::comment("{{/* env \"X\" */}}", "")]
    #[case::another_function("{{ getenv \"X\" }}{{ .env }}", "")]
    #[case::unclosed("{{ env \"X\"", "")]
    fn finds(#[case] text: &str, #[case] expected: &str) {
        let shown: Vec<String> =
            calls(text).iter().map(|c| format!("{}:{} {}", c.line, c.column, c.name)).collect();
        assert_eq!(shown.join("|"), expected);
    }
}
