//! Files that were made to do harm: refused with file and line, in little time and memory.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use cc_ci_model::StackName;
use proptest::prelude::*;

use crate::yaml::load;
use crate::{Files, Input, Instance, Resolved};

/// Reads the version in `folder` in every way there is.
fn read(folder: &Path) -> Result<Resolved, String> {
    let stack = &StackName::new("shop-abc123").unwrap();
    let settings = &BTreeMap::new();
    let instance = Instance { stack, domain: "shop.test", settings };
    let input = Input { folder, env_file: None, files: &[], instance };
    let _ = Files::read(folder, &instance);
    if let Ok(rendered) = input.config() {
        let json: serde_json::Value = serde_json::from_str(&rendered.json()).unwrap();
        let yaml: serde_json::Value = serde_saphyr::from_str(&rendered.yaml())
            .unwrap_or_else(|error| panic!("{error}\n{}", rendered.yaml()));
        assert_eq!(json, yaml);
    }
    let shown = format!("{}/", folder.display());
    input.stack().map_err(|error| error.to_string().replace(&shown, ""))
}

/// The first line of the message about a folder of `files`.
fn refused(files: &[(&str, &[u8])]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let message = read(folder.path()).unwrap_err();
    assert!(message.len() < 1000, "a message of {} bytes", message.len());
    message.lines().next().unwrap_or_default().to_owned()
}

const PLAIN: (&str, &[u8]) = ("compose.yml", b"services: {app: {image: a}}\n");

fn bomb(line: impl Fn(usize) -> String, first: &str) -> String {
    (1..12).fold(first.to_owned(), |text, n| text + &line(n))
}

#[test]
fn yaml_bombs() {
    let lists = bomb(
        |n| format!("x-{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", ")),
        "x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n",
    );
    assert_eq!(
        refused(&[("compose.yml", lists.as_bytes())]),
        "compose.yml:5:11: number of nodes, aliases replaced, exceeds the limit of 20000"
    );
    let merges = bomb(
        |n| {
            let p = n - 1;
            format!("x-{n}: &a{n} {{<<: *a{p}, l{n}: *a{p}, m{n}: *a{p}, n{n}: *a{p}}}\n")
        },
        "x-0: &a0 {k: v}\n",
    );
    assert!(refused(&[("compose.yml", merges.as_bytes())]).contains("exceeds the limit of 20000"));
    // Texts count by their bytes: ten references to a large one are ten large texts.
    let text = format!("x-0: &a \"{}\"\n", "y".repeat(500_000));
    let texts = (1..5000).fold(text, |text, n| text + &format!("x-{n}: *a\n"));
    assert_eq!(
        refused(&[("compose.yml", texts.as_bytes())]),
        "compose.yml:17:7: text in bytes, references replaced, exceeds the limit of 8388608"
    );
}

/// Found by fuzzing: a few bytes are tens of thousands of ports.
#[test]
fn ranges_of_ports_cannot_explode() {
    let ranges: String = (0..5000).map(|n| format!("\"1-6553{}:8{n}\", ", n % 6)).collect();
    let text = format!("services: {{app: {{image: a, ports: [{ranges}]}}}}\n");
    assert_eq!(
        refused(&[("compose.yml", text.as_bytes())]),
        "compose.yml:1:36: services.app.ports[0]: number of published ports, ranges written out, \
         exceeds the limit of 20000"
    );
    let text = "services: {app: {image: a, ports: [\"10000-20000:10000-20000/udp\"]}}\n";
    let folder = folder_of(&[("compose.yml", text.as_bytes())]);
    assert_eq!(read(folder.path()).unwrap().spec.services["app"].ports.len(), 10_001);
}

#[test]
fn files_named_often_cannot_fill_the_memory() {
    let big = vec![b'x'; 1_000_000];
    let many = |line: &dyn Fn(usize) -> String| (0..200).map(line).collect::<String>();
    let configs = many(&|n| format!("  c{n}: {{file: big}}\n"));
    let text = format!("services: {{app: {{image: a}}}}\nconfigs:\n{configs}");
    let message = refused(&[("compose.yml", text.as_bytes()), ("big", &big)]);
    assert!(message.contains("size of all configs and secrets in bytes exceeds"), "{message}");

    let env = [b"A=".as_slice(), &big].concat();
    let services = many(&|n| format!("  s{n}: {{image: a, env_file: big.env}}\n"));
    let text = format!("services:\n{services}");
    let message = refused(&[("compose.yml", text.as_bytes()), ("big.env", &env)]);
    assert!(message.contains("text in bytes, references replaced, exceeds"), "{message}");

    let env = [b"A=".as_slice(), &big[..120_000]].concat();
    let services = many(&|n| format!("  s{n}: {{image: a, environment: [A]}}\n"));
    let text = format!("services:\n{services}");
    let message = refused(&[("compose.yml", text.as_bytes()), (".env.sample", &env)]);
    assert!(message.contains("text in bytes, references replaced, exceeds"), "{message}");
}

#[test]
fn interpolation_cannot_explode() {
    let sample = (1..40).fold("A0=xxxxxxxxxx\n".to_owned(), |text, n| {
        let p = n - 1;
        text + &format!("A{n}=$A{p}$A{p}$A{p}$A{p}\n")
    });
    let message = refused(&[PLAIN, (".env.sample", sample.as_bytes())]);
    assert_eq!(message, ".env.sample:8:4: the text is longer than 131072 bytes");
    let sample = format!("A={}\n", "x".repeat(100_000));
    let compose =
        format!("services: {{app: {{image: a, labels: {{a: \"{}\"}}}}}}\n", "$A".repeat(100));
    let files = [("compose.yml", compose.as_bytes()), (".env.sample", sample.as_bytes())];
    assert!(refused(&files).contains("is longer than 1048576 bytes"), "{}", refused(&files));
}

#[rstest::rstest]
#[case::own_anchor(
    "services:\n  app: &a {image: a, x-a: *a}\n",
    "compose.yml:2:27: an alias to something that contains it is not supported"
)]
#[case::deep(
    "x: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "compose.yml:1:72: not valid YAML"
)]
#[case::nul_byte("services: {app: {image: \"a\0\"}}\n", "compose.yml:1:")]
#[case::nul_escape("services: {app: {image: \"a\\0\"}}\n", "a NUL byte is not supported")]
#[case::duplicate(
    "services: {app: {image: a, image: b}}\n",
    "compose.yml:1:28: image: key stands twice"
)]
#[case::control(
    "services: {app: {image: \"a\u{7}\"}}\n",
    "compose.yml:1:27: not valid YAML: unexpected character"
)]
#[case::outside(
    "services: {app: {image: a}}\nconfigs: {c: {file: ../x}}\n",
    "compose.yml:2:21: configs.c.file"
)]
#[case::absolute("services: {app: {image: a}}\nsecrets: {c: {file: /etc/shadow}}\n", "is absolute")]
#[case::env_file("services: {app: {image: a, env_file: ../../x}}\n", "leaves the recipe's folder")]
#[case::nul_in_path("services: {app: {image: a, env_file: \"a\\0b\"}}\n", "a NUL byte")]
fn compose_files(#[case] text: &str, #[case] message: &str) {
    let shown = refused(&[("compose.yml", text.as_bytes())]);
    assert!(shown.contains(message), "{shown}");
}

#[test]
fn endless_lines() {
    let line = vec![b'x'; 10 << 20];
    for name in ["compose.yml", ".env.sample", "abra.sh"] {
        assert_eq!(
            refused(&[PLAIN, (name, &line)]),
            format!("{name} is larger than 1048577 bytes")
        );
    }
    // Below the limit a line may be long; the message shows the beginning only.
    let line = [b"services: {app: {image: \"", vec![b' '; 900_000].as_slice(), b"\"}}"].concat();
    assert!(refused(&[("compose.yml", &line)]).starts_with("compose.yml:1:"));
    let line = [b"A=\"".as_slice(), &vec![b'x'; 900_000]].concat();
    assert!(refused(&[PLAIN, (".env.sample", &line)]).starts_with(".env.sample:1:"));
    for (name, start) in
        [(".env.sample", "1"), (".env.sample", "COMPOSE_FILE="), ("abra.sh", "export ")]
    {
        let line = [start.as_bytes(), &vec![b'x'; 100_000], b"_VERSION=$(date)"].concat();
        assert!(refused(&[PLAIN, (name, &line)]).len() < 500);
    }
}

#[test]
fn what_is_no_text_is_named_with_its_line() {
    let bytes = b"services:\n  app: {image: \"\xff\"}\n";
    assert_eq!(refused(&[("compose.yml", bytes)]), "compose.yml is not UTF-8 in line 2");
    assert_eq!(
        refused(&[PLAIN, (".env.sample", b"A=1\nB=2\nC=\xc3\n")]),
        ".env.sample is not UTF-8 in line 3"
    );
    let nul = refused(&[PLAIN, (".env.sample", b"A=1\nB=x\0y\n")]);
    assert!(nul.starts_with(".env.sample:2:"), "{nul}");
    let nul = refused(&[PLAIN, ("abra.sh", b"export A_VERSION=v\x001\n")]);
    assert!(nul.starts_with("abra.sh:1:"), "{nul}");
}

/// Found by fuzzing: the message carried what stands between the braces to the terminal.
#[rstest::rstest]
#[case::reference(".env.sample", "A=${D\u{14}limit}\n")]
#[case::open_brace(".env.sample", "A=${\u{1b}[2J\n")]
#[case::no_reference(".env.sample", "A=$\u{7}\n")]
#[case::name(".env.sample", "\u{1b}[2J=1\n")]
#[case::behind_a_quote(".env.sample", "A='b'\u{1b}\n")]
#[case::modifier(".env.sample", "SECRET_A_VERSION=v1 # length=\u{1b}\n")]
#[case::computed("abra.sh", "export A\u{1b}_VERSION=$(x)\n")]
#[case::file("compose.yml", "services: {app: {image: a}}\nconfigs: {c: {file: \"\\e[2J\"}}\n")]
#[case::key("compose.yml", "services: {app: {image: a, \"\\e[2J\": 1}}\n")]
#[case::chain(".env.sample", "COMPOSE_FILE=\u{1b}[2J\n")]
fn no_message_commands_a_terminal(#[case] name: &str, #[case] text: &str) {
    let folder = folder_of(&[PLAIN]);
    fs::write(folder.path().join(name), text).unwrap();
    let message = read(folder.path()).unwrap_err();
    let control = |c: char| c.is_control() && !"\n\t".contains(c);
    assert!(!message.contains(control), "{message:?}");
}

#[rstest::rstest]
#[case::parent("../compose.yml", "leaves the recipe's folder")]
#[case::hidden("sub/../../compose.yml", "leaves the recipe's folder")]
#[case::absolute("/etc/passwd", "is absolute; it must lie in the recipe's folder")]
#[case::link("link.yml", "is a symbolic link that leaves the recipe's folder")]
#[case::linked_folder("out/compose.yml", "is a symbolic link that leaves the recipe's folder")]
#[case::loop_of_links("loop.yml", "cannot be read")]
#[case::folder("sub", "is not a regular file")]
#[case::device("null", "is a symbolic link that leaves the recipe's folder")]
fn a_chain_stays_in_the_recipe(#[case] chain: &str, #[case] defect: &str) {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("compose.yml"), PLAIN.1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("sub")).unwrap();
    symlink(outside.path().join("compose.yml"), at("link.yml")).unwrap();
    symlink(outside.path(), at("out")).unwrap();
    symlink(at("loop.yml"), at("loop.yml")).unwrap();
    symlink("/dev/null", at("null")).unwrap();
    fs::write(at(".env.sample"), format!("COMPOSE_FILE={chain}\n")).unwrap();
    let message = read(folder.path()).unwrap_err();
    assert!(message.contains(defect), "{message}");
}

#[test]
fn a_link_within_the_recipe_is_a_file_like_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("real.yml"), PLAIN.1).unwrap();
    symlink("real.yml", folder.path().join("compose.yml")).unwrap();
    assert!(read(folder.path()).is_ok());
}

fn folder_of(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// Text with the characters that mean something to a reader.
fn odd_text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("services:".to_owned()),
        Just("  app:".to_owned()),
        Just("{image: a}".to_owned()),
        Just("<<: *a".to_owned()),
        Just("&a".to_owned()),
        Just("\n".to_owned()),
        Just("\n    ".to_owned()),
        Just("- ".to_owned()),
        Just("${A:-b}".to_owned()),
        Just("ports: [80]".to_owned()),
        Just("labels:".to_owned()),
        Just("volumes: [\"a:/b\"]".to_owned()),
        "[\\[\\]{}:,\"'#&*!|>%@`?$-]{1,3}",
        "\\PC{0,6}",
    ];
    proptest::collection::vec(word, 0..24).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_read_or_refused(
        compose in proptest::collection::vec(any::<u8>(), 0..200),
        env in proptest::collection::vec(any::<u8>(), 0..100),
        abra in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let _ = read(folder_of(&[("compose.yml", &compose)]).path());
        let _ = read(folder_of(&[PLAIN, (".env.sample", &env), ("abra.sh", &abra)]).path());
    }

    #[test]
    fn odd_compose_files_are_read_or_refused(text in odd_text()) {
        let _ = read(folder_of(&[("compose.yml", text.as_bytes())]).path());
    }

    #[test]
    fn odd_values_come_out_as_they_went_in(value in "\\PC{0,40}") {
        // A text in JSON's quotes is a text in YAML's, too.
        let quoted = serde_json::to_string(&value.replace('$', "$$")).unwrap();
        let text = format!("services: {{app: {{image: a, labels: {{k: {quoted}}}}}}}\n");
        let resolved = read(folder_of(&[("compose.yml", text.as_bytes())]).path());
        prop_assert_eq!(&resolved.unwrap().spec.services["app"].container_labels["k"], &value);
    }

    #[test]
    fn odd_labels_are_read_or_refused(label in "\\PC{0,30}") {
        let quoted = serde_json::to_string(&label).unwrap();
        let text = format!("services: {{app: {{image: a, deploy: {{labels: [{quoted}]}}}}}}\n");
        let _ = read(folder_of(&[("compose.yml", text.as_bytes())]).path());
    }

    #[test]
    fn environment_lines_are_read_or_refused(text in "([A-Z]{1,2}|export )?=?([\"'`$#{}\\\\ a-z=:?-]|\n){0,30}") {
        let _ = read(folder_of(&[PLAIN, (".env.sample", text.as_bytes())]).path());
    }

    #[test]
    fn places_lie_in_the_file(text in odd_text()) {
        if let Err(problem) = load(&crate::text::Source::new("compose.yml", text.as_str())) {
            prop_assert!(problem.place.line() <= text.lines().count().max(1) + 1);
        }
    }
}
