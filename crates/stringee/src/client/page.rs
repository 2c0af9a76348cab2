//! Lists come in pages.
//!
//! ```json
//! {"r": 0, "data": {"totalCount": "120", "totalPages": 3, "currentPage": 1, "limit": 50, "queues": [...]}}
//! ```
//! The total is a text, and its name differs from list to list and from sample to sample: `totalCount`, `totalQueues`,
//! `totalAgents`, `totalGroups`. Not every list is documented to take `page`, so one that gives the same page again has
//! been read.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::reply::Reply;
use super::tolerant::number_of;
use super::{ApiError, Client};

/// Rows asked for at once; the documented default.
const ROWS_PER_PAGE: usize = 50;

/// A contact center has hundreds of agents; a list that does not end must not be read for ever.
const MAX_ROWS: usize = 20_000;

/// A list of the REST API.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    /// For messages.
    pub(super) doing: &'static str,
    /// Where it is.
    pub(super) path: &'static str,
    /// Under which name the rows stand in `data`.
    pub(super) rows: &'static str,
}

#[derive(Debug)]
struct Page {
    rows: Vec<Value>,
    total: Option<usize>,
    pages: Option<usize>,
}

impl Client {
    /// All rows of a list, from as many pages as there are.
    pub(super) fn all<T: DeserializeOwned>(
        &self,
        list: List,
        filter: Option<(&str, &str)>,
    ) -> Result<Vec<T>, ApiError> {
        let mut rows = Vec::new();
        let mut before = Vec::new();
        for number in 1.. {
            let (number_text, limit) = (number.to_string(), ROWS_PER_PAGE.to_string());
            let paging = [("page", &*number_text), ("limit", &*limit)];
            let query: Vec<_> = filter.into_iter().chain(paging).collect();
            let reply = self.get(list.doing, list.path, &query)?;
            let page = Page::of(&reply, list)?;
            if page.rows.is_empty() || page.rows == before {
                break;
            }
            before.clone_from(&page.rows);
            for row in page.rows.iter().cloned() {
                let row = serde_json::from_value(row)
                    .map_err(|fault| reply.not_understood(&format!("a row: {fault}")))?;
                rows.push(row);
            }
            if page.is_last(number, rows.len()) {
                break;
            }
            if rows.len() >= MAX_ROWS {
                return Err(ApiError::TooMany {
                    doing: list.doing,
                    most: MAX_ROWS,
                });
            }
        }
        Ok(rows)
    }
}

impl Page {
    fn of(reply: &Reply, list: List) -> Result<Self, ApiError> {
        let mut data = reply.data();
        let total = total(&data);
        let pages = match data.get("totalPages") {
            Some(pages) => count(pages),
            None => None,
        };
        match data.remove(list.rows) {
            Some(Value::Array(rows)) => Ok(Self { rows, total, pages }),
            None | Some(Value::Null) if total == Some(0) => Ok(Self {
                rows: Vec::new(),
                total,
                pages,
            }),
            _ => Err(reply.not_understood(&format!("it has no list named {}", list.rows))),
        }
    }

    /// Whether nothing follows. A total that is wrong must not cut the list short while pages are full.
    fn is_last(&self, number: usize, so_far: usize) -> bool {
        match (self.pages, self.total) {
            (Some(pages), _) => number >= pages,
            (None, Some(total)) => so_far >= total,
            (None, None) => self.rows.len() < ROWS_PER_PAGE,
        }
    }
}

/// How many rows there are in all, under whatever name.
fn total(data: &Map<String, Value>) -> Option<usize> {
    let is_total = |name: &str| name.starts_with("total") && name != "totalPages";
    let (_, value) = data.iter().find(|(name, _)| is_total(name))?;
    count(value)
}

fn count(value: &Value) -> Option<usize> {
    usize::try_from(number_of(value)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUES: List = List {
        doing: "list the queues",
        path: "/v1/queue",
        rows: "queues",
    };

    fn page(body: &str) -> Result<Page, ApiError> {
        Page::of(
            &Reply::read(QUEUES.doing, 200, body.as_bytes()).unwrap(),
            QUEUES,
        )
    }

    #[test]
    fn the_total_is_a_text_under_any_name() {
        for sample in [
            include_str!("../../../../tests/fixtures/stringee/queue-list-response-totalCount.json"),
            include_str!(
                "../../../../tests/fixtures/stringee/queue-list-response-totalQueues.json"
            ),
        ] {
            let page = page(sample).unwrap();
            assert_eq!(
                (page.rows.len(), page.total, page.pages),
                (1, Some(1), Some(1))
            );
            assert!(page.is_last(1, 1));
        }
    }

    #[test]
    fn an_empty_list_may_be_missing() {
        assert_eq!(
            page(r#"{"r": 0, "data": {"totalQueues": "0"}}"#)
                .unwrap()
                .rows,
            Vec::<Value>::new()
        );
        assert_eq!(
            page(r#"{"r": 0, "data": {"totalQueues": "0", "queues": null}}"#)
                .unwrap()
                .rows
                .len(),
            0
        );
        let error = page(r#"{"r": 0, "data": {"totalQueues": "1"}}"#).unwrap_err();
        assert!(
            error.to_string().contains("it has no list named queues"),
            "{error}"
        );
    }

    #[test]
    fn without_totals_a_short_page_is_the_last() {
        let page = Page {
            rows: vec![Value::Null; ROWS_PER_PAGE],
            total: None,
            pages: None,
        };
        assert!(!page.is_last(1, ROWS_PER_PAGE));
        assert!(
            Page {
                rows: vec![Value::Null],
                ..page
            }
            .is_last(2, ROWS_PER_PAGE + 1)
        );
    }
}
