//! What is done with a copy once its rows are served: where its tables stand is noted for the next edit, and all of its
//! pages are looked through for damage.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::file_stamp::Stamp;
use crate::store::{Reader, StoreError, TablePages};
use routing::table::RowsMark;

/// How long edits may go on, each of which ends the look before it, until one of them waits for its end.
pub(super) const CHECK_AT_LEAST: Duration = Duration::from_mins(1);

/// The work on one copy. Dropping it ends it.
pub(super) struct PageCheck {
    step: Step,
    noted: Option<Arc<TablePages>>,
    is_checked: bool,
    /// The files when they were read.
    pub(super) stamp: Stamp,
}

enum Step {
    Noting(Work<Result<(Reader, Option<TablePages>), StoreError>>),
    Checking(Work<Result<(), StoreError>>),
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl PageCheck {
    /// Begins with the first question for what was found. A copy that `is_checked` already is not looked through.
    pub(super) fn new(
        mut copy: Reader,
        rows: Vec<RowsMark>,
        before: Option<Arc<TablePages>>,
        is_checked: bool,
        stamp: Stamp,
    ) -> Self {
        let noting = async move {
            let pages = copy.table_pages(rows, before).await?;
            Ok((copy, pages))
        };
        Self {
            step: Step::Noting(Box::pin(noting)),
            noted: None,
            is_checked,
            stamp,
        }
    }

    /// Where the tables stand, once that is known; nothing if it was said already, or cannot be told.
    pub(super) async fn noted(&mut self) -> Option<Arc<TablePages>> {
        self.note().await;
        self.noted.take()
    }

    /// The same, if it is known by now.
    pub(super) fn noted_by_now(&mut self) -> Option<Arc<TablePages>> {
        self.noted().now_or_never()?
    }

    async fn note(&mut self) {
        let Step::Noting(noting) = &mut self.step else {
            return;
        };
        let noted = noting.await;
        let checking: Work<_> = match noted {
            Ok((mut copy, pages)) => {
                self.noted = pages.map(Arc::new);
                let is_checked = self.is_checked;
                Box::pin(async move {
                    if is_checked {
                        return Ok(());
                    }
                    copy.check_pages().await
                })
            }
            Err(error) => Box::pin(async { Err(error) }),
        };
        self.step = Step::Checking(checking);
    }

    /// What was found, if it is over.
    pub(super) fn found_by_now(&mut self) -> Option<Result<(), StoreError>> {
        self.found().now_or_never()
    }

    /// What was found, once it is over.
    pub(super) async fn found(&mut self) -> Result<(), StoreError> {
        self.note().await;
        match &mut self.step {
            Step::Checking(checking) => checking.await,
            Step::Noting(_) => Ok(()),
        }
    }
}

impl fmt::Debug for PageCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageCheck").finish_non_exhaustive()
    }
}
