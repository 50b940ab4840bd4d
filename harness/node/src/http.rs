//! Just enough HTTP to ask our own containers on loopback ports whether they answer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// Longest time for one answer.
const LIMIT: Duration = Duration::from_secs(2);
/// Longest answer that is read, bytes. A manifest of an image with 127 layers, the most that Docker
/// allows, has about 32 KiB.
const MOST: u64 = 64 * 1024;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, body) = match end {
            Some(end) => (&bytes[..end], bytes[end + 4..].to_vec()),
            None => (bytes, Vec::new()),
        };
        let head = String::from_utf8_lossy(head);
        let mut first = head.split("\r\n").next()?.split(' ');
        if !first.next()?.starts_with("HTTP/1.") {
            return None;
        }
        let status = first.next()?.parse().ok()?;
        Some(Self { status, body })
    }
}

/// The loopback address with `port`.
pub(crate) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Asks `path` of the loopback `port` with `method`; `accept` is the header of that name.
pub(crate) async fn ask(port: u16, method: &str, path: &str, accept: &str) -> io::Result<Answer> {
    let talk = async {
        let mut stream = TcpStream::connect(loopback(port)).await?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {accept}\r\n\
             Connection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.take(MOST).read_to_end(&mut bytes).await?;
        Answer::parse(&bytes)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the answer is not HTTP"))
    };
    timeout(LIMIT, talk).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Waits until `path` of the loopback `port` answers with `status`; false after `limit`.
pub(crate) async fn wait(port: u16, path: &str, status: u16, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(10);
    loop {
        if ask(port, "GET", path, "*/*").await.is_ok_and(|answer| answer.status == status) {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        // No event says that a process has begun to listen, so the port is polled.
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

#[cfg(test)]
pub(crate) mod fake {
    use std::sync::{Arc, Mutex};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Gives every caller the same answer; returns the port.
    pub(crate) async fn server(answer: &str) -> u16 {
        changing(answer).await.0
    }

    /// The same with an answer that the test may change.
    pub(crate) async fn changing(answer: &str) -> (u16, Arc<Mutex<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Arc::new(Mutex::new(answer.to_owned()));
        let told = Arc::clone(&answer);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let text = told.lock().unwrap().clone();
                let _ = stream.write_all(text.as_bytes()).await;
            }
        });
        (port, answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reads_status_and_body() {
        let port = fake::server("HTTP/1.1 200 OK\r\nX-Digest:  abc \r\n\r\nbody: x").await;
        let answer = ask(port, "GET", "/", "*/*").await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"body: x"[..]));
    }

    #[tokio::test]
    async fn another_protocol_is_not_an_answer() {
        let port = fake::server("SSH-2.0-x\r\n").await;
        assert_eq!(
            ask(port, "GET", "/", "*/*").await.unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
    }

    #[tokio::test]
    async fn waiting_ends_with_the_wanted_status_or_the_limit() {
        let port = fake::server("HTTP/1.1 404 Not Found\r\n\r\n").await;
        assert!(wait(port, "/", 404, Duration::ZERO).await);
        assert!(!wait(port, "/", 200, Duration::ZERO).await);
    }
}
