//! Form fields in a page.

/// The value of the field `<input name="…">`, empty where it has none. Written for the pages of
/// apps, not for hostile ones: comments and scripts are read like the rest.
pub(super) fn input(page: &str, name: &str) -> Option<String> {
    tags(page, "input").find_map(|attributes| {
        let attributes = read(attributes);
        let get = |wanted: &str| {
            attributes.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.clone())
        };
        (get("name").as_deref() == Some(name)).then(|| get("value").unwrap_or_default())
    })
}

/// The names of all fields, for a message.
pub(super) fn inputs(page: &str) -> Vec<String> {
    let names = tags(page, "input").flat_map(read).filter(|(key, _)| key == "name");
    names.map(|(_, value)| value).collect()
}

/// What follows `<tag` in every such tag. Its end is looked for later: a quoted value may hold `>`.
fn tags<'a>(page: &'a str, tag: &'a str) -> impl Iterator<Item = &'a str> {
    page.split('<').skip(1).filter_map(move |rest| {
        let (name, behind) = rest.split_at_checked(tag.len())?;
        let ends = behind.starts_with(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>');
        (ends && name.eq_ignore_ascii_case(tag)).then_some(behind)
    })
}

/// Attributes with their values; a value without quotes ends at a space.
fn read(mut rest: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            return attributes;
        }
        // An attribute has at least one character, so this always goes on.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let ends = |c: char| c.is_ascii_whitespace() || "=/>".contains(c);
        let end = rest[first..].find(ends).map_or(rest.len(), |at| first + at);
        let key = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = split_value(after.trim_start());
        }
        attributes.push((key, decode(value)));
    }
}

fn split_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len());
    text.split_at(end)
}

/// Replaces the character references that serialisers of HTML write.
fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let known = after.split_once(';').and_then(|(name, behind)| Some((refer(name)?, behind)));
        match known {
            Some((character, behind)) => {
                decoded.push(character);
                rest = behind;
            }
            None => {
                decoded.push('&');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn refer(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain(r#"<input name="t" value="v">"#, Some("v"))]
    #[case::turned(r#"<p><INPUT TYPE=hidden value='v>w' Name=t />"#, Some("v>w"))]
    #[case::references(
        r#"<input name="t" value="a&amp;b&#39;c&#x3D;&nbsp;">"#,
        Some("a&b'c=&nbsp;")
    )]
    #[case::second("<input name=s value=u>\n<input\nname=t\nvalue=v>", Some("v"))]
    #[case::no_value(r#"<input name="t" required>"#, Some(""))]
    #[case::other_tag(r#"<inputs name="t" value="v"><button name="t" value="v">"#, None)]
    #[case::cut_off(r#"<input name="t" value="v"#, Some("v"))]
    fn fields_are_found(#[case] page: &str, #[case] value: Option<&str>) {
        assert_eq!(input(page, "t").as_deref(), value);
    }

    #[test]
    fn all_fields_are_named() {
        let page = r#"<input name="a"><select name="b"></select><input name=c><input id="d">"#;
        assert_eq!(inputs(page), ["a", "c"]);
    }

    proptest! {
        #[test]
        fn any_page_can_be_read(page in "[<>a-z='\"&;# /é]{0,60}", more: String) {
            input(&format!("<input {page}"), &more);
            inputs(&more);
        }

        #[test]
        fn any_value_comes_back(value: String) {
            let coded = value.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
            let page = format!("<form><input type=\"hidden\" name=\"t\" value=\"{coded}\"></form>");
            prop_assert_eq!(input(&page, "t"), Some(value));
        }
    }
}
