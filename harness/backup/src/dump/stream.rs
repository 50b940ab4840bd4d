//! What a command in a container prints, read as a dump while it comes.

use std::io::{self, Read};
use std::time::Duration;

use cc_ci_dump::Reading;
use cc_ci_engine::{EngineError, ExecOutput, ExecSpec, Node};
use tokio::sync::mpsc::{Receiver, channel};

/// Pieces that wait to be read. The engine sends some tens of kilobytes in each.
const WAITING: usize = 16;

/// What became of a dump that was read out of a container.
#[derive(Debug)]
pub(super) enum Streamed {
    /// It was read; how the command ended.
    Read(Reading, ExecOutput),
    /// It could not be read to its end: the reason.
    Unread(String),
}

/// Runs `exec`, whose output is the dump called `name`, and reads it while it comes. At no time is more
/// than a few pieces of it in memory.
///
/// # Errors
/// The engine's own. A time limit that is reached is no error but [`Streamed::Unread`].
pub(super) async fn read_out(
    (node, container): (&dyn Node, &str),
    exec: &ExecSpec,
    (name, words): (&str, &[String]),
) -> Result<Streamed, EngineError> {
    let (to, from) = channel(WAITING);
    let (name, words) = (name.to_owned(), words.to_vec());
    let mut pieces = Pieces { from, piece: Vec::new(), at: 0 };
    let reader = tokio::task::spawn_blocking(move || cc_ci_dump::read(&name, &words, &mut pieces));
    let output = node.exec_into(container, exec, to).await;
    let reading = reader.await;
    let output = match output {
        Ok(output) => output,
        Err(EngineError::Timeout { .. }) => return Ok(Streamed::Unread(too_late(exec.limit))),
        Err(error) => return Err(error),
    };
    Ok(match reading {
        Ok(Ok(reading)) => Streamed::Read(reading, output),
        Ok(Err(error)) => Streamed::Unread(error.to_string()),
        // A decoder must not take a run down with it.
        Err(error) => Streamed::Unread(format!("its decoder failed: {error}")),
    })
}

pub(super) fn too_late(limit: Duration) -> String {
    format!("it could not be read to its end within {} s", limit.as_secs())
}

struct Pieces {
    from: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            let Some(next) = self.from.blocking_recv() else { return Ok(0) };
            (self.piece, self.at) = (next, 0);
        }
        let count = into.len().min(self.piece.len() - self.at);
        into[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn pieces_are_read_in_their_order_by_a_small_buffer() {
        let (to, from) = tokio::sync::mpsc::channel(4);
        for piece in ["hello", "", " world"] {
            to.blocking_send(piece.as_bytes().to_vec()).unwrap();
        }
        drop(to);
        let mut pieces = Pieces { from, piece: Vec::new(), at: 0 };
        let (mut all, mut buffer) = (Vec::new(), [0; 3]);
        while let count @ 1.. = pieces.read(&mut buffer).unwrap() {
            all.extend_from_slice(&buffer[..count]);
        }
        assert_eq!(all, b"hello world");
    }
}
