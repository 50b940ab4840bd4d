//! Database servers, found where they run: in the containers of the stack's services.
//!
//! One short script per container looks at its processes. An image without a shell can only be judged by its
//! name: its server is found, but no script can run in its container.

use std::time::Duration;

use cc_ci_backup::running_container;
use cc_ci_engine::{EngineError, ExecOutput, ExecSpec};
use cc_ci_model::{Fault, Unread};
use futures_util::future::try_join_all;
use tokio::time::{Instant, sleep};

use crate::standing::Standing;

const LOOK: &str = include_str!("scripts/look.sh");

/// Pause between two tries at a server that is starting or stopping.
const PAUSE: Duration = Duration::from_millis(200);

/// A kind of server whose data can be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    /// MariaDB and MySQL: one protocol, one dialect as far as canary data goes.
    Mysql,
    /// Redis and Valkey.
    Redis,
}

impl Kind {
    /// For a reader.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MariaDB or MySQL",
            Self::Redis => "Redis or Valkey",
        }
    }

    fn of_process(name: &str) -> Option<Self> {
        match name {
            "postgres" => Some(Self::Postgres),
            "mariadbd" | "mysqld" => Some(Self::Mysql),
            "redis-server" | "valkey-server" => Some(Self::Redis),
            _ => None,
        }
    }

    /// By the last part of the image's name. Only exact names count: `redis-commander` and
    /// `postgres-exporter` keep no data.
    fn of_image(reference: &str) -> Option<Self> {
        let name = reference.split('@').next().unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default();
        match name.split(':').next().unwrap_or_default() {
            "postgres" | "postgresql" | "postgis" | "pgvector" => Some(Self::Postgres),
            "mariadb" | "mysql" => Some(Self::Mysql),
            "redis" | "valkey" => Some(Self::Redis),
            _ => None,
        }
    }

    /// True for words of a client whose server is starting or stopping. Every other complaint is final, so
    /// there is no second try.
    fn is_late(self, words: &str) -> bool {
        let signs: &[&str] = match self {
            Self::Postgres => &[
                "starting up",
                "shutting down",
                "not yet accepting connections",
                "Connection refused",
                "No such file or directory",
                "server closed the connection",
                "terminating connection",
                "too many clients already",
            ],
            Self::Mysql => &[
                "ERROR 2002", // no socket, or nobody listens on it
                "ERROR 2003",
                "ERROR 2006", // gone away
                "ERROR 2013", // lost during a query
                "ERROR 2026", // lost during the TLS handshake
                "ERROR 1040", // too many connections
                "ERROR 1053", // shutdown in progress
            ],
            Self::Redis => &["Could not connect", "Connection reset", "Server closed", "LOADING"],
        };
        signs.iter().any(|sign| words.contains(sign))
    }
}

/// A server that runs in a container of the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// Compose name of the service.
    pub(crate) service: String,
    pub(crate) kind: Kind,
    /// Why no script may or can run in its container; `None` where one can.
    pub(crate) closed: Option<String>,
}

/// The result of a script that ran in the container of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Said(String),
    /// The server, or the lack of a client, in its own words.
    Refused(String),
    /// The server could not be asked, with the reason.
    Unasked(Unread, String),
}

/// Every server of the stack, by the name of its service. A service that has no task and will get
/// none, as a one-shot that is done, has none.
pub(crate) async fn servers(standing: &Standing<'_>) -> Result<Vec<Server>, Fault> {
    let found =
        try_join_all(standing.spec.services.keys().map(|service| look(standing, service))).await?;
    Ok(found.into_iter().flatten().collect())
}

async fn look(standing: &Standing<'_>, service: &str) -> Result<Vec<Server>, Fault> {
    let deadline = Deadline::new(standing);
    let server = |kind, closed| Server { service: service.to_owned(), kind, closed };
    let foreign = foreign_volume(standing, service).map(|name| {
        format!("its service mounts {name}, a volume that another stack created; nothing is written there")
    });
    let Some(output) = inside(standing, service, &["look"], LOOK, &deadline).await? else {
        return Ok(Vec::new());
    };
    let Inside::Ended(output) = output else {
        let image = standing.spec.services.get(service).map_or("", |spec| spec.image.as_str());
        let why = "its image has no shell, so no script can run in its container".to_owned();
        return Ok(Kind::of_image(image).map(|kind| server(kind, Some(why))).into_iter().collect());
    };
    let mut found: Vec<Server> = Vec::new();
    for kind in output.text().lines().filter_map(Kind::of_process) {
        if found.iter().all(|known| known.kind != kind) {
            found.push(server(kind, foreign.clone()));
        }
    }
    Ok(found)
}

/// The external volume that `service` can write to, if it has one. Its server is assumed to keep its data
/// there.
fn foreign_volume(standing: &Standing<'_>, service: &str) -> Option<String> {
    let spec = standing.spec;
    let mounts = spec.services.get(service).map_or(&[][..], |service| &service.mounts);
    let volumes = mounts.iter().filter(|mount| !mount.read_only);
    let volumes = volumes.filter_map(|mount| spec.volumes.get(&mount.source));
    volumes.filter(|volume| volume.external).map(|volume| volume.name.clone()).next()
}

/// Runs `script` in the container of `server` until the server answers it. A server that is just being
/// restarted has the time of a check.
pub(crate) async fn ask(
    standing: &Standing<'_>,
    server: &Server,
    script: &str,
    arguments: &[&str],
) -> Result<Answer, Fault> {
    let Server { kind, .. } = server;
    let Some(service) = whereabouts(standing, server).await? else {
        let why = format!("no service runs {} any more", kind.title());
        return Ok(Answer::Unasked(Unread::NoServer, why));
    };
    let deadline = Deadline::new(standing);
    loop {
        let output = match inside(standing, &service, arguments, script, &deadline).await? {
            Some(Inside::Ended(output)) => output,
            Some(Inside::NoShell) => {
                return Ok(Answer::Unasked(Unread::Closed, "its image has no shell".to_owned()));
            }
            None => {
                let why = format!("service {service} has no task");
                return Ok(Answer::Unasked(Unread::NoServer, why));
            }
        };
        if output.ok() {
            return Ok(Answer::Said(output.text()));
        }
        let words = output.complaint();
        if !kind.is_late(&words) {
            return Ok(Answer::Refused(gist(&words)));
        }
        let words = gist(&words);
        deadline.check(|| format!("{} of service {service} to answer: {words}", kind.title()))?;
        sleep(PAUSE).await;
    }
}

/// The service that runs a known server now: the new version may call it by another name.
async fn whereabouts(standing: &Standing<'_>, server: &Server) -> Result<Option<String>, Fault> {
    if standing.spec.services.contains_key(&server.service) {
        return Ok(Some(server.service.clone()));
    }
    let mut same = servers(standing).await?;
    same.retain(|other| other.kind == server.kind);
    Ok(if same.len() == 1 { same.pop().map(|other| other.service) } else { None })
}

/// The time that a server has to answer in.
struct Deadline {
    allowed: Duration,
    at: Instant,
}

impl Deadline {
    fn new(standing: &Standing<'_>) -> Self {
        let allowed = standing.limit;
        Self { allowed, at: Instant::now() + allowed }
    }

    /// The fault says only what was waited for, since a timeout is not a cause.
    fn check(&self, waiting_for: impl FnOnce() -> String) -> Result<(), Fault> {
        if Instant::now() < self.at {
            return Ok(());
        }
        Err(Fault::Deadline { seconds: self.allowed.as_secs(), waiting_for: waiting_for() })
    }

    fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now()).max(Duration::from_secs(1))
    }
}

/// The result of a script that was started in a container.
enum Inside {
    Ended(ExecOutput),
    NoShell,
}

/// Runs a script in the container that runs a service now; `None` where there is no container and none is about
/// to start.
async fn inside(
    standing: &Standing<'_>,
    service: &str,
    arguments: &[&str],
    script: &str,
    deadline: &Deadline,
) -> Result<Option<Inside>, Fault> {
    let engine = standing.engine;
    let stack = standing.stack();
    loop {
        let container = running_container(engine, stack, service).await;
        let container = container.map_err(|error| error.fault())?;
        if let Some(container) = container {
            let command = ["/bin/sh", "-c", script, "sh"].into_iter();
            let exec = ExecSpec::new(command.chain(arguments.iter().copied()));
            match container.exec(&exec.within(deadline.left())).await {
                Ok(output) if matches!(output.exit_code, 126 | 127) => {
                    return Ok(Some(Inside::NoShell));
                }
                Ok(output) => return Ok(Some(Inside::Ended(output))),
                Err(EngineError::Refused { message, .. }) if message.contains("exec failed") => {
                    return Ok(Some(Inside::NoShell));
                }
                // The container was replaced at this moment, and nothing has run in it.
                Err(EngineError::Conflict { .. } | EngineError::NotFound { .. }) => {}
                Err(error) => return Err(error.fault()),
            }
        } else if !is_coming(standing, service).await? {
            return Ok(None);
        }
        deadline.check(|| format!("a running container of service {service}"))?;
        sleep(PAUSE).await;
    }
}

/// True where Swarm wants a task of this service to run and it does not yet.
async fn is_coming(standing: &Standing<'_>, service: &str) -> Result<bool, Fault> {
    let engine = standing.engine;
    let selector = &standing.objects;
    let name = format!("{}_{service}", standing.stack());
    let services = engine.services(selector).await.map_err(|error| error.fault())?;
    let Some(state) = services.into_iter().find(|state| state.name == name) else {
        return Ok(false);
    };
    let tasks = engine.tasks(selector).await.map_err(|error| error.fault())?;
    let wanted = |desired: &str| matches!(desired, "running" | "ready");
    Ok(tasks
        .iter()
        .any(|task| task.service == state.id && wanted(&task.desired) && !task.is_over()))
}

/// What a client complains of, in one line: some echo the statement or warn of something else first,
/// and some say afterwards where in their source they noticed.
fn gist(words: &str) -> String {
    let mut lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    let says = |line: &&str| ["ERROR", "FATAL"].iter().any(|sign| line.contains(sign));
    lines.clone().find(says).or_else(|| lines.next()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::echo(
        "--------------\nSELECT 1\n--------------\n\nERROR 1146 (42S02) at line 1: no",
        "ERROR 1146 (42S02) at line 1: no"
    )]
    #[case::warning(
        "WARNING: insecure\nERROR 1045 (28000): Access denied",
        "ERROR 1045 (28000): Access denied"
    )]
    #[case::source(
        "ERROR:  42P01: no table\nLINE 1: SELECT\nLOCATION:  parse.c:1",
        "ERROR:  42P01: no table"
    )]
    #[case::connection(
        "psql: error: connection to server failed: FATAL:  no role",
        "psql: error: connection to server failed: FATAL:  no role"
    )]
    #[case::other("\nthere is no psql in its container\n", "there is no psql in its container")]
    #[case::silence("", "")]
    fn the_gist_of_a_complaint(#[case] words: &str, #[case] expected: &str) {
        assert_eq!(gist(words), expected);
    }

    #[rstest::rstest]
    #[case::postgres("cc-ci/postgres:17", Some(Kind::Postgres))]
    #[case::digest("127.0.0.1:5055/cc-ci/mariadb@sha256:00", Some(Kind::Mysql))]
    #[case::valkey("valkey/valkey:8-alpine", Some(Kind::Redis))]
    #[case::exporter("prometheuscommunity/postgres-exporter:v1", None)]
    #[case::commander("rediscommander/redis-commander", None)]
    fn an_image_without_a_shell_is_known_by_its_name(
        #[case] image: &str,
        #[case] kind: Option<Kind>,
    ) {
        assert_eq!(Kind::of_image(image), kind);
    }
}
