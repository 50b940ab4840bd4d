//! Whether a recorded process still lives.

use rustix::process::{Pid, test_kill_process};

/// The process namespace in which a process id means something, as `pid:[4026531836]`.
pub(crate) fn namespace() -> String {
    let link = std::fs::read_link("/proc/self/ns/pid");
    link.map(|link| link.to_string_lossy().into_owned()).unwrap_or_default()
}

/// When a process started, in clock ticks since the boot (proc(5), `/proc/[pid]/stat`, field 22).
pub(crate) fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the name in parentheses, which may hold spaces and parentheses.
    let rest = stat.rsplit_once(')')?.1;
    rest.split_whitespace().nth(19)?.parse().ok()
}

/// True only where it is certain that the process which was `pid` and began at `began` has ended. A
/// process of another namespace, or one that cannot be looked at, is not known to have ended.
pub(crate) fn is_gone(space: &str, pid: u32, began: Option<u64>) -> bool {
    if space.is_empty() || space != namespace() {
        return false;
    }
    let Some(id) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    if test_kill_process(id) == Err(rustix::io::Errno::SRCH) {
        return true;
    }
    matches!((began, started(pid)), (Some(then), Some(now)) if then != now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_an_ended_one_does_not() {
        let me = std::process::id();
        let (space, began) = (namespace(), started(me));
        assert!(began.is_some() && !space.is_empty());
        assert!(!is_gone(&space, me, began));
        assert!(is_gone(&space, me, Some(1)), "another process has the number now");
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        assert!(is_gone(&space, pid, None));
        assert!(!is_gone("pid:[1]", pid, None), "another namespace has other numbers");
    }
}
