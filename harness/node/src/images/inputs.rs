//! What an image was made from, as one number: equal inputs need no second build.

use std::fmt::Write as _;

use cc_ci_model::sha256_hex;

use super::context::Context;
use super::manifest::Build;

/// The label that holds the inputs' hash.
pub(super) const LABEL: &str = "cc-ci.inputs";

/// The hash over everything that decides what the build makes: files, tag, arguments and base.
pub(super) fn inputs(context: &Context, build: &Build, base_id: &str) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: &str| {
        // Debug quotes: a value with a line end in it cannot pass for two.
        let _ = writeln!(text, "{key} {value:?}");
    };
    line("base", base_id);
    line("release", build.base.name());
    line("tag", &build.tag);
    for (name, value) in &build.args {
        line("arg", &format!("{name}={value}"));
    }
    for (name, file) in &context.files {
        line("file", name);
        line("executable", &file.executable.to_string());
        line("content", &sha256_hex(&file.bytes));
    }
    sha256_hex(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::Release;
    use super::super::context::File;
    use super::*;

    struct Parts {
        context: Context,
        build: Build,
        base: String,
    }

    fn parts() -> Parts {
        let file = File { bytes: b"FROM x".to_vec(), executable: false };
        let context = Context { files: [("Dockerfile".to_owned(), file)].into() };
        let args = [("VERSION".to_owned(), "1".to_owned())].into();
        let build = Build { tag: "1".to_owned(), base: Release::Trixie, args };
        Parts { context, build, base: "sha256:a".to_owned() }
    }

    fn hash(parts: &Parts) -> String {
        inputs(&parts.context, &parts.build, &parts.base)
    }

    fn set(parts: &mut Parts, value: &str) {
        parts.build.args.insert("VERSION".to_owned(), value.to_owned());
    }

    fn file(parts: &mut Parts) -> &mut File {
        parts.context.files.get_mut("Dockerfile").unwrap()
    }

    fn rename(parts: &mut Parts) {
        let file = parts.context.files.remove("Dockerfile").unwrap();
        parts.context.files.insert("Dockerfile2".to_owned(), file);
    }

    #[rstest]
    #[case::content(|p: &mut Parts| file(p).bytes.push(b'y'))]
    #[case::mode(|p: &mut Parts| file(p).executable = true)]
    #[case::name(rename)]
    #[case::argument(|p: &mut Parts| set(p, "2"))]
    #[case::argument_in_disguise(|p: &mut Parts| set(p, "1\"\nfile \"x"))]
    #[case::tag(|p: &mut Parts| p.build.tag.push('0'))]
    #[case::release(|p: &mut Parts| p.build.base = Release::Bookworm)]
    #[case::base(|p: &mut Parts| p.base.push('b'))]
    fn every_input_counts(#[case] change: fn(&mut Parts)) {
        let mut parts = parts();
        let before = hash(&parts);
        assert_eq!(before, hash(&parts));
        change(&mut parts);
        assert_ne!(before, hash(&parts));
    }
}
