//! How much memory this process has had.

use cc_ci_session::{Failure, Kind};

/// The most memory that this process has had, in MB.
///
/// # Errors
/// The machine does not report it.
pub(crate) fn peak_megabytes() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status");
    let status = status.map_err(|error| Failure::new(Kind::Machine, error))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.map(|kib| kib * 1024.0 / 1e6)
        .ok_or_else(|| Failure::message(Kind::Machine, "/proc/self/status does not say VmHWM"))
}
