//! Tells the edge's own answers from the app's.

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;

use super::answer::Answer;

/// Go's `http.NotFound`, with which Traefik answers where no router matches. An app written in Go
/// that has no page of its own for this cannot be told from it.
const NO_ROUTER: &[u8] = b"404 page not found\n";

/// Bodies with which Traefik answers where it finds no server, or none that answers.
const NO_SERVER: [&[u8]; 4] =
    [b"Bad Gateway", b"Gateway Timeout", b"Service Unavailable", b"no available server"];

/// Why `answer` is the edge's own and not the app's, if it is. `expected` are the statuses with
/// which the app is meant to answer.
pub(super) fn own_answer(answer: &Answer, expected: &[StatusCode]) -> Option<String> {
    let status = answer.status;
    match status.as_u16() {
        404 if answer.body == NO_ROUTER && is_plain_text(answer) => {
            Some("the edge itself answers 404, no router matches".to_owned())
        }
        502..=504 if !expected.contains(&status) || is_no_server(&answer.body) => {
            Some(format!("the edge answers {status}"))
        }
        _ => None,
    }
}

fn is_plain_text(answer: &Answer) -> bool {
    answer
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/plain"))
}

fn is_no_server(body: &[u8]) -> bool {
    NO_SERVER.contains(&body.trim_ascii())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;
    use rstest::rstest;

    use super::*;

    fn answer(status: u16, content_type: &str, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into() }
    }

    const TEXT: &str = "text/plain; charset=utf-8";

    #[rstest]
    #[case::no_router(answer(404, TEXT, "404 page not found\n"), &[404], true)]
    #[case::page_of_the_app(answer(404, "text/html", "<h1>404 Not Found</h1>"), &[200], false)]
    #[case::same_words_as_html(answer(404, "text/html", "404 page not found\n"), &[404], false)]
    #[case::bad_gateway(answer(502, TEXT, "Bad Gateway"), &[200], true)]
    #[case::no_server(answer(503, TEXT, "no available server\n"), &[200, 503], true)]
    #[case::expected_maintenance(answer(503, "text/html", "<p>back soon"), &[503], false)]
    #[case::unexpected_maintenance(answer(503, "text/html", "<p>back soon"), &[200], true)]
    #[case::timeout(answer(504, TEXT, "Gateway Timeout"), &[200], true)]
    #[case::crash_of_the_app(answer(500, TEXT, "Internal Server Error"), &[200], false)]
    #[case::fine(answer(200, TEXT, "404 page not found\n"), &[200], false)]
    fn the_edge_is_told_from_the_app(
        #[case] answer: Answer,
        #[case] expected: &[u16],
        #[case] own: bool,
    ) {
        let expected: Vec<_> =
            expected.iter().map(|code| StatusCode::from_u16(*code).unwrap()).collect();
        assert_eq!(own_answer(&answer, &expected).is_some(), own);
    }
}
