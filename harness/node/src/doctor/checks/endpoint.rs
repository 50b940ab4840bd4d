//! Does the kernel have IPVS, which Swarm's virtual addresses need?

use async_trait::async_trait;
use cc_ci_model::EndpointMode;

use super::super::facts::Facts;
use super::super::finding::Answer;
use super::Check;
use crate::Host;

pub(super) struct Endpoint;

#[async_trait]
impl Check for Endpoint {
    fn id(&self) -> &'static str {
        "kernel.ipvs"
    }

    fn what(&self) -> &'static str {
        "virtual addresses (IPVS)"
    }

    async fn examine(&self, facts: &Facts<'_>) -> Answer {
        match ipvs(facts.host) {
            Ipvs::Present => Answer::ok("the kernel has IPVS: endpoint mode vip"),
            Ipvs::Loadable => Answer::ok("the kernel can load IPVS: endpoint mode vip"),
            Ipvs::Absent => Answer::warn(
                "the kernel has no IPVS: services are started with endpoint mode dnsrr",
            )
            .remedy("boot a kernel with the module ip_vs to test recipes with virtual addresses"),
        }
    }
}

/// How services can be found by their neighbours on this machine.
///
/// Without IPVS a virtual address resolves but no connection to it succeeds.
#[must_use]
pub fn endpoint_mode(host: &Host) -> EndpointMode {
    match ipvs(host) {
        Ipvs::Present | Ipvs::Loadable => EndpointMode::Vip,
        Ipvs::Absent => EndpointMode::Dnsrr,
    }
}

enum Ipvs {
    Present,
    /// The engine loads the module itself when the first service needs it.
    Loadable,
    Absent,
}

fn ipvs(host: &Host) -> Ipvs {
    if host.exists("/proc/net/ip_vs") || host.exists("/sys/module/ip_vs") {
        return Ipvs::Present;
    }
    let release = host.read("/proc/sys/kernel/osrelease").unwrap_or_default();
    let modules = format!("/lib/modules/{}", release.trim());
    let lists = |file: &str| {
        let text = host.read(&format!("{modules}/{file}")).unwrap_or_default();
        text.lines().any(|line| line.split(':').next().is_some_and(is_ipvs))
    };
    if lists("modules.builtin") {
        return Ipvs::Present;
    }
    let disabled = host.read("/proc/sys/kernel/modules_disabled").is_some_and(|t| t.trim() == "1");
    let forbidden = host
        .read("/proc/cmdline")
        .is_some_and(|line| line.split_whitespace().any(|word| word == "nomodule"));
    if !disabled && !forbidden && lists("modules.dep") { Ipvs::Loadable } else { Ipvs::Absent }
}

/// `kernel/net/netfilter/ipvs/ip_vs.ko.xz` and the like.
fn is_ipvs(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|file| file.starts_with("ip_vs.ko"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::super::{facts::fake, finding::Status};
    use super::*;
    use crate::host::fake::host;

    const RELEASE: (&str, &str) = ("/proc/sys/kernel/osrelease", "6.1.0-1\n");
    const DEP: (&str, &str) = (
        "/lib/modules/6.1.0-1/modules.dep",
        "kernel/net/netfilter/ipvs/ip_vs_rr.ko: kernel/net/netfilter/ipvs/ip_vs.ko\n\
         kernel/net/netfilter/ipvs/ip_vs.ko.xz: kernel/lib/libcrc32c.ko.xz\n",
    );
    const OTHER: (&str, &str) = (
        "/lib/modules/6.1.0-1/modules.dep",
        "kernel/net/netfilter/ipvs/ip_vs_rr.ko: kernel/net/netfilter/ipvs/ip_vs.ko\n",
    );

    #[rstest]
    #[case::table(&[("/proc/net/ip_vs", "")], EndpointMode::Vip)]
    #[case::module(&[("/sys/module/ip_vs/x", "")], EndpointMode::Vip)]
    #[case::builtin(
        &[RELEASE, ("/lib/modules/6.1.0-1/modules.builtin", "kernel/net/netfilter/ipvs/ip_vs.ko\n")],
        EndpointMode::Vip
    )]
    #[case::loadable(&[RELEASE, DEP], EndpointMode::Vip)]
    #[case::only_a_scheduler(&[RELEASE, OTHER], EndpointMode::Dnsrr)]
    #[case::modules_disabled(
        &[RELEASE, DEP, ("/proc/sys/kernel/modules_disabled", "1\n")],
        EndpointMode::Dnsrr
    )]
    #[case::booted_without(&[RELEASE, DEP, ("/proc/cmdline", "quiet nomodule\n")], EndpointMode::Dnsrr)]
    #[case::another_kernels(
        &[("/proc/sys/kernel/osrelease", "6.9.9\n"), DEP],
        EndpointMode::Dnsrr
    )]
    #[case::bare(&[], EndpointMode::Dnsrr)]
    #[tokio::test]
    async fn decides(#[case] files: &[(&str, &str)], #[case] expected: EndpointMode) {
        let (_folder, host) = host(files);
        assert_eq!(endpoint_mode(&host), expected);
        let settings = fake::settings();
        let status = Endpoint.examine(&fake::facts(&host, &settings)).await.status;
        assert_eq!(status == Status::Ok, expected == EndpointMode::Vip);
    }
}
