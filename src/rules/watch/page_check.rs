//! A look through all pages of what was read by a commit, while calls are answered by it already.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::file_stamp::Stamp;
use crate::store::{Reader, StoreError};

/// How long edits may go on, each of which ends the look before it, until one of them waits for its end.
pub(super) const CHECK_AT_LEAST: Duration = Duration::from_mins(1);

/// One look. Dropping it ends it.
pub(super) struct PageCheck {
    found: Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>,
    /// The files when they were read.
    pub(super) stamp: Stamp,
}

impl PageCheck {
    /// Begins with the first question for what was found.
    pub(super) fn new(mut copy: Reader, stamp: Stamp) -> Self {
        let found = Box::pin(async move { copy.check_pages().await });
        Self { found, stamp }
    }

    /// What was found, if it is over.
    pub(super) fn found_by_now(&mut self) -> Option<Result<(), StoreError>> {
        self.found.as_mut().now_or_never()
    }

    /// What was found, once it is over.
    pub(super) async fn found(&mut self) -> Result<(), StoreError> {
        self.found.as_mut().await
    }
}

impl fmt::Debug for PageCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageCheck").finish_non_exhaustive()
    }
}
