//! Limits that the harness adds where the recipe names none.

use cc_ci_model::{
    Adaptation, AddedLimit, Allotment, Ceiling, Ceilings, Logging, MountSpec, MountType,
    ServiceSpec, StackSpec, VolumeSpec, read_size,
};

use crate::adapt::Change;

const REASON: &str = "the recipe names no limit, and no stack may take the whole machine";
const LOWERED: &str = "a log without end would fill the disk of the machine";

/// Log drivers of the engine that write to its own disk and know `max-size` and `max-file`.
const LOCAL_LOGS: [&str; 2] = ["json-file", "local"];

/// Adds what is missing. The answer has one change for each kind of limit.
pub(crate) fn add(spec: &mut StackSpec, ceilings: &Ceilings) -> Vec<Change> {
    let share = Allotment::of(spec, ceilings);
    let mut told = Told::default();
    for (name, service) in &mut spec.services {
        let resources = &mut service.resources;
        let named = |limit: Option<i64>| limit.is_some_and(|limit| limit > 0);
        if !named(resources.limit_memory_bytes) {
            // Swarm refuses a limit below what is reserved.
            let reserved = resources.reserve_memory_bytes.unwrap_or(0);
            resources.limit_memory_bytes = Some(signed(share.memory).max(reserved));
            resources.added.push(AddedLimit::Memory);
            told.memory.push(name.clone());
        }
        if !named(resources.limit_pids) {
            resources.limit_pids = Some(signed(share.pids));
            resources.added.push(AddedLimit::Pids);
            told.pids.push(name.clone());
        }
        let unbounded = service.mounts.iter_mut().filter(|mount| is_endless(mount));
        for mount in unbounded {
            mount.tmpfs_bytes = Some(ceilings.get(Ceiling::TmpfsBytes));
            told.tmpfs.push(name.clone());
        }
        if bound_log(service, ceilings) {
            told.logs.push(name.clone());
        }
    }
    for (name, volume) in &mut spec.volumes {
        if bound_volume(volume, ceilings) {
            told.tmpfs.push(name.clone());
        }
    }
    told.changes(ceilings, share)
}

/// Which services and volumes got which kind of limit.
#[derive(Default)]
struct Told {
    memory: Vec<String>,
    pids: Vec<String>,
    tmpfs: Vec<String>,
    logs: Vec<String>,
}

impl Told {
    fn changes(self, ceilings: &Ceilings, share: Allotment) -> Vec<Change> {
        let words = |ceiling: Ceiling| ceiling.words(ceilings.get(ceiling));
        let each = Ceiling::MemoryPerTask.words(share.memory);
        let logs =
            format!("{} files of {}", words(Ceiling::LogFiles), words(Ceiling::LogFileBytes));
        let kinds = [
            (self.memory, "memory without limit", format!("{each} of memory"), REASON),
            (self.pids, "processes without limit", format!("{} processes", share.pids), REASON),
            (self.tmpfs, "tmpfs without size", words(Ceiling::TmpfsBytes), REASON),
            (self.logs, "log without or above the limit", logs, LOWERED),
        ];
        let kinds = kinds.into_iter().filter(|(names, ..)| !names.is_empty());
        let change = |(mut names, from, to, reason): (Vec<String>, &str, String, _)| {
            names.dedup();
            let (object, from) = (names.join(", "), from.to_owned());
            Change { what: Adaptation::Limit, object, from, to, reason }
        };
        kinds.map(change).collect()
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn is_endless(mount: &MountSpec) -> bool {
    mount.kind == MountType::Tmpfs && mount.tmpfs_bytes.is_none_or(|bytes| bytes == 0)
}

/// A volume in memory that names no size: to the kernel that is half of the machine.
fn bound_volume(volume: &mut VolumeSpec, ceilings: &Ceilings) -> bool {
    let in_memory = volume.options.get("type").is_some_and(|kind| kind.trim() == "tmpfs");
    let options = volume.options.get("o").cloned().unwrap_or_default();
    let sized = options.split(',').any(|option| option.trim().starts_with("size="));
    if volume.external || !in_memory || sized {
        return false;
    }
    let size = format!("size={}", ceilings.get(Ceiling::TmpfsBytes));
    let options = if options.is_empty() { size } else { format!("{options},{size}") };
    volume.options.insert("o".to_owned(), options);
    true
}

/// Bounds the log of a service; true where that changes something.
fn bound_log(service: &mut ServiceSpec, ceilings: &Ceilings) -> bool {
    let standard = || Logging { driver: LOCAL_LOGS[0].to_owned(), ..Logging::default() };
    let logging = service.logging.get_or_insert_with(standard);
    if !LOCAL_LOGS.contains(&logging.driver.as_str()) {
        return false;
    }
    let (most, files) = (ceilings.get(Ceiling::LogFileBytes), ceilings.get(Ceiling::LogFiles));
    let named = logging.options.get("max-size").map(|text| read_size(text));
    // Less than nothing is without end to Docker; so is what cannot be read here.
    let fits = named.flatten().is_some_and(|bytes| bytes > 0 && bytes <= most);
    let count = logging.options.get("max-file").map(|text| text.trim().parse::<u64>().ok());
    // Docker keeps one file where a size and no number is named.
    let few = match count {
        None => fits,
        Some(count) => count.is_some_and(|count| count > 0 && count <= files),
    };
    if !fits {
        logging.options.insert("max-size".to_owned(), most.to_string());
    }
    if !few {
        logging.options.insert("max-file".to_owned(), files.to_string());
    }
    !fits || !few
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::services;

    const GIB: u64 = 1 << 30;

    fn ceilings() -> Ceilings {
        Ceilings::of_machine(8 * GIB)
    }

    #[test]
    fn each_kind_is_told_once() {
        let mut spec = services(&[("app", "app:1", &["data:/data"]), ("db", "db:1", &[])]);
        let app = spec.services.get_mut("app").unwrap();
        app.mounts.push(MountSpec { kind: MountType::Tmpfs, ..MountSpec::default() });
        app.resources.limit_pids = Some(7);
        let told: Vec<_> = add(&mut spec, &ceilings())
            .into_iter()
            .map(|change| format!("{}: {} → {}", change.object, change.from, change.to))
            .collect();
        let expected = [
            "app, db: memory without limit → 3071 MiB of memory",
            "db: processes without limit → 4096 processes",
            "app: tmpfs without size → 1 GiB",
            "app, db: log without or above the limit → 3 files of 10 MiB",
        ];
        assert_eq!(told, expected);
        let app = &spec.services["app"].resources;
        assert_eq!(
            (app.limit_pids, app.added.as_slice()),
            (Some(7), [AddedLimit::Memory].as_slice())
        );
        assert_eq!(spec.services["db"].resources.added, [AddedLimit::Memory, AddedLimit::Pids]);
        assert_eq!(add(&mut spec, &ceilings()), [], "nothing is left to add");
    }

    #[test]
    fn what_is_reserved_fits_below_the_limit() {
        let mut spec = services(&[("app", "app:1", &[]), ("db", "db:1", &[])]);
        let reserved = Some(signed(4 * GIB));
        spec.services.get_mut("db").unwrap().resources.reserve_memory_bytes = reserved;
        add(&mut spec, &ceilings());
        assert_eq!(spec.services["db"].resources.limit_memory_bytes, reserved);
    }

    #[rstest::rstest]
    #[case::none(&[], "10485760", Some("3"))]
    #[case::small(&[("max-size", "1m")], "1m", None)]
    #[case::small_files(&[("max-size", "1m"), ("max-file", "2")], "1m", Some("2"))]
    #[case::large(&[("max-size", "10g")], "10485760", Some("3"))]
    #[case::many(&[("max-size", "1m"), ("max-file", "999")], "1m", Some("3"))]
    #[case::endless(&[("max-size", "-1")], "10485760", Some("3"))]
    #[case::number_alone(&[("max-file", "2")], "10485760", Some("2"))]
    fn logs_are_bounded(
        #[case] options: &[(&str, &str)],
        #[case] size: &str,
        #[case] files: Option<&str>,
    ) {
        let options = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let logging = Logging { driver: "json-file".to_owned(), options };
        let mut service = ServiceSpec { logging: Some(logging), ..ServiceSpec::default() };
        bound_log(&mut service, &ceilings());
        let options = service.logging.unwrap().options;
        assert_eq!(options["max-size"], size);
        assert_eq!(options.get("max-file").map(String::as_str), files);
        let logging = Logging { driver: "none".to_owned(), ..Logging::default() };
        let mut elsewhere = ServiceSpec { logging: Some(logging), ..ServiceSpec::default() };
        assert!(!bound_log(&mut elsewhere, &ceilings()));
    }

    #[rstest::rstest]
    #[case::no_size("uid=1000", "uid=1000,size=1073741824")]
    #[case::nothing("", "size=1073741824")]
    #[case::size("size=1m", "size=1m")]
    fn a_volume_in_memory_has_a_size(#[case] before: &str, #[case] after: &str) {
        let options =
            [("type".to_owned(), "tmpfs".to_owned()), ("o".to_owned(), before.to_owned())];
        let mut volume = VolumeSpec { options: options.into(), ..VolumeSpec::default() };
        bound_volume(&mut volume, &ceilings());
        assert_eq!(volume.options["o"], after);
        assert!(!bound_volume(&mut VolumeSpec::default(), &ceilings()));
    }
}
