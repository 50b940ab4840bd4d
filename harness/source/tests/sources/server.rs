//! A web server that does what a test wants.

use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Serves until it is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers everything with `status`, as `503 Service Unavailable`.
    pub(crate) async fn answering(status: &'static str) -> Self {
        let headers = "content-length: 0\r\nconnection: close";
        Self::start(move |_| format!("HTTP/1.1 {status}\r\n{headers}\r\n\r\n").into_bytes()).await
    }

    /// Sends everything on to `place`.
    pub(crate) async fn redirecting(place: &'static str) -> Self {
        let headers = format!("location: {place}\r\ncontent-length: 0\r\nconnection: close");
        Self::start(move |_| format!("HTTP/1.1 302 Found\r\n{headers}\r\n\r\n").into_bytes()).await
    }

    /// Serves the files below `folder`, which is all that git's oldest protocol needs.
    pub(crate) async fn files(folder: &Path) -> Self {
        let folder: PathBuf = folder.to_owned();
        Self::start(move |path| {
            let path = path.split('?').next().unwrap_or_default().trim_start_matches('/');
            match std::fs::read(folder.join(path)) {
                Err(_) => {
                    b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                        .to_vec()
                }
                Ok(bytes) => {
                    let length = bytes.len();
                    let mut answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                    )
                    .into_bytes();
                    answer.extend(bytes);
                    answer
                }
            }
        })
        .await
    }

    async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/shop.git", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(path) = asked(&mut stream).await else { continue };
                let _ = stream.write_all(&answer(&path)).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { url, task }
    }
}

async fn asked(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    head.split(' ').nth(1).map(str::to_owned)
}
