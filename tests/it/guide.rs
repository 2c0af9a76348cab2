//! The documents for admins: they name all there is, and their commands print what they say they print.

use routing::table::Table;

use crate::console::Reader;

const RULES: &str = include_str!("../../docs/rules.md");

#[tokio::test]
async fn the_commands_of_the_guide_to_the_rules_print_what_it_says() {
    Reader::with_demo().follow(RULES).await;
}

#[tokio::test]
async fn the_recipes_do_what_they_say() {
    Reader::with_demo()
        .follow(include_str!("../../docs/recipes.md"))
        .await;
}

#[tokio::test]
async fn the_commands_of_the_readme_print_what_it_says() {
    Reader::with_server()
        .follow(include_str!("../../README.md"))
        .await;
}

#[tokio::test]
async fn the_first_hour_goes_as_it_says() {
    Reader::new()
        .follow(include_str!("../../docs/first-hour.md"))
        .await;
}

#[tokio::test]
async fn the_commands_for_files_and_edits_print_what_their_guide_says() {
    Reader::with_server()
        .follow(include_str!("../../docs/import-export.md"))
        .await;
}

#[test]
fn every_table_and_column_is_named() {
    for table in Table::ALL {
        assert!(
            RULES.contains(&format!("`{}`", table.name())),
            "{} is not named",
            table.name()
        );
        for column in table.columns() {
            assert!(
                RULES.contains(&format!("`{}`", column.name)),
                "{}.{} is not named",
                table.name(),
                column.name
            );
        }
    }
}
