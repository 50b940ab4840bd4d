//! What run it was, and what became of it as a whole.

use super::Page;
use crate::Run;
use crate::summary::closing;

pub(super) fn meta(page: &mut Page, run: &Run) {
    page.void("meta", &[("charset", "utf-8")]);
    page.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
    // Nothing may be fetched or run, should anything ever slip through the escaping.
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    page.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", policy)]);
    page.void("meta", &[("name", "color-scheme"), ("content", "light dark")]);
    page.leaf("title", "", &format!("{}: {}", run.run, closing(run)));
    page.style(include_str!("style.css"));
}

pub(super) fn header(page: &mut Page, run: &Run) {
    page.leaf("h1", "", &format!("Run {}", run.run));
    let class = if run.is_green() { "result good" } else { "result bad" };
    page.leaf("p", class, &closing(run));
    if let Some(alarm) = run.scan.alarm() {
        page.leaf("p", "alarm", &alarm);
    }
    for words in run.foreign.words() {
        page.leaf("p", "alarm", &words);
    }
    let started = run.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let ours = [
        ("started", started.as_str()),
        ("harness", run.harness.as_str()),
        ("phase", run.phase.as_str()),
    ];
    let made_of = run.made_of.lines();
    let visible = run.scan.visible.join(", ");
    let visible = (!visible.is_empty()).then_some(("left visible", visible.as_str()));
    page.within("dl", &[("class", "facts")], |page| {
        let node = run.node.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let made_of = made_of.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in ours.into_iter().chain(made_of).chain(node).chain(visible) {
            page.within("div", &[], |page| {
                page.leaf("dt", "", name);
                page.leaf("dd", "", value);
            });
        }
    });
}
