//! Reading while others write: values as they are, one moment at a time, never nothing instead of something.

use stringee_router::routing::table::{Cell, Table};
use stringee_router::store::{Reader, StoreError};

use crate::database::Database;

#[tokio::test]
async fn a_new_database_has_its_settings_and_nobody_to_ring() {
    let database = Database::empty().await;
    let loaded = Reader::open(&database.path()).await.unwrap().load().await.unwrap();
    assert_eq!(loaded.tables.count(Table::Agents), 0);
    let settings: Vec<&[Cell]> = loaded.tables.rows(Table::Settings).collect();
    assert!(settings.contains(&[Cell::from("country_code"), Cell::from("84")].as_slice()), "{settings:?}");
}

#[tokio::test]
async fn no_file_is_said_so() {
    let database = Database::empty().await;
    let missing = database.path().with_file_name("missing.db");
    let error = Reader::open(&missing).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
}
