//! The rows of the tables, as they stand in the file.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::read::given;
use super::sent::SentQuery;
use super::{ApiError, encoded, json_bytes};
use crate::console::Desk;
use crate::console::access::User;
use crate::exchange::{Image, Row, TextFormat, image_of, key_text, to_text};
use crate::store::{callers_of, callers_page, export as all_rows};
use routing::fold::unaccented;
use routing::schema::Column;
use routing::table::{Cell, Table};

const PAGE: u32 = 50;
const MAX_PAGE: u32 = 500;

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    /// A text that some value has.
    q: Option<String>,
    /// `column:value`.
    filter: Option<String>,
    /// A column, or `-column` for the largest first; without it the order of the file.
    sort: Option<String>,
    /// The key of the last row that was seen.
    after: Option<String>,
    limit: Option<u32>,
}

#[derive(Serialize)]
struct ListedRow {
    key: String,
    etag: String,
    row: Image,
}

#[derive(Serialize)]
struct RowsPage {
    table: &'static str,
    /// How many there are; not counted for callers.
    total: Option<usize>,
    rows: Vec<ListedRow>,
    /// Give it as `after` for the next page.
    after: Option<String>,
}

pub(super) async fn list(
    _user: User,
    State(desk): State<Arc<Desk>>,
    Path(table): Path<String>,
    SentQuery(query): SentQuery<ListQuery>,
) -> Result<Response, ApiError> {
    let table = named(&table)?;
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let page = if table == Table::Callers {
        if given(query.sort.as_deref()).is_some_and(|sort| sort != "number") {
            let why = "callers come in the order of their numbers: there may be a million of them";
            return Err(ApiError::unclear("no_such_order", why));
        }
        let after = given(query.after.as_deref()).unwrap_or_default();
        let rows = callers_page(
            &desk.database.rules,
            given(query.q.as_deref()),
            after,
            limit + 1,
        )
        .await?;
        page_of(table, rows, most, None)
    } else {
        desk.work(move |desk| query.page(desk, table, most))
            .await??
    };
    encoded(&page).map(json_bytes)
}

impl ListQuery {
    fn page(&self, desk: &Desk, table: Table, most: usize) -> Result<RowsPage, ApiError> {
        let file = desk.live.rows().ok_or_else(not_read)?;
        let wanted = given(self.q.as_deref()).map(unaccented);
        let filter = given(self.filter.as_deref())
            .map(|filter| filter.split_once(':').unwrap_or((filter, "")));
        let column = filter.map(|(column, _)| column_of(table, column));
        let column = column.transpose()?;
        let is_wanted = |row: &&Row| {
            let has_text = wanted.as_ref().is_none_or(|wanted| {
                row.iter()
                    .any(|cell| unaccented(&said(cell)).contains(wanted))
            });
            let is_filtered = column.zip(filter).is_none_or(|(column, (_, value))| {
                row.get(column.place).map(said).as_deref() == Some(value)
            });
            has_text && is_filtered
        };
        let mut rows: Vec<&Row> = file
            .editable
            .rules
            .rows(table)
            .iter()
            .filter(is_wanted)
            .collect();
        self.sort(table, &mut rows)?;
        let total = rows.len();
        let begin = match given(self.after.as_deref()) {
            None => 0,
            Some(after) => rows
                .iter()
                .position(|row| key_text(table, row) == after)
                .map_or(total, |place| place + 1),
        };
        let rows = rows
            .into_iter()
            .skip(begin)
            .take(most + 1)
            .cloned()
            .collect();
        Ok(page_of(table, rows, most, Some(total)))
    }
}

impl ListQuery {
    /// Rows with the same value stay in the order of the file.
    fn sort(&self, table: Table, rows: &mut [&Row]) -> Result<(), ApiError> {
        let Some(sort) = given(self.sort.as_deref()) else {
            return Ok(());
        };
        let (name, is_reversed) = match sort.strip_prefix('-') {
            Some(name) => (name, true),
            None => (sort, false),
        };
        let place = column_of(table, name)?.place;
        let compare = |one: &&Row, other: &&Row| {
            let cells = (one.get(place), other.get(place));
            match cells {
                (Some(Cell::Integer(one)), Some(Cell::Integer(other))) => one.cmp(other),
                (one, other) => {
                    let text = |cell: Option<&Cell>| cell.map(said).as_deref().map(unaccented);
                    text(one).cmp(&text(other))
                }
            }
        };
        if is_reversed {
            rows.sort_by(|one, other| compare(other, one));
        } else {
            rows.sort_by(compare);
        }
        Ok(())
    }
}

fn column_of(table: Table, name: &str) -> Result<&'static Column, ApiError> {
    table.column(name).ok_or_else(|| {
        ApiError::unclear(
            "no_such_column",
            format_args!("the table has no column '{name}'"),
        )
    })
}

fn page_of(table: Table, mut rows: Vec<Row>, most: usize, total: Option<usize>) -> RowsPage {
    let has_more = rows.len() > most;
    rows.truncate(most);
    let after = rows
        .last()
        .filter(|_| has_more)
        .map(|row| key_text(table, row));
    RowsPage {
        table: table.name(),
        total,
        rows: rows.iter().map(|row| ListedRow::new(table, row)).collect(),
        after,
    }
}

impl ListedRow {
    fn new(table: Table, row: &Row) -> Self {
        let image = image_of(table, row);
        let text = serde_json::to_string(&image).unwrap_or_default();
        Self {
            key: key_text(table, row),
            etag: format!("\"{:016x}\"", xxh3_64(text.as_bytes())),
            row: image,
        }
    }
}

/// What a cell says, for a search.
fn said(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.to_string(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Null | Cell::Blob(_) => String::new(),
    }
}

pub(super) async fn show(
    _user: User,
    State(desk): State<Arc<Desk>>,
    Path((table, key)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let table = named(&table)?;
    let found = if table == Table::Callers {
        callers_of(&desk.database.rules, &[key]).await?.pop()
    } else {
        desk.work(move |desk| {
            let file = desk.live.rows().ok_or_else(not_read)?;
            let rows = file.editable.rules.rows(table);
            let found = rows.iter().find(|row| key_text(table, row) == key);
            Ok::<_, ApiError>(found.cloned())
        })
        .await??
    };
    let row = found.ok_or_else(|| ApiError::missing("no_such_row", "there is no such row"))?;
    let listed = ListedRow::new(table, &row);
    let headers = [
        (ETAG, listed.etag.clone()),
        (CONTENT_TYPE, "application/json".to_owned()),
    ];
    Ok((headers, encoded(&listed)?).into_response())
}

#[derive(Debug, Deserialize)]
pub(super) struct ExportQuery {
    format: Option<String>,
    /// Only these, with commas between them.
    tables: Option<String>,
}

/// All rows, as files have them.
pub(super) async fn export(
    _user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(query): SentQuery<ExportQuery>,
) -> Result<Response, ApiError> {
    let tables = match given(query.tables.as_deref()) {
        None => Table::ALL.to_vec(),
        Some(names) => {
            let tables = names.split(',').map(|name| named(name.trim()));
            tables.collect::<Result<_, ApiError>>()?
        }
    };
    let format = given(query.format.as_deref()).unwrap_or("toml");
    let (format, media_type, name) = match (format, &*tables) {
        ("toml", _) => (
            TextFormat::Toml,
            "application/toml",
            "rules.toml".to_owned(),
        ),
        ("json", _) => (
            TextFormat::Json,
            "application/json",
            "rules.json".to_owned(),
        ),
        ("csv", [table]) => {
            let name = format!("{}.csv", table.name());
            (TextFormat::Csv, "text/csv; charset=utf-8", name)
        }
        ("csv", _) => {
            let why = "a CSV file holds one table: name it as tables=agents";
            return Err(ApiError::unclear("one_table", why));
        }
        _ => {
            let why = "write format=toml, json or csv";
            return Err(ApiError::unclear("no_such_format", why));
        }
    };
    let rules = all_rows(&desk.database.rules).await?;
    let text = desk.work(move |_| to_text(&rules, &tables, format)).await?;
    let text = text.map_err(|error| ApiError::unclear("not_exportable", error))?;
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, text).into_response())
}

fn named(name: &str) -> Result<Table, ApiError> {
    let mut tables = Table::ALL.into_iter();
    tables.find(|table| table.name() == name).ok_or_else(|| {
        ApiError::missing("no_such_table", format_args!("there is no table '{name}'"))
    })
}

fn not_read() -> ApiError {
    ApiError::new(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "not_read",
        "the rules database has not been read yet",
    )
}
