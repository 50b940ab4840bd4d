//! `cc-ci lint`

use cc_ci_lint::{LintReport, Severity, Status, json, sarif, text};
use cc_ci_plan::scratch::Scratch;
use cc_ci_plan::{Asked, Linted, PlanError, is_newer, judge};
use cc_ci_report::junit::{PlainCase, PlainStatus, render_plain};
use cc_ci_session::{Failure, Kind};
use cc_ci_source::Point;
use jiff::Timestamp;

use super::Context;
use crate::args::{Lint, LintFormat};

pub(super) async fn run(context: &Context<'_>, args: &Lint) -> Result<u8, Failure> {
    if args.from.is_some() && args.recipes.len() > 1 {
        let message = "--from names a version of one recipe, but several recipes are given";
        return Err(Failure::message(Kind::Usage, message));
    }
    let mut linted = Vec::new();
    for recipe in &args.recipes {
        linted.push(one(context, &Asked::parse(recipe), args.from.as_deref()).await?);
    }
    let format = if context.printer.is_json() { LintFormat::Json } else { args.format };
    context.printer.raw(&written(&linted, format)?);
    let broken = linted.iter().any(|linted| linted.report.count(Severity::Error) > 0);
    Ok(if broken { cc_ci_report::Exit::Recipe.code() } else { 0 })
}

async fn one(context: &Context<'_>, asked: &Asked, from: Option<&str>) -> Result<Linted, Failure> {
    let opened = context.session.settings.catalogue.open(asked).await?;
    let find = |wanted: &str| opened.version(wanted).map_err(PlanError::from);
    let head = match &asked.version {
        Some(wanted) => find(wanted)?,
        None => &opened.head,
    };
    let older = from.map(find).transpose()?;
    if let Some(older) = older.filter(|older| is_newer(older, head)) {
        let message = format!("--from {} is newer than {}", older.version, head.version);
        return Err(Failure::message(Kind::Usage, message)
            .hint("name an older version with --from, or a newer one as RECIPE@VERSION"));
    }
    let scratch = Scratch::make(&context.session.settings.temp)
        .map_err(|error| Failure::new(Kind::Machine, error))?;
    let points: Vec<&Point> = older.into_iter().chain([head]).collect();
    let recipe = opened.recipe(scratch.path(), &points).await;
    let recipe = recipe.map_err(PlanError::from)?;
    opened.warnings.iter().for_each(|w| context.printer.talk(&format!("warning: {w}")));

    Ok(judge(&recipe, &opened, head, older)?)
}

fn written(linted: &[Linted], format: LintFormat) -> Result<String, Failure> {
    let reports: Vec<_> = linted.iter().map(|linted| linted.report.clone()).collect();
    Ok(match format {
        LintFormat::Json => json(&reports),
        LintFormat::Sarif => sarif(&reports),
        LintFormat::Junit => {
            let suites: Vec<_> = reports.iter().map(cases).collect();
            let xml = render_plain("lint", Timestamp::now(), &suites).map_err(Failure::bug)?;
            String::from_utf8(xml).map_err(Failure::bug)?
        }
        LintFormat::Text => {
            let one = |linted: &Linted| {
                let changes = linted.changes.as_deref().unwrap_or_default();
                let gap = if changes.is_empty() { "" } else { "\n" };
                format!("{}{gap}{changes}", text(&linted.report))
            };
            linted.iter().map(one).collect::<Vec<_>>().join("\n")
        }
    })
}

/// One case per rule. Only a broken rule of severity error is a failure; a reader of JUnit knows
/// nothing between red and green, and a warning must not stop a release.
fn cases(report: &LintReport) -> (String, Vec<PlainCase>) {
    let case = |checked: &cc_ci_lint::Checked| {
        let said: Vec<_> = report.of(checked.rule).map(|finding| finding.message.clone()).collect();
        let status = match (&checked.status, checked.rule.severity) {
            (Status::Failed, Severity::Error) => {
                let kind = "recipe.lint".to_owned();
                PlainStatus::Failed { kind, message: said.join("\n") }
            }
            (Status::Failed, Severity::Warning | Severity::Note) => {
                PlainStatus::Skipped(format!("{}: {}", checked.rule.severity, said.join("; ")))
            }
            (Status::Allowed, _) => {
                let own = report.allowed.iter().filter(|a| a.finding.rule == checked.rule.id);
                let reasons: Vec<&str> = own.map(|allowed| allowed.reason.as_str()).collect();
                PlainStatus::Skipped(format!("allowed because {}", reasons.join("; ")))
            }
            (Status::NotChecked(reason), _) => {
                PlainStatus::Skipped(format!("not checked: {reason}"))
            }
            (Status::Passed, _) => PlainStatus::Passed,
        };
        let name = format!("{}-{}", checked.rule.id.to_lowercase(), checked.rule.name);
        PlainCase { classname: format!("{}.lint", report.recipe), name, status }
    };
    (report.recipe.clone(), report.rules.iter().map(case).collect())
}
