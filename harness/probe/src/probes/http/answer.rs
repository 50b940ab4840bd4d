//! What came back.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// Status, headers and the beginning of the body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// How much of a body is read, in bytes: more than a page has, and an endless answer ends here.
pub(crate) const BODY_LIMIT: usize = 4 * 1024 * 1024;
