//! The status of a plain HTTP request.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The status with which the other end of `stream` answers a plain request for `host`. Only the beginning of
/// the answer is read, so the stream cannot be used again.
///
/// # Errors
/// The stream's own, or an answer that is no HTTP.
pub(crate) async fn status(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    host: &str,
) -> io::Result<u16> {
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await?;
    let code = std::str::from_utf8(&head[9..]).ok().and_then(|code| code.parse().ok());
    code.ok_or_else(|| io::Error::other("no HTTP"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::found("HTTP/1.1 301 Moved\r\n\r\n", Some(301))]
    #[case::no_number("SSH-2.0-OpenSSH_9.9\r\n", None)]
    #[case::cut("HTTP/1.1", None)]
    #[tokio::test]
    async fn only_a_status_line_is_an_answer(#[case] answer: &str, #[case] expected: Option<u16>) {
        let (mut near, mut far) = tokio::io::duplex(256);
        far.write_all(answer.as_bytes()).await.unwrap();
        let asked = async {
            let mut asked = [0; 35];
            let _ = far.read(&mut asked).await;
            drop(far);
        };
        let (status, ()) = tokio::join!(status(&mut near, "app.test"), asked);
        assert_eq!(status.ok(), expected);
    }
}
