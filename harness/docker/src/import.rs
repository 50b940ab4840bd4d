//! Images from a root file system.

use std::io;
use std::path::Path;
use std::time::Duration;

use bollard::body_try_stream;
use bollard::query_parameters::CreateImageOptions;
use bytes::{Bytes, BytesMut};
use cc_ci_engine::{EngineError, ImageState};
use futures_util::stream::{self, Stream, TryStreamExt as _};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use crate::Docker;
use crate::reference::Reference;

/// The engine answers only once it has unpacked everything.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Bytes that are sent at once.
const CHUNK: usize = 256 * 1024;

impl Docker {
    pub(crate) async fn import_archive(
        &self,
        archive: &Path,
        tag: &str,
        labels: &[(String, String)],
    ) -> Result<ImageState, EngineError> {
        let asked = self.asked("import", "image", tag);
        let file = File::open(archive).await;
        let file =
            file.map_err(|error| asked.nonsense(format!("{}: {error}", archive.display())))?;
        let parts = Reference::parse(tag);
        let options = CreateImageOptions {
            from_src: Some("-".to_owned()),
            repo: Some(parts.name.to_owned()),
            tag: Some(parts.tag().to_owned()),
            changes: labels.iter().map(|(key, value)| label(key, value)).collect(),
            ..CreateImageOptions::default()
        };
        let client = self.client.clone().with_timeout(LIMIT);
        client
            .create_image(Some(options), Some(body_try_stream(pieces(file))), None)
            .try_for_each(|_| async { Ok(()) })
            .await
            .map_err(|error| asked.refused(error))?;
        self.present(tag).await
    }
}

fn pieces(file: File) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::try_unfold(file, |mut file| async move {
        let mut piece = BytesMut::with_capacity(CHUNK);
        let read = file.read_buf(&mut piece).await?;
        Ok((read > 0).then(|| (piece.freeze(), file)))
    })
}

/// The engine takes changes as lines of a Dockerfile.
fn label(key: &str, value: &str) -> String {
    format!("LABEL {}={}", quoted(key), quoted(value))
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
    format!("\"{}\"", escaped.replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_become_another_instruction() {
        assert_eq!(label("a.b", "x \"y\" $z\nUSER 0"), r#"LABEL "a.b"="x \"y\" \$z USER 0""#);
    }
}
