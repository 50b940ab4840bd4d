//! A server that is in a bad mood once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Answers its first request with 503 and every later one with 200.
pub(crate) struct MoodyServer {
    port: u16,
    answered: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl MoodyServer {
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answered = Arc::new(AtomicUsize::new(0));
        let count = answered.clone();
        let listening = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                answer(connection, &count).await;
            }
        });
        Self { port, answered, listening }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Requests so far.
    pub(crate) fn answered(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }
}

async fn answer(mut connection: TcpStream, count: &AtomicUsize) {
    let (mut request, mut chunk) = (Vec::new(), [0; 1024]);
    while !request.ends_with(b"\r\n\r\n") {
        match connection.read(&mut chunk).await {
            // Somebody only looked whether the port is open.
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&chunk[..read]),
        }
    }
    let status = if count.fetch_add(1, Ordering::SeqCst) == 0 { "503 Busy" } else { "200 OK" };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    // A client that went away does not want its answer.
    let _ = connection.write_all(head.as_bytes()).await;
}

impl Drop for MoodyServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
