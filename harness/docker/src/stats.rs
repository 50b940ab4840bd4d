//! What a container uses.

use bollard::models::ContainerStatsResponse;
use cc_ci_engine::Stats;

/// Reads a sample; nothing where the container does not run.
///
/// Page cache that nobody used lately is not counted, as in `docker stats`: the kernel gives it
/// back on demand. cgroups v1 call it `total_inactive_file`, v2 `inactive_file`.
pub(crate) fn read(sample: &ContainerStatsResponse) -> Option<Stats> {
    // The engine answers for a stopped container too, with a sample in which nothing was measured.
    let memory = sample.memory_stats.as_ref()?;
    let usage = memory.usage?;
    let cache = memory
        .stats
        .as_ref()
        .and_then(|stats| stats.get("total_inactive_file").or_else(|| stats.get("inactive_file")));
    let cpu = sample.cpu_stats.as_ref().and_then(|cpu| cpu.cpu_usage.as_ref()?.total_usage);
    Some(Stats {
        memory_bytes: usage.saturating_sub(cache.copied().unwrap_or_default()),
        cpu_ns: cpu.unwrap_or_default(),
        pids: sample.pids_stats.as_ref().and_then(|pids| pids.current).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::v1(json!({"total_inactive_file": 300, "inactive_file": 1}), 700)]
    #[case::v2(json!({"inactive_file": 400}), 600)]
    #[case::unknown(json!({}), 1000)]
    #[case::more_cache_than_use(json!({"inactive_file": 4000}), 0)]
    fn memory_is_counted_without_cache(#[case] stats: serde_json::Value, #[case] bytes: u64) {
        let sample = serde_json::from_value(json!({
            "memory_stats": {"usage": 1000, "stats": stats},
            "cpu_stats": {"cpu_usage": {"total_usage": 7}},
            "pids_stats": {"current": 3},
        }));
        let expected = Stats { memory_bytes: bytes, cpu_ns: 7, pids: 3 };
        assert_eq!(read(&sample.unwrap()), Some(expected));
    }

    #[test]
    fn a_stopped_container_has_no_stats() {
        let sample = serde_json::from_value(json!({"memory_stats": {}, "pids_stats": {}}));
        assert_eq!(read(&sample.unwrap()), None);
    }
}
