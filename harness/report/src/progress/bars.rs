//! One line per unit, for terminals.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cc_ci_model::{Event, Leg, Outcome, Record, Tier, UnitId};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::Stretch;
use crate::text::{at_stop, change, goes_on, longer, one_line, short_seconds};

/// How often the seconds of a running unit move on.
pub(super) const TICK: Duration = Duration::from_millis(120);

/// What a unit's line says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Now {
    tier: String,
    waiting: String,
    red: Option<String>,
    alone: bool,
    kept: bool,
}

/// One line per unit on stderr: what it does, for how long, what it waits for. A finished unit
/// stays as a line with ✔ or ✘.
#[derive(Debug)]
pub struct Bars {
    multi: MultiProgress,
    tick: bool,
    lines: BTreeMap<UnitId, (ProgressBar, Now)>,
    /// Lines of legs beside the main one, while they run.
    legs: BTreeMap<(UnitId, Leg), (ProgressBar, Now)>,
    adapted: BTreeSet<String>,
}

impl Default for Bars {
    fn default() -> Self {
        Self::on(ProgressDrawTarget::stderr(), true)
    }
}

impl Bars {
    /// Draws to stderr.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn on(target: ProgressDrawTarget, tick: bool) -> Self {
        Self {
            multi: MultiProgress::with_draw_target(target),
            tick,
            lines: BTreeMap::new(),
            legs: BTreeMap::new(),
            adapted: BTreeSet::new(),
        }
    }

    /// Shows what a record changes.
    pub fn show(&mut self, record: &Record) {
        let Some(unit) = &record.unit else { return self.show_run(&record.event) };
        if !record.leg.is_main() {
            return self.show_leg(unit, record);
        }
        let tick = self.tick;
        let multi = &self.multi;
        let (bar, now) = self
            .lines
            .entry(unit.clone())
            .or_insert_with(|| (multi.add(line(unit.as_str(), tick)), Now::default()));
        match &record.event {
            Event::UnitWaits { on } => {
                let waiting = one_line(on, 200);
                *now = Now { tier: "queued".to_owned(), waiting, ..Now::default() };
                if bar.is_finished() {
                    *bar = self.multi.add(line(unit.as_str(), tick));
                }
            }
            // A leg that is not begun is shown with its tier.
            Event::NotBegun { reason } if record.leg.is_main() => {
                bar.finish_and_clear();
                let said = format!("{unit}: not begun: {}", one_line(reason, 200));
                let _ = self.multi.println(said);
            }
            Event::UnitStarted { isolated } => {
                let tier = "starting".to_owned();
                *now = Now { tier, alone: *isolated, ..Now::default() };
                if bar.is_finished() {
                    *bar = self.multi.add(line(unit.as_str(), tick));
                }
            }
            Event::TierStarted { tier } => {
                now.tier = tier.to_string();
                now.waiting.clear();
            }
            Event::Waiting { tier, on } => {
                now.tier = tier.to_string();
                now.waiting = one_line(on, 200);
            }
            Event::TasksKilled { tier, services } => {
                now.tier = tier.to_string();
                now.waiting = one_line(&format!("{}, killed at once", services.join(", ")), 200);
            }
            // A finding of an advisory tier is no verdict; the summary has it.
            Event::CheckFinished { tier, check, outcome: Outcome::Failed { fault }, .. }
                if !tier.is_advisory() =>
            {
                let reason = || one_line(&format!("{tier}/{check}: {fault}"), 200);
                now.red.get_or_insert_with(reason);
            }
            Event::TierFinished { tier, outcome: Outcome::Failed { fault }, .. }
                if !tier.is_advisory() =>
            {
                let reason = || one_line(&format!("{tier}: {fault}"), 200);
                now.red.get_or_insert_with(reason);
            }
            Event::TierFinished {
                tier: Tier::Teardown, outcome: Outcome::NotRun { .. }, ..
            } => {
                now.kept = true;
            }
            Event::UnitFinished { millis, left, cancelled, .. } => {
                let end = ending(now, left, *cancelled);
                bar.set_style(style("{wide_msg}"));
                let (mark, why) = end;
                let time = short_seconds(*millis);
                let said = format!("{mark} {unit} {time}  {why}").trim_end().to_owned();
                if why.is_empty() {
                    bar.finish_with_message(said);
                } else {
                    // A bar is cut at the terminal's width, and the end of a reason matters most.
                    bar.finish_and_clear();
                    let _ = self.multi.println(said);
                }
                return;
            }
            Event::Adapted { what, object, from, to, .. } => {
                let said = one_line(&format!("{unit}: {}", change(object, from, to)), 200);
                // One line for each kind; the summary and the report have the others.
                if self.adapted.insert(format!("{unit} {what:?}")) {
                    // A line that cannot be drawn is no reason to stop a run.
                    let _ = self.multi.println(said);
                }
            }
            Event::KilledAtStop { service, seconds } => {
                let said = format!("{unit}: {}", at_stop(service, *seconds));
                let _ = self.multi.println(one_line(&said, 200));
            }
            Event::LimitStretched { .. } => {
                let said = Stretch::of(&record.event).map(|stretch| longer(&stretch));
                let said = format!("{unit}: {}", said.unwrap_or_default());
                let _ = self.multi.println(one_line(&said, 200));
            }
            Event::StaleDeclaration { declaration, reason } => {
                let said = format!("{unit}: stale declaration: {declaration}: {reason}");
                let _ = self.multi.println(one_line(&said, 200));
            }
            Event::RunFailed { fault } => {
                let _ = self.multi.println(one_line(&format!("{unit}: {fault}"), 200));
            }
            Event::CheckFinished { .. }
            | Event::TierFinished { .. }
            | Event::RunStarted { .. }
            | Event::UnitRefused { .. }
            | Event::ImageReady { .. }
            | Event::NotBegun { .. }
            | Event::Deployed { .. }
            | Event::Converged { .. }
            | Event::Resumed { .. }
            | Event::Predicted { .. }
            | Event::TroubleKnown { .. }
            | Event::MemoryPeak { .. }
            | Event::NodeStalled { .. }
            | Event::Covered { .. }
            | Event::TaskFailed { .. }
            | Event::UpdateSettled { .. }
            | Event::LintFound { .. }
            | Event::CanaryWritten { .. }
            | Event::CanarySkipped { .. }
            | Event::HookRan { .. }
            | Event::Snapshot { .. }
            | Event::Captured { .. }
            | Event::LeftVisible { .. }
            | Event::Withheld { .. }
            | Event::SecretsScanned { .. }
            | Event::RunFinished { .. }
            | Event::Observed { .. }
            | Event::Compared { .. }
            | Event::ProgramKnown { .. }
            | Event::FilesRead { .. }
            | Event::Removed { .. }
            | Event::EvidenceRemoved { .. }
            | Event::Unknown { .. } => return,
        }
        bar.set_message(message(now));
    }

    /// A leg beside the main one has a line of its own until it ends; what is red in it stays with its unit.
    fn show_leg(&mut self, unit: &UnitId, record: &Record) {
        let (key, multi) = ((unit.clone(), record.leg), &self.multi);
        // What is said of a leg before it begins or after its end draws no line.
        if !self.legs.contains_key(&key)
            && !matches!(record.event, Event::TierStarted { .. } | Event::Waiting { .. })
        {
            return;
        }
        let (bar, now) = self.legs.entry(key.clone()).or_insert_with(|| {
            let bar = multi.add(line(&format!("{unit}/{}", record.leg), self.tick));
            (bar, Now::default())
        });
        match &record.event {
            Event::TierStarted { tier } => {
                (now.tier, now.waiting) = (tier.to_string(), String::new());
            }
            Event::Waiting { tier, on } => {
                (now.tier, now.waiting) = (tier.to_string(), one_line(on, 200));
            }
            Event::CheckFinished { tier, check, outcome: Outcome::Failed { fault }, .. } => {
                let reason = one_line(&format!("{tier}/{check}: {fault}"), 200);
                now.red.get_or_insert_with(|| reason.clone());
                if let Some((main, whole)) = self.lines.get_mut(unit) {
                    whole.red.get_or_insert(reason);
                    main.set_message(message(whole));
                }
            }
            Event::TierFinished { .. } => {
                bar.finish_and_clear();
                self.legs.remove(&key);
                return;
            }
            _ => return,
        }
        bar.set_message(message(now));
    }

    fn show_run(&mut self, event: &Event) {
        if let Event::UnitRefused { recipe, outcome, .. } = event {
            let reason = one_line(&outcome.reason().unwrap_or_default(), 200);
            let _ = self.multi.println(format!("✘ {recipe}  refused: {reason}"));
        }
        if let Event::Resumed { ended, again } = event {
            let _ = self.multi.println(one_line(&goes_on(ended, again), 200));
        }
        if let Event::RunFailed { fault } = event {
            let _ = self.multi.println(format!("✘ run  {}", one_line(&fault.to_string(), 200)));
        }
        if let Event::RunFinished { .. } = event {
            for (bar, _) in self.lines.values().filter(|(bar, _)| !bar.is_finished()) {
                bar.abandon();
            }
            self.legs.values().for_each(|(bar, _)| bar.finish_and_clear());
        }
    }
}

fn line(name: &str, tick: bool) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_prefix(name.to_owned());
    bar.set_style(style("{spinner} {prefix} {elapsed}  {wide_msg}"));
    if tick {
        bar.enable_steady_tick(TICK);
    }
    bar
}

/// The templates are ours; one that indicatif refuses leaves its own style.
pub(super) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn message(now: &Now) -> String {
    let alone = if now.alone { " (alone)" } else { "" };
    match (&now.waiting, &now.red) {
        (_, Some(red)) => format!("{}{alone}: ✘ {red}", now.tier),
        (waiting, None) if !waiting.is_empty() => {
            format!("{}{alone}: waiting for {waiting}", now.tier)
        }
        (_, None) => format!("{}{alone}", now.tier),
    }
}

/// A finished unit's mark and, where it is red, why.
fn ending(now: &Now, left: &[String], cancelled: bool) -> (char, String) {
    if cancelled {
        ('✘', "broken off".to_owned())
    } else if let Some(red) = &now.red {
        ('✘', red.clone())
    } else if left.is_empty() || now.kept {
        ('✔', String::new())
    } else {
        ('✘', format!("left behind: {}", one_line(&left.join(", "), 200)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{app, crash};
    use crate::script::Script;
    use indicatif::InMemoryTerm;

    /// What stands on the terminal after each record, without the spinner and the wall clock.
    fn screens(records: &[Record]) -> String {
        let terminal = InMemoryTerm::new(20, 100);
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), 255);
        let mut bars = Bars::on(target, false);
        let mut screens = Vec::new();
        for record in records {
            bars.show(record);
            for (bar, _) in bars.lines.values().filter(|(bar, _)| !bar.is_finished()) {
                bar.force_draw();
            }
            let screen = terminal.contents();
            // The wall clock and the spinner are not what is looked at.
            let lines = screen.lines().map(|line| match line.split_once(" app@1.0.0+2 ") {
                Some((mark, rest)) if mark != "✔" && mark != "✘" => {
                    let message = rest.split_once(' ').map_or("", |(_, message)| message);
                    format!("* app {}", message.trim_start())
                }
                Some(_) | None => line.to_owned(),
            });
            let screen = lines.collect::<Vec<_>>().join("\n");
            if screens.last() != Some(&screen) {
                screens.push(screen);
            }
        }
        screens.join("\n--\n")
    }

    #[test]
    fn a_line_lives_and_stays() {
        let waiting = Event::Waiting { tier: Tier::Deploy, on: "app 0/1\n\u{1b}[2J".into() };
        let adapted = || Event::Adapted {
            what: cc_ci_model::Adaptation::EndpointMode,
            object: "app".into(),
            from: "vip".into(),
            to: "dnsrr".into(),
            reason: "no IPVS".into(),
        };
        let records = Script::run(&[app()])
            .refuse("broken", None, crate::script::not_run("no such version"))
            .start(&app(), 1, false)
            .event(adapted())
            .event(adapted())
            .event(waiting)
            .pass(Tier::Deploy, &["serves"])
            .fail(Tier::Custom, "works", crash())
            .finish(&[], false)
            .wait(&app(), 2, "the node, to be alone there")
            .start(&app(), 2, true)
            .pass(Tier::Deploy, &["serves"])
            .finish(&[], false)
            .over(false);
        insta::assert_snapshot!(screens(&records));
    }

    #[test]
    fn a_leg_has_a_line_while_it_runs_and_what_is_red_in_it_stays() {
        let mut records = Script::run(&[app()])
            .start(&app(), 1, false)
            .pass(Tier::Backup, &["snapshot_taken"])
            .fail(Tier::Recovery, "data_back.files", crash())
            .pass(Tier::Restart, &["serves"])
            .finish(&[], false)
            .over(false);
        for record in &mut records {
            let tier = match &record.event {
                Event::TierStarted { tier }
                | Event::CheckFinished { tier, .. }
                | Event::TierFinished { tier, .. } => *tier,
                _ => continue,
            };
            record.leg = Leg::of(tier);
        }
        let screens = screens(&records);
        let screens: Vec<_> = screens.split("\n--\n").collect();
        let with_leg = screens.iter().filter(|screen| screen.contains("app@1.0.0+2/recovery"));
        assert!(with_leg.count() > 0, "{screens:#?}");
        let last = screens.last().unwrap();
        assert!(!last.contains("/recovery "), "{last}");
        assert!(
            last.contains("✘ app@1.0.0+2") && last.contains("recovery/data_back.files"),
            "{last}"
        );
    }

    #[test]
    fn left_behind_and_broken_off_are_not_done() {
        let now = Now::default();
        let volume = ["volume v".to_owned()];
        assert_eq!(ending(&now, &[], false), ('✔', String::new()));
        assert_eq!(ending(&now, &volume, false), ('✘', "left behind: volume v".into()));
        assert_eq!(ending(&now, &[], true), ('✘', "broken off".into()));
        let kept = Now { kept: true, ..Now::default() };
        assert_eq!(ending(&kept, &volume, false), ('✔', String::new()));
    }

    #[test]
    fn advice_and_killed_tasks_are_told_and_are_not_red() {
        let end = |records: &[Record]| {
            let terminal = InMemoryTerm::new(20, 100);
            let target = ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), 255);
            let mut bars = Bars::on(target, false);
            records.iter().for_each(|record| bars.show(record));
            let now = bars.lines.values().next().map(|(_, now)| now.clone());
            (terminal.contents(), now.unwrap())
        };
        let (screen, now) = end(&crate::fixtures::advice());
        assert_eq!(now.red, None);
        assert!(screen.contains("stale declaration: expected_na.backup"), "{screen}");
        assert!(screen.contains("✔ app@1.0.0+2 9.5 s"), "{screen}");
        let services = vec!["app".into(), "db".into()];
        let killed = Event::TasksKilled { tier: Tier::Restart, services };
        let script = Script::run(&[app()]).start(&app(), 1, false).event(killed);
        let (_, now) = end(&script.so_far());
        assert_eq!(message(&now), "restart: waiting for app, db, killed at once");
    }

    #[test]
    fn our_templates_are_valid() {
        for template in ["{wide_msg}", "{spinner} {prefix} {elapsed}  {wide_msg}"] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
