//! Frames on the TLS connection: type (2 bytes), length (4 bytes), body; big endian.

use std::io;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The longest body that is accepted, in bytes: the limit of Mumble's own client
/// (`Connection::socketRead`, 0x7fffff).
const LIMIT: u32 = 0x7f_ffff;

/// Why no frame came.
#[derive(Debug, Error)]
pub(super) enum FrameError {
    #[error("the connection ended: {0}")]
    Lost(#[from] io::Error),
    #[error("a frame of {0} bytes, more than any Mumble server sends")]
    TooLong(u32),
}

/// Reads one frame. The body grows as bytes come, whatever length was announced.
pub(super) async fn read<S>(stream: &mut S) -> Result<(u16, Vec<u8>), FrameError>
where
    S: AsyncRead + Unpin,
{
    let kind = stream.read_u16().await?;
    let length = stream.read_u32().await?;
    if length > LIMIT {
        return Err(FrameError::TooLong(length));
    }
    let mut body = Vec::new();
    let count = stream.take(length.into()).read_to_end(&mut body).await?;
    if u32::try_from(count) != Ok(length) {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok((kind, body))
}

/// Writes frames, all at once: a relay on the way may hold back the second of two small packets.
pub(super) async fn write<S>(stream: &mut S, frames: &[(u16, Vec<u8>)]) -> io::Result<()>
where
    S: AsyncWrite + Unpin,
{
    let mut wire = Vec::new();
    for (kind, body) in frames {
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        wire.extend_from_slice(&kind.to_be_bytes());
        wire.extend_from_slice(&length.to_be_bytes());
        wire.extend_from_slice(body);
    }
    stream.write_all(&wire).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_read_back() {
        let mut wire = Vec::new();
        write(&mut wire, &[(7, b"body".to_vec()), (0, Vec::new())]).await.unwrap();
        let mut wire = wire.as_slice();
        assert_eq!(read(&mut wire).await.unwrap(), (7, b"body".to_vec()));
        assert_eq!(read(&mut wire).await.unwrap(), (0, Vec::new()));
        assert!(matches!(read(&mut wire).await, Err(FrameError::Lost(_))));
    }

    #[tokio::test]
    async fn long_and_cut_off_frames_are_refused() {
        let mut long = [0, 7, 0, 0x80, 0, 0, 1, 2, 3].as_slice();
        assert!(matches!(read(&mut long).await, Err(FrameError::TooLong(0x80_0000))));
        let mut cut_off = [0, 7, 0, 0, 0, 4, 1, 2, 3].as_slice();
        assert!(matches!(read(&mut cut_off).await, Err(FrameError::Lost(_))));
    }
}
