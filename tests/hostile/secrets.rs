//! A recipe that prints its secrets in every promised form, in its log and in a hook.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cc_ci_docker::Docker;
use cc_ci_engine::{Containers as _, ExecSpec, LABEL_RUN, Selector};
use cc_ci_model::Event;
use cc_ci_testkit::{NodeGuard, RunFolder};

use crate::stage::{Attack, PROGRAM};

/// What the recipe itself says; the rest is made up in the run.
const IN_THE_RECIPE: [&str; 4] = [
    "own-key \"with\" % signs/+&=?\\ of 48 characters !!1",
    "hunter2/hunter2 \"env\"",
    "sample-db-pass-123",
    "p@ss-in-url-55",
];

/// Longer ones are printed in halves too, each half long enough to be found.
const HALVED: usize = 32;

#[tokio::test]
async fn no_secret_is_written_in_any_promised_form() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let attack = Attack::of("secrets");
    let folder = attack.folder("run");
    let recipe = attack.recipe.display().to_string();
    let running = attack.checkout.start(folder.words(["run", &recipe]));
    let end = running.end();
    tokio::pin!(end);
    let mut secrets: BTreeSet<String> = IN_THE_RECIPE.map(str::to_owned).into();
    let ended = loop {
        tokio::select! {
            ended = &mut end => break ended,
            () = tokio::time::sleep(Duration::from_millis(200)) => learn(&node, &folder, &mut secrets).await,
        }
    };
    // The hook fails on purpose, so that the logs are kept.
    ended.expect(10);
    node.left_of(&folder.run()).await.assert_none();
    assert!(secrets.len() >= IN_THE_RECIPE.len() + 2, "the made-up secrets were never seen");

    let files = files(folder.out().parent().unwrap());
    let texts: Vec<(String, Vec<u8>)> = files
        .iter()
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .chain([
            ("stdout".to_owned(), ended.stdout().into()),
            ("stderr".to_owned(), ended.stderr().into()),
        ])
        .collect();
    for (name, text) in &texts {
        let flat: Vec<u8> = text.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect();
        for secret in &secrets {
            for form in forms(secret) {
                let found = contains(text, &form) || contains(&flat, &form);
                assert!(!found, "{name} holds {secret:?} as {}", String::from_utf8_lossy(&form));
            }
        }
    }
    // The forms were there: the log and the output of the hook were kept with their words.
    let printed =
        |text: &[u8]| contains(text, b"raw=[redacted];") && contains(text, b"hex=[redacted] HEX=");
    assert!(texts.iter().filter(|(_, text)| printed(text)).count() >= 2, "log and hook are kept");

    let results = folder.json("results.json");
    assert_eq!(results["units"][0]["flags"]["no_secret_leak"], true);
    let visible = results["left_visible"].to_string();
    assert!(visible.contains("LABELPW"), "{visible}");
    let scanned = folder.records().into_iter().find_map(|record| match record.event {
        Event::SecretsScanned { hits, unread, files, .. } => Some((hits, unread, files)),
        _ => None,
    });
    let (hits, unread, searched) = scanned.unwrap();
    assert!(hits.is_empty() && unread.is_empty() && searched > 2, "{hits:?} {unread:?}");
    node.finish().await;
}

/// The secrets that were made up for the attempt that runs now, read where the app reads them.
async fn learn(node: &NodeGuard<Docker>, folder: &RunFolder, secrets: &mut BTreeSet<String>) {
    if folder.records().is_empty() {
        return;
    }
    let selector = Selector::label(LABEL_RUN, folder.run().as_str());
    let containers = node.engine().containers(&selector).await.unwrap_or_default();
    for container in containers.iter().filter(|c| c.state == "running" && c.name.contains("_app."))
    {
        for file in ["pw", "apikey"] {
            let cat = ExecSpec::new(["cat".to_owned(), format!("/run/secrets/{file}")]);
            // A container that goes away in this moment is looked at no more.
            if let Ok(output) = node.engine().exec(&container.id, &cat).await
                && output.ok()
            {
                secrets.insert(output.text());
            }
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The promised forms, made without the code under test.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let each =
        |write: &dyn Fn(u8) -> String| bytes.iter().map(|byte| write(*byte)).collect::<String>();
    let url = |byte: u8, lower: bool| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
            char::from(byte).to_string()
        }
        byte if lower => format!("%{byte:02x}"),
        byte => format!("%{byte:02X}"),
    };
    let json = serde_json::to_string(secret).unwrap();
    let mut forms = vec![
        secret.to_owned(),
        json[1..json.len() - 1].to_owned(),
        each(&|byte| format!("{byte:02x}")),
        each(&|byte| format!("{byte:02X}")),
        each(&|byte| format!("%{byte:02x}")),
        each(&|byte| format!("%{byte:02X}")),
        each(&|byte| url(byte, false)),
        each(&|byte| url(byte, true)),
    ];
    if secret.len() >= HALVED {
        let (first, second) = secret.split_at(secret.len() / 2);
        forms.extend([first.to_owned(), second.to_owned()]);
    }
    let mut forms: Vec<Vec<u8>> = forms.into_iter().map(String::into_bytes).collect();
    for before in 0..3 {
        let digits = base64(&[&[0; 2][..before], bytes].concat());
        let own = &digits[(before * 8).div_ceil(6)..(before + bytes.len()) * 8 / 6];
        forms.push(own.to_vec());
        forms.push(
            own.iter()
                .map(|c| {
                    if *c == b'+' {
                        b'-'
                    } else if *c == b'/' {
                        b'_'
                    } else {
                        *c
                    }
                })
                .collect(),
        );
    }
    forms
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
    let digit = |bits: &[u8]| {
        (0..6).fold(0, |word, at| word << 1 | usize::from(*bits.get(at).unwrap_or(&0)))
    };
    bits.chunks(6).map(|bits| DIGITS[digit(bits)]).collect()
}

#[test]
fn the_forms_are_those_of_other_programs() {
    assert_eq!(base64(b"light w"), b"bGlnaHQgdw");
    assert!(
        forms("a/b").contains(&b"a%2fb".to_vec()) && forms("a/b").contains(&b"612F62".to_vec())
    );
}
