//! The messages of the control connection: JSON, each ended by a zero byte.

use serde::{Deserialize, Serialize};

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ours {
    /// The answer to a challenge, in hexadecimal digits.
    Authenticate(String),
    /// Asks for a tunnel from this port, or from any where it is 0.
    Hello(u16),
    /// Takes the visitor with this id over: from here on the connection is the visitor's.
    Accept(String),
}

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Theirs {
    /// The first word of a server with a secret: a UUID.
    Challenge(String),
    /// The tunnel is open, from this port.
    Hello(u16),
    /// Nothing happened; said twice a second.
    Heartbeat,
    /// A visitor came; the id is a UUID.
    Connection(String),
    /// The server's last word.
    Error(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::challenge(r#"{"Challenge":"a-b"}"#, Theirs::Challenge("a-b".into()))]
    #[case::hello(r#"{"Hello":7}"#, Theirs::Hello(7))]
    #[case::heartbeat(r#""Heartbeat""#, Theirs::Heartbeat)]
    #[case::connection(r#"{"Connection":"a-b"}"#, Theirs::Connection("a-b".into()))]
    #[case::error(r#"{"Error":"no"}"#, Theirs::Error("no".into()))]
    fn the_server_s_words(#[case] text: &str, #[case] message: Theirs) {
        assert_eq!(serde_json::from_str::<Theirs>(text).unwrap(), message);
    }

    #[rstest::rstest]
    #[case::authenticate(Ours::Authenticate("0f".into()), r#"{"Authenticate":"0f"}"#)]
    #[case::hello(Ours::Hello(0), r#"{"Hello":0}"#)]
    #[case::accept(Ours::Accept("a-b".into()), r#"{"Accept":"a-b"}"#)]
    fn our_words(#[case] message: Ours, #[case] text: &str) {
        assert_eq!(serde_json::to_string(&message).unwrap(), text);
    }
}
