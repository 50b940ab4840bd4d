//! The whole life of `custom-html`, by us and by the script.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use cc_ci_model::Event;
use cc_ci_plan::{Asked, SidePlan, UnitPlan, Wish};
use cc_ci_report::{Run, Target, write_all};
use cc_ci_session::{Failure, Kind, Node};
use tokio::process::Command;

use super::overlay::{compose_version, overlay};
use super::phase::{self, COMPARED, Phases};
use super::script;
use super::stage::{Stage, unwritable};

const RECIPE: &str = "custom-html";
const SCRIPT: &str = "lifecycle.sh";

/// Images of the recipe → images by digest, as they ran.
pub(super) type Digests = BTreeMap<String, String>;

/// A life that we walked.
pub(super) struct Life {
    /// Wall time of all that `cc-ci run` does, from its first look at the node to the reports.
    pub(super) seconds: f64,
    /// Seconds of each tier.
    pub(super) phases: Phases,
    /// What ran.
    pub(super) digests: Digests,
}

/// A life that the script walked.
pub(super) struct Scripted {
    /// Wall time.
    pub(super) seconds: f64,
    /// Seconds of each phase.
    pub(super) phases: Phases,
}

/// Walks the life once, with the code path of `cc-ci run custom-html`.
///
/// # Errors
/// Anything but a life that is green in its first attempt.
pub(super) async fn ours(stage: &Stage<'_>, round: u32) -> Result<Life, Failure> {
    let out = stage.folder(&format!("life-{round}"))?;
    let _turn = stage.alone().await?;
    let started = Instant::now();
    let node = Node::ready(stage.ground().session).await?;
    let unit = unit(stage).await?;
    let how = (stage.cancel().child_token(), None);
    let records = stage.walk(&node, unit, &out, how).await?;
    let run = Run::from_records(&records).map_err(Failure::bug)?;
    write_all(Target { out: &out, docs: &out }, &run).map_err(Failure::usage)?;
    let seconds = started.elapsed().as_secs_f64();
    let phases = phase::of_records(&records).map_err(|reason| {
        let message = format!("{RECIPE} is not green, so nothing can be compared: {reason}");
        Failure::message(Kind::Machine, message)
            .hint(format!("`cc-ci run {RECIPE}` shows the whole report"))
    })?;
    let digests = records.iter().filter_map(|record| match &record.event {
        Event::ImageReady { reference, digest, .. } => Some((reference.clone(), digest.clone())),
        _ => None,
    });
    Ok(Life { seconds, phases, digests: digests.collect() })
}

/// Lets the script walk the same life, with the images that we ran.
///
/// # Errors
/// The script failed; it proves each of its steps.
pub(super) async fn script(stage: &Stage<'_>, digests: &Digests) -> Result<Scripted, Failure> {
    let unit = unit(stage).await?;
    let work = stage.folder("script")?;
    let command = command(stage, &unit, digests, &work)?;
    let _turn = stage.alone().await?;
    let finished = script::run(command, SCRIPT, stage.cancel()).await?;
    let phases = phase::of_output(&finished.stdout).map_err(|reason| {
        Failure::message(Kind::Bug, format!("the output of {SCRIPT} is not whole: {reason}"))
    })?;
    Ok(Scripted { seconds: finished.seconds, phases })
}

async fn unit(stage: &Stage<'_>) -> Result<UnitPlan, Failure> {
    let asked = Asked { recipe: RECIPE.to_owned(), version: None };
    let wish = Wish { tiers: COMPARED.to_vec(), ..Wish::default() };
    Ok(stage.ground().planner.plan(&stage.run, &asked, &wish).await?.unit)
}

/// The script with all that its head says it needs.
fn command(
    stage: &Stage<'_>,
    unit: &UnitPlan,
    digests: &Digests,
    work: &Path,
) -> Result<Command, Failure> {
    let versions = stage.ground().checkout()?.join("recipes").join(RECIPE).join("versions");
    let base = unit.base.as_ref().ok_or_else(|| {
        Failure::message(Kind::Usage, format!("{RECIPE} has no older version to upgrade from"))
    })?;
    let write = |name: &str, text: &str| {
        let path = work.join(name);
        std::fs::write(&path, text).map_err(unwritable(&path)).map(|()| path)
    };
    let (label, value) = stage.label();
    let side = |name: &str, side: &SidePlan| {
        let compose = versions.join(side.version.as_str()).join("compose.yml");
        let text = std::fs::read_to_string(&compose).map_err(|error| {
            let context = format!("read {}", compose.display());
            Failure::usage(error).context(context)
        })?;
        let version = compose_version(&text).unwrap_or_default();
        let mode = stage.world.site.endpoint_mode;
        let over = overlay(version, &side.spec, digests, mode, (&label, &value));
        let over = over.map_err(|message| Failure::message(Kind::Bug, message))?;
        write(&format!("{name}.yml"), &over.to_string())?;
        let lines = side.env.iter().map(|(name, value)| format!("{name}={value}\n"));
        write(&format!("{name}.env"), &lines.collect::<String>())?;
        Ok::<_, Failure>(compose)
    };
    let (old, new) = (side("base", base)?, side("head", &unit.target)?);
    let edge = &stage.world.site.edge;
    let ca = write("ca.pem", &edge.ca_pem)?;
    write(
        "edge.arguments",
        &edge.command.iter().map(|word| format!("{word}\n")).collect::<String>(),
    )?;
    let files = format!("{}:{}:ro", edge.certificates.display(), edge.mounted_at);
    let mut command = Command::new("bash");
    command
        .arg(stage.script(SCRIPT)?)
        .env("BENCH_STACK", unit.head.stack.as_str())
        .env("BENCH_LABEL", format!("{label}={value}"))
        .env("BENCH_DOMAIN", &unit.domain)
        .env("BENCH_EDGE_IMAGE", &edge.image)
        .env("BENCH_EDGE_FILES", files)
        .env("BENCH_CA", ca)
        .env("BENCH_TOOLBOX", &stage.world.site.toolbox_image)
        .env("BENCH_BASE", old)
        .env("BENCH_HEAD", new)
        .env("BENCH_VERSION", unit.target.version.as_str())
        .env("BENCH_WORK", work);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use cc_ci_model::sha256_hex;

    /// Numbers of two days can be compared only if the script was the same. A change of the script needs a
    /// new measurement, and after that this hash is changed.
    #[test]
    fn the_script_is_the_one_that_the_numbers_were_measured_with() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/bench");
        let read = |name: &str| std::fs::read(format!("{folder}/{name}")).unwrap();
        let script = [read(super::SCRIPT), read("common.sh")].concat();
        let measured = "dc110fe3bd9b897f5f1d1e42a31c01e8f2f6ba873a0a8706f8b35a7887e474a1";
        assert_eq!(sha256_hex(&script), measured);
    }
}
