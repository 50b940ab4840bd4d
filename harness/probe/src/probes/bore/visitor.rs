//! A client that connects to the public end of the tunnel.

use cc_ci_model::Vantage;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::settings::Settings;
use crate::escape::{excerpt, holds};
use crate::params::parse_server_name;
use crate::target::Target;
use crate::tls::{Trust, handshake};
use crate::{Access, BoxStream, ProbeError};

/// What the visitor says, and what is answered at the tunnel's far end.
const QUESTION: &str = "cc-ci asks through the tunnel\n";
const ANSWER: &str = "cc-ci answers from behind it\n";

/// What may come before the end of either, in bytes: the edge adds headers.
const LONGEST: usize = 16 * 1024;

/// A client that has connected to the public end of the tunnel and sent its question.
pub(super) struct Visitor {
    stream: BoxStream,
    /// Where the visitor came to, for a reader.
    place: String,
    /// Whether the edge stands between the visitor and the tunnel. What passes there is HTTP.
    edge: bool,
}

impl Visitor {
    /// Connects to `port` of the server, or over the edge to the name that stands for it.
    pub(super) async fn come(
        settings: &Settings,
        port: u16,
        access: &Access,
    ) -> Result<Self, ProbeError> {
        let mut visitor = match &settings.edge_name {
            None => {
                let mouth = Target { port, ..settings.target.clone() };
                let stream = mouth.connect(access).await?;
                Self { stream, place: mouth.to_string(), edge: false }
            }
            Some(name) => Self::over_the_edge(name.clone(), access).await?,
        };
        let question = match visitor.edge {
            false => QUESTION.to_owned(),
            true => {
                format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", visitor.host())
            }
        };
        let sent = send(&mut visitor.stream, question.as_bytes()).await;
        sent.map_err(|error| visitor.lost(&error.to_string()))?;
        Ok(visitor)
    }

    async fn over_the_edge(name: String, access: &Access) -> Result<Self, ProbeError> {
        let place = format!("https://{name}/");
        let server = parse_server_name(&name).ok_or_else(|| ProbeError::Broken {
            message: format!("edge_name {name:?} is no host name"),
        })?;
        let edge = Target { host: name, port: 443, from: Vantage::Edge };
        let stream = edge.connect(access).await?;
        // The edge's certificate holds for one label below its domain, and tunnels are two labels below it. The
        // operator, not the recipe, chooses the certificate for them.
        let shaken = handshake(stream, server, Trust::AnyCertificate).await;
        let (stream, _) =
            shaken.map_err(|failure| failure.into_probe_error(&place, Vantage::Edge))?;
        Ok(Self { stream: Box::new(stream), place, edge: true })
    }

    fn host(&self) -> &str {
        self.place.trim_start_matches("https://").trim_end_matches('/')
    }

    /// Ends when the visitor gets an answer or is turned away, which must not happen before the client of the
    /// tunnel has accepted the visitor.
    pub(super) async fn turned_away(&mut self) -> ProbeError {
        let mut said = [0; 512];
        match self.stream.read(&mut said).await {
            Ok(count) if self.edge => {
                let line = said[..count].split(|byte| *byte == b'\r').next().unwrap_or_default();
                let detail = format!("the edge itself answers \"{}\"", excerpt(line, 60));
                ProbeError::not_serving(&self.place, detail)
            }
            Ok(0) => self.lost("closed before an answer came"),
            Ok(count) => self.lost(&format!("answered \"{}\"", excerpt(&said[..count], 60))),
            Err(error) => self.lost(&error.to_string()),
        }
    }

    /// Hears the question at the far end, answers there, and hears the answer here.
    pub(super) async fn be_served_by(mut self, mut far_end: BoxStream) -> Result<(), ProbeError> {
        let question = if self.edge { "\r\n\r\n" } else { QUESTION };
        hear(&mut far_end, question).await.map_err(|detail| self.lost(&detail))?;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            ANSWER.len()
        );
        let answer = if self.edge { head + ANSWER } else { ANSWER.to_owned() };
        let sent = send(&mut far_end, answer.as_bytes()).await;
        sent.map_err(|error| self.lost(&error.to_string()))?;
        hear(&mut self.stream, ANSWER).await.map_err(|detail| self.lost(&detail))
    }

    fn lost(&self, detail: &str) -> ProbeError {
        ProbeError::unmet(format!("the tunnel at {} does not carry: {detail}", self.place))
    }
}

async fn send(stream: &mut BoxStream, words: &[u8]) -> std::io::Result<()> {
    stream.write_all(words).await?;
    stream.flush().await
}

/// Reads up to and including `words`.
async fn hear(stream: &mut BoxStream, words: &str) -> Result<(), String> {
    let (mut heard, mut chunk) = (Vec::new(), [0; 1024]);
    while !holds(&heard, words.as_bytes()) {
        let count = stream.read(&mut chunk).await.map_err(|error| error.to_string())?;
        heard.extend_from_slice(&chunk[..count]);
        if count == 0 || heard.len() > LONGEST {
            let (found, wanted) = (excerpt(&heard, 60), excerpt(words.as_bytes(), 60));
            return Err(format!("\"{found}\" came out, without \"{wanted}\""));
        }
    }
    Ok(())
}
