//! Debian base images: pulled where a registry answers, made with debootstrap elsewhere.

use std::path::Path;
use std::time::Duration;

use cc_ci_engine::{BuildSpec, Engine, ImageState};
use cc_ci_model::sha256_hex;

use super::context::{Context, File};
use super::inputs::LABEL;
use super::{ImageError, Release};
use crate::apt::{Mirrors, options};
use crate::command::{output, run};
use crate::{CommandError, Host, Progress, Settings};

/// How long a registry may take for 30 MB before it counts as not answering.
const PULL_LIMIT: Duration = Duration::from_secs(20);
/// Changes when bases must be made again although nothing on the machine did.
const EDITION: &str = "2";
/// Where the machine's CA bundle lies in a base that reaches its mirrors over TLS.
const APT_CA: &str = "/etc/apt/ca-certificates.crt";

/// Where [`DPKG`] stands in a base.
const DPKG_FILE: &str = "/etc/dpkg/dpkg.cfg.d/80cc-ci";
/// What the publisher's own slim images tell dpkg (docker-library's debuerreotype): a build that is cut off is thrown
/// away, so nothing has to be on the disk before it ends; and no reader looks for manuals in a container.
const DPKG: &str = "force-unsafe-io\n\
    path-exclude /usr/share/doc/*\n\
    path-include /usr/share/doc/*/copyright\n\
    path-exclude /usr/share/info/*\n\
    path-exclude /usr/share/locale/*\n\
    path-include /usr/share/locale/locale.alias\n\
    path-exclude /usr/share/man/*\n";

/// How this machine's base images look.
pub(super) struct Bases<'a> {
    settings: &'a Settings,
    mirrors: Mirrors,
    apt_options: String,
    ca_bundle: Vec<u8>,
}

impl<'a> Bases<'a> {
    /// Reads the machine's package sources.
    pub(super) async fn of(host: &Host, settings: &'a Settings, ca_bundle: Vec<u8>) -> Self {
        let mirrors = Mirrors::of(host);
        let dump = output("apt-config", &["dump"]).await.unwrap_or_default();
        let mut apt_options = options(&dump);
        // A minimal system has no certificate authorities; apt gets those of this machine.
        let ca_bundle = if mirrors.needs_tls() { ca_bundle } else { Vec::new() };
        if !ca_bundle.is_empty() {
            apt_options.push_str(&format!("Acquire::https::CaInfo \"{APT_CA}\";\n"));
        }
        // Caches of package lists would double the size of small images.
        apt_options.push_str("Dir::Cache::pkgcache \"\";\nDir::Cache::srcpkgcache \"\";\n");
        apt_options.push_str("Acquire::Languages \"none\";\n");
        Self { settings, mirrors, apt_options, ca_bundle }
    }

    /// The base of `release`, made or brought where the engine does not have it as it should be.
    ///
    /// `no_registry` remembers for the other releases that no registry answered. `begin` is called before it is
    /// made. The second value is true where it was made.
    pub(super) async fn ensure(
        &self,
        engine: &dyn Engine,
        release: Release,
        no_registry: &tokio::sync::Mutex<Option<String>>,
        (begin, progress): (&(dyn Fn() + Send + Sync), &dyn Progress),
    ) -> Result<(ImageState, bool), ImageError> {
        let reference = release.reference();
        let inputs = self.inputs(release);
        let found = engine.image(&reference).await.map_err(ImageError::engine(&reference))?;
        if let Some(image) = found
            && image.labels.get(LABEL) == Some(&inputs)
        {
            return Ok((image, false));
        }
        begin();
        let pulled = {
            // Held while trying: the others wait for this answer instead of asking themselves.
            let mut silent = no_registry.lock().await;
            match &*silent {
                Some(why) => Err(why.clone()),
                None => match engine.pull(&release.upstream(), PULL_LIMIT).await {
                    Ok(_) => Ok(()),
                    Err(error) => Err(silent.insert(error.to_string()).clone()),
                },
            }
        };
        let made = match pulled {
            Ok(()) => self.dress(engine, release, &inputs, progress).await?,
            Err(pull) => {
                progress.line("no registry answers, running debootstrap");
                self.make(engine, release, &inputs, &pull, progress).await?
            }
        };
        Ok((made, true))
    }

    fn inputs(&self, release: Release) -> String {
        let list = self.mirrors.list(release.name()).unwrap_or_default();
        let text = format!("{EDITION}\n{release:?}\n{list}\n{}{DPKG}", self.apt_options);
        sha256_hex(text.as_bytes())
    }

    /// Files that a base gets on top of what Debian ships.
    fn files(&self, release: Release) -> Vec<(&'static str, Vec<u8>)> {
        let mut files =
            vec![("/etc/apt/apt.conf.d/80cc-ci", self.apt_options.clone().into_bytes())];
        files.push((DPKG_FILE, DPKG.as_bytes().to_vec()));
        if !self.ca_bundle.is_empty() {
            files.push((APT_CA, self.ca_bundle.clone()));
        }
        if let Some(list) = self.mirrors.list(release.name()) {
            files.push(("/etc/apt/sources.list", list.into_bytes()));
        }
        files
    }

    /// Puts our files over the publisher's image.
    async fn dress(
        &self,
        engine: &dyn Engine,
        release: Release,
        inputs: &str,
        progress: &dyn Progress,
    ) -> Result<ImageState, ImageError> {
        let mut context = Context::default();
        let mut dockerfile = format!("FROM {}\n", release.upstream());
        if self.mirrors.main().is_some() {
            dockerfile.push_str("RUN rm -f /etc/apt/sources.list.d/*\n");
        }
        for (index, (path, bytes)) in self.files(release).into_iter().enumerate() {
            dockerfile.push_str(&format!("COPY {index} {path}\n"));
            context.files.insert(index.to_string(), File { bytes, executable: false });
        }
        let bytes = dockerfile.into_bytes();
        context.files.insert("Dockerfile".to_owned(), File { bytes, executable: false });
        let reference = release.reference();
        let build = BuildSpec {
            context: context.archive(&[]).map_err(ImageError::write("build context"))?,
            dockerfile: "Dockerfile".to_owned(),
            tag: reference.clone(),
            labels: [(LABEL.to_owned(), inputs.to_owned())].into(),
            ..BuildSpec::default()
        };
        let tell = |line: &str| progress.line(line);
        engine.build(&build, &tell).await.map_err(ImageError::engine(reference))
    }

    /// Makes the base from packages.
    async fn make(
        &self,
        engine: &dyn Engine,
        release: Release,
        inputs: &str,
        pull: &str,
        progress: &dyn Progress,
    ) -> Result<ImageState, ImageError> {
        let reference = release.reference();
        let work = self.settings.state.join("base").join(release.name());
        let (tree, archive) = (work.join("tree"), work.join("base.tar"));
        clear(&work).await?;
        // dpkg reads it inside of the tree, so it holds for the packages of the base as well.
        let dpkg = Host::at(&tree).path(DPKG_FILE);
        let folder = dpkg.parent().unwrap_or(&tree);
        tokio::fs::create_dir_all(folder).await.map_err(ImageError::write(folder))?;
        tokio::fs::write(&dpkg, DPKG).await.map_err(ImageError::write(&dpkg))?;
        self.debootstrap(release, &tree, progress).await.map_err(|source| ImageError::Base {
            reference: reference.clone(),
            pull: pull.to_owned(),
            source,
        })?;
        for (path, bytes) in self.files(release) {
            let path = Host::at(&tree).path(path);
            tokio::fs::write(&path, bytes).await.map_err(ImageError::write(&path))?;
        }
        let (from, to) = (tree.display().to_string(), archive.display().to_string());
        // What apt fetched is of no use to an image that fetches anew.
        let mut pack = vec!["-C", &from, "--numeric-owner"];
        pack.extend([
            "--exclude=./var/cache/apt/archives/*.deb",
            "--exclude=./var/lib/apt/lists/*",
        ]);
        pack.extend(["--exclude=./dev/*", "-cf", &to, "."]);
        run("tar", &pack, &[], progress).await.map_err(ImageError::command(&reference))?;
        let labels = [(LABEL.to_owned(), inputs.to_owned())];
        let image = engine.import(&archive, &reference, &labels).await;
        clear(&work).await?;
        image.map_err(ImageError::engine(reference))
    }

    async fn debootstrap(
        &self,
        release: Release,
        tree: &Path,
        progress: &dyn Progress,
    ) -> Result<(), CommandError> {
        let tree = tree.display().to_string();
        let mut args = vec!["--variant=minbase"];
        if self.mirrors.unsigned() {
            args.push("--no-check-gpg");
        }
        args.extend([release.name(), &tree]);
        args.extend(self.mirrors.main());
        run("debootstrap", &args, &self.settings.proxies, progress).await
    }
}

async fn clear(folder: &Path) -> Result<(), ImageError> {
    match tokio::fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ImageError::write(folder)(error))
        }
        _ => Ok(()),
    }
}
