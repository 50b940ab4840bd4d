//! What the bench needs on this machine beside the engine.

use cc_ci_session::{Failure, Kind};
use std::io::ErrorKind;
use std::process::Stdio;

use tokio::process::Command;

/// Programs of the scripts that not every machine has, and the Debian package that brings each.
const PROGRAMS: [(&str, &str); 3] = [("docker", "docker.io"), ("bash", "bash"), ("curl", "curl")];

/// Refuses to begin where a script would only break off.
///
/// # Errors
/// The program that is missing and how to get it.
pub(super) async fn present() -> Result<(), Failure> {
    for (program, package) in PROGRAMS {
        check(program, package).await?;
    }
    Ok(())
}

async fn check(program: &str, package: &str) -> Result<(), Failure> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.status().await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let message =
                format!("`{program}` is not on the PATH; the scripts to compare with use it");
            Err(Failure::message(Kind::Machine, message)
                .hint(format!("Debian's package {package} has it; only `cc-ci bench` needs it")))
        }
        Err(error) => {
            let context = format!("start `{program}`");
            Err(Failure::new(Kind::Machine, error).context(context))
        }
    }
}

/// The load average of the last minute, where the system tells it.
pub(super) fn load() -> Option<f64> {
    first_number(&std::fs::read_to_string("/proc/loadavg").ok()?)
}

fn first_number(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_missing_program_is_named_with_its_package() {
        let error = check("cc-ci-no-such-program", "nowhere").await.unwrap_err();
        assert_eq!(error.kind, Kind::Machine);
        let text = error.to_string();
        assert!(
            text.contains("`cc-ci-no-such-program`") && text.contains("package nowhere"),
            "{text}"
        );
        assert!(check("true", "coreutils").await.is_ok());
    }

    #[rstest::rstest]
    #[case("0.52 0.40 0.31 1/234 5678\n", Some(0.52))]
    #[case("", None)]
    #[case("much", None)]
    fn the_load_is_the_first_number(#[case] text: &str, #[case] load: Option<f64>) {
        assert_eq!(first_number(text), load);
    }
}
