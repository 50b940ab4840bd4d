//! What a stack leaves on a machine beside the engine's own objects: mounts and listening ports.

use std::collections::BTreeSet;
use std::io;

use crate::Host;

/// State of a listening TCP socket in `/proc/net/tcp` (`TCP_LISTEN`, include/net/tcp_states.h).
const LISTEN: &str = "0A";

impl Host {
    /// TCP ports on which something listens, on any address.
    ///
    /// # Errors
    /// A table of the kernel that cannot be read. A kernel without IPv6 has no `/proc/net/tcp6`.
    pub fn listening(&self) -> io::Result<BTreeSet<u16>> {
        let mut text = self.kernel_text("/proc/net/tcp")?;
        match self.kernel_text("/proc/net/tcp6") {
            Ok(more) => text.push_str(&more),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(text.lines().filter_map(listening_port).collect())
    }

    /// Mount points, as the kernel writes them (proc(5), mountinfo).
    ///
    /// # Errors
    /// The kernel's table cannot be read.
    pub fn mount_points(&self) -> io::Result<BTreeSet<String>> {
        let text = self.kernel_text("/proc/self/mountinfo")?;
        Ok(text.lines().filter_map(|line| line.split(' ').nth(4)).map(str::to_owned).collect())
    }

    /// A table of the kernel; names of files in it need not be UTF-8.
    fn kernel_text(&self, path: &str) -> io::Result<String> {
        let read = std::fs::read(self.path(path));
        let bytes =
            read.map_err(|error| io::Error::new(error.kind(), format!("{path}: {error}")))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
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
        assert_eq!(host.listening().unwrap(), BTreeSet::from([8080, 64738]));
    }

    #[test]
    fn mount_points_are_the_fifth_word() {
        let line = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw\n";
        let (_kept, host) = host(&[("proc/self/mountinfo", line)]);
        assert_eq!(host.mount_points().unwrap(), BTreeSet::from(["/mnt2".to_owned()]));
    }

    #[test]
    fn a_table_that_cannot_be_read_is_not_an_empty_one() {
        let nowhere = Host::at("/nonexistent");
        let said = nowhere.mount_points().unwrap_err().to_string();
        assert!(said.contains("/proc/self/mountinfo"), "{said}");
        assert!(nowhere.listening().is_err());
        let (_kept, without_ipv6) = host(&[("proc/net/tcp", "")]);
        assert!(without_ipv6.listening().unwrap().is_empty());
    }
}
