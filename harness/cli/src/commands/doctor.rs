//! `cc-ci doctor`

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use cc_ci_node::doctor::{Finding, Fixed, Status, examine, fix};
use cc_ci_session::{Failure, Kind, silence};
use serde::Serialize;

use super::Context;
use crate::args::Doctor;
use crate::exit::code;

#[derive(Serialize)]
struct Answer<'a> {
    able: bool,
    findings: &'a [Finding],
    fixed: Option<&'a Fixed>,
}

pub(super) async fn run(context: &Context<'_>, args: &Doctor) -> Result<u8, Failure> {
    let fixed = if args.fix { Some(mend(context, args.yes).await?) } else { None };
    let findings = look(context).await;
    let able = findings.iter().all(|finding| finding.status != Status::Bad);
    let answer = Answer { able, findings: &findings, fixed: fixed.as_ref() };
    context.printer.data(&answer, &text(&findings));
    if let Some(fixed) = fixed.filter(|fixed| !fixed.commands.is_empty()) {
        context.printer.talk("to do by hand:");
        fixed.commands.iter().for_each(|command| context.printer.talk(&format!("  {command}")));
    }
    let down = findings.iter().any(|f| f.id == "engine" && f.status == Status::Bad);
    Ok(match (able, down) {
        (true, _) => 0,
        (false, true) => code(Kind::Engine),
        (false, false) => code(Kind::Machine),
    })
}

/// Looks at the machine as it is.
pub(super) async fn look(context: &Context<'_>) -> Vec<Finding> {
    let settings = context.session.settings;
    let node = &settings.node;
    match settings.endpoint.docker().await {
        Ok(engine) => tokio::select! {
            findings = examine(Ok(&engine), node) => findings,
            error = silence(&engine) => examine(Err(&error), node).await,
        },
        Err(error) => examine(Err(&error), node).await,
    }
}

/// Installs and starts what is missing.
pub(super) async fn mend(context: &Context<'_>, yes: bool) -> Result<Fixed, Failure> {
    let question = "This installs Docker from the distribution's packages where it is missing, \
                    starts its daemon and a one-node Swarm.";
    confirm(context, yes, question)?;
    let (printer, settings) = (context.printer, context.session.settings);
    let connecting = || settings.endpoint.connecting();
    let progress = move |line: &str| printer.talk(&format!("  {line}"));
    let fixed = tokio::select! {
        fixed = fix(&settings.node, &connecting, &progress) => fixed,
        () = context.session.cancel.cancelled() => return Err(Failure::cancelled()),
    };
    let fixed = fixed.map_err(|error| Failure::new(Kind::Machine, error))?;
    fixed.done.iter().for_each(|done| printer.talk(&format!("done: {done}")));
    // The next step needs the engine. An engine that still does not answer is an error.
    if fixed.commands.is_empty() {
        settings.endpoint.engine().await?;
    }
    Ok(fixed)
}

/// Asks the user. Without a terminal, `--yes` is required.
fn confirm(context: &Context<'_>, yes: bool, question: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        let message = "there is no terminal to ask whether this machine may be changed";
        return Err(Failure::message(Kind::Usage, message).hint("say so with --yes"));
    }
    let agreed = context.printer.asks(&format!("{question} Go on?")).map_err(Failure::bug)?;
    if agreed { Ok(()) } else { Err(Failure::cancelled()) }
}

fn text(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.what.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for finding in findings {
        let mark = match finding.status {
            Status::Ok => "ok  ",
            Status::Warn => "warn",
            Status::Bad => "BAD ",
        };
        let _ = writeln!(text, "{mark}  {:width$}  {}", finding.what, finding.reason);
        if let (Some(remedy), true) = (&finding.remedy, finding.status != Status::Ok) {
            let _ = writeln!(text, "      {:width$}  → {remedy}", "");
        }
    }
    text
}
