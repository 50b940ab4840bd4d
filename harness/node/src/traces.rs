//! What a stack leaves on a machine beside the engine's own objects: mounts and listening ports.

use std::collections::BTreeSet;

use crate::Host;

/// State of a listening TCP socket in `/proc/net/tcp` (`TCP_LISTEN`, include/net/tcp_states.h).
const LISTEN: &str = "0A";

impl Host {
    /// TCP ports on which something listens, on any address.
    #[must_use]
    pub fn listening(&self) -> BTreeSet<u16> {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter();
        let text: String = tables.filter_map(|table| self.read(table)).collect();
        text.lines().filter_map(listening_port).collect()
    }

    /// Mount points, as the kernel writes them (proc(5), mountinfo).
    #[must_use]
    pub fn mount_points(&self) -> BTreeSet<String> {
        let text = self.read("/proc/self/mountinfo").unwrap_or_default();
        text.lines().filter_map(|line| line.split(' ').nth(4)).map(str::to_owned).collect()
    }
}

/// `sl local_address rem_address st …`; the address ends with the port in hexadecimal.
fn listening_port(line: &str) -> Option<u16> {
    let mut words = line.split_whitespace();
    let local = words.nth(1)?;
    let state = words.nth(1)?;
    let (_, port) = local.rsplit_once(':')?;
    (state == LISTEN).then(|| u16::from_str_radix(port, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(files: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let host = Host::at(folder.path());
        (folder, host)
    }

    #[test]
    fn only_listening_sockets_count() {
        let head = "  sl  local_address rem_address   st tx_queue rx_queue\n";
        let tcp = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000\n\
                   1: 0100007F:0050 0100007F:9999 01 00000000:00000000\n";
        let tcp6 = "   0: 00000000000000000000000000000000:FCE2 00:0000 0A 0:0\n";
        let (_kept, host) =
            host(&[("proc/net/tcp", &format!("{head}{tcp}")), ("proc/net/tcp6", tcp6)]);
        assert_eq!(host.listening(), BTreeSet::from([8080, 64738]));
    }

    #[test]
    fn mount_points_are_the_fifth_word() {
        let line = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw\n";
        let (_kept, host) = host(&[("proc/self/mountinfo", line)]);
        assert_eq!(host.mount_points(), BTreeSet::from(["/mnt2".to_owned()]));
        assert!(Host::at("/nonexistent").mount_points().is_empty());
    }
}
