//! A small HTTP server whose answers a test decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A server on a loopback port; it is gone when it is dropped.
#[derive(Debug)]
pub struct Server {
    port: u16,
    asked: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl Server {
    /// Answers each request with the status that `answer` has for it, counted from 0. What takes
    /// its time to answer keeps only its own client waiting.
    ///
    /// # Panics
    /// Where no port can be had.
    pub async fn listen<F, A>(answer: F) -> Self
    where
        F: Fn(usize) -> A + Send + 'static,
        A: Future<Output = u16> + Send + 'static,
    {
        let listener = match TcpListener::bind(("127.0.0.1", 0)).await {
            Ok(listener) => listener,
            Err(error) => panic!("no port to listen on: {error}"),
        };
        let port = listener.local_addr().map_or(0, |address| address.port());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let listening = tokio::spawn(async move {
            let mut talks = JoinSet::new();
            while let Ok((mut connection, _)) = listener.accept().await {
                // Somebody may only look whether the port is open.
                if !whole_request(&mut connection).await {
                    continue;
                }
                let answer = answer(count.fetch_add(1, Ordering::SeqCst));
                talks.spawn(async move { say(connection, answer.await).await });
            }
        });
        Self { port, asked, listening }
    }

    /// The address of its only page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Requests so far.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn whole_request(connection: &mut TcpStream) -> bool {
    let (mut request, mut chunk) = (Vec::new(), [0; 1024]);
    while !request.ends_with(b"\r\n\r\n") {
        match connection.read(&mut chunk).await {
            Ok(0) | Err(_) => return false,
            Ok(read) => request.extend_from_slice(&chunk[..read]),
        }
    }
    true
}

async fn say(mut connection: TcpStream, status: u16) {
    let head = format!("HTTP/1.1 {status} -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    // A client that went away does not want its answer.
    let _ = connection.write_all(head.as_bytes()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(server: &Server) -> String {
        let mut connection = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        connection.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn each_request_has_its_answer() {
        let server = Server::listen(|at| async move { [503, 200][at] }).await;
        assert!(ask(&server).await.starts_with("HTTP/1.1 503"));
        assert!(ask(&server).await.starts_with("HTTP/1.1 200"));
        assert_eq!(server.asked(), 2);
    }
}
