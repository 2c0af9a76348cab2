//! Cells as JSON has them, in the history, in plans and in what was pulled.

use serde_json::{Map, Value};

use routing::schema::Column;
use routing::table::{Cell, Table};

/// Some columns of a row by their names.
pub type Image = Map<String, Value>;

/// A cell as JSON has it; bytes that are no text, and numbers that are none, are nothing there.
pub fn json_value(cell: &Cell) -> Value {
    match cell {
        Cell::Null | Cell::Blob(_) => Value::Null,
        Cell::Integer(number) => (*number).into(),
        Cell::Real(number) => (*number).into(),
        Cell::Text(text) => Value::from(&**text),
    }
}

/// The cell that SQLite made a JSON value of.
pub fn cell_of(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::String(text) => Cell::Text(text.as_str().into()),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Cell::Integer(number),
            None => Cell::Real(number.as_f64().unwrap_or_default()),
        },
        other => Cell::Text(other.to_string().into()),
    }
}

/// A row as a JSON object.
pub fn image_of(table: Table, row: &[Cell]) -> Image {
    let mut image = Image::new();
    for (column, cell) in table.columns().iter().zip(row) {
        image.insert(column.name.to_owned(), json_value(cell));
    }
    image
}

/// The row of a JSON object; what it does not name has its default.
pub fn row_of(table: Table, image: &Image) -> Vec<Cell> {
    let cell = |column: &Column| match image.get(column.name) {
        Some(given) => cell_of(given),
        None => column.absent.cell().unwrap_or(Cell::Null),
    };
    table.columns().iter().map(cell).collect()
}

/// A row with the values that a JSON object names.
pub fn with_values(table: Table, row: &[Cell], image: &Image) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(row.len());
    for (column, cell) in table.columns().iter().zip(row) {
        cells.push(match image.get(column.name) {
            Some(given) => cell_of(given),
            None => cell.clone(),
        });
    }
    cells
}
