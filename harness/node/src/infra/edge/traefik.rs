//! What Traefik is told.

/// Where the files of [`FILES`] are mounted.
pub(super) const FOLDER: &str = "/etc/traefik/dynamic";

/// Names of the certificate, its key and the file that speaks of them.
pub(super) const FILES: Files =
    Files { certificate: "cert.pem", key: "key.pem", config: "dynamic.toml" };

/// File names in [`FOLDER`].
pub(super) struct Files {
    pub(super) certificate: &'static str,
    pub(super) key: &'static str,
    pub(super) config: &'static str,
}

/// The dynamic configuration: recipes ask for a certificate resolver with an empty name, so every
/// router gets the default certificate, which is ours.
pub(super) fn dynamic() -> String {
    format!(
        "[tls.stores.default.defaultCertificate]\n\
         certFile = \"{FOLDER}/{}\"\nkeyFile = \"{FOLDER}/{}\"\n",
        FILES.certificate, FILES.key
    )
}

/// The command line, with the entry points of Co-op Cloud's own Traefik recipe.
pub(super) fn command() -> Vec<String> {
    let folder = format!("--providers.file.directory={FOLDER}");
    [
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
        "--log.level=INFO",
        "--log.nocolor=true",
        "--providers.swarm=true",
        "--providers.swarm.exposedbydefault=false",
        // The Swarm provider polls. A bare number would be whole seconds; with these two a new
        // service is routed about 0.1 s after its task runs, with the defaults after up to 17 s.
        "--providers.swarm.refreshseconds=250ms",
        "--providers.providersthrottleduration=50ms",
        &folder,
        // Its API tells why a route is refused. It listens inside the container's own network namespace
        // alone: nothing on the network that stacks share can reach it.
        "--api.insecure=true",
        "--api.dashboard=false",
        "--entrypoints.traefik.address=127.0.0.1:8080",
        "--entrypoints.web.address=:80",
        "--entrypoints.web.http.redirections.entrypoint.to=web-secure",
        "--entrypoints.web-secure.address=:443",
    ]
    .map(str::to_owned)
    .into()
}
