//! A value as it stands in the file, with the type it really has.

use sqlx::error::BoxDynError;
use sqlx::sqlite::{Sqlite, SqliteRow, SqliteValueRef};
use sqlx::{Decode, Row as _, TypeInfo as _, ValueRef as _};

use routing::table::Cell;

/// All values of a row.
pub(super) fn cells(row: &SqliteRow) -> Result<Vec<Cell>, sqlx::Error> {
    let mut cells = Vec::with_capacity(row.len());
    for index in 0..row.len() {
        let undecodable = |source| sqlx::Error::ColumnDecode {
            index: index.to_string(),
            source,
        };
        cells.push(cell(row.try_get_raw(index)?).map_err(undecodable)?);
    }
    Ok(cells)
}

/// One value. The driver would make `""` or 0 of a NULL and read text as a number; here the storage class decides.
fn cell(value: SqliteValueRef<'_>) -> Result<Cell, BoxDynError> {
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let class = value.type_info();
    Ok(match class.name() {
        "INTEGER" => Cell::Integer(Decode::<Sqlite>::decode(value)?),
        "REAL" => Cell::Real(Decode::<Sqlite>::decode(value)?),
        "TEXT" => text(Decode::<Sqlite>::decode(value)?),
        _ => Cell::Blob(<&[u8] as Decode<Sqlite>>::decode(value)?.into()),
    })
}

/// What the file calls text; SQLite does not look whether it is valid UTF-8.
fn text(bytes: &[u8]) -> Cell {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cell::Text(text.into()),
        Err(_) => Cell::Blob(bytes.into()),
    }
}
