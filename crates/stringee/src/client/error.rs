//! What can go wrong with a request to Stringee, said so that somebody can put it right.

/// A request to Stringee's REST API that did not do what it was for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// No answer came.
    #[error("no answer from {url}")]
    Unreachable {
        /// What was asked, without its query.
        url: String,
        /// What the network said.
        source: Box<ureq::Error>,
    },
    /// Stringee said no.
    #[error("Stringee refused to {doing}: {message} (r = {code}, HTTP status {status})")]
    Refused {
        /// What was asked for.
        doing: &'static str,
        /// The answer's `r`.
        code: i64,
        /// The answer's `message` or `msg`.
        message: String,
        /// The HTTP status, which need not agree.
        status: u16,
    },
    /// The answer is not one of Stringee's.
    #[error("the answer to \"{doing}\" is not understood: {fault} (HTTP status {status})")]
    NotUnderstood {
        /// What was asked for.
        doing: &'static str,
        /// What is wrong with the answer.
        fault: String,
        /// The HTTP status.
        status: u16,
    },
    /// A list that never ends, or a contact center larger than any.
    #[error("there are more than {most} rows in the answers to \"{doing}\"; that cannot be right")]
    TooMany {
        /// What was asked for.
        doing: &'static str,
        /// How many rows are read at most.
        most: usize,
    },
    /// There is nothing of that id.
    #[error("there is no {what} {id}; `stringee-router queues list` shows what there is")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// The id.
        id: String,
    },
}

impl ApiError {
    /// Whether the same request may fare better a moment later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } => matches!(
                **source,
                ureq::Error::Io(_)
                    | ureq::Error::Timeout(_)
                    | ureq::Error::ConnectionFailed
                    | ureq::Error::HostNotFound
                    | ureq::Error::ConnectProxyFailed(_)
                    | ureq::Error::Protocol(_)
            ),
            // What stands between us and Stringee says so in its own words.
            Self::NotUnderstood { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            _ => false,
        }
    }
}
