//! The migrations, built into the program. A file is never changed once it has landed; the next one follows it.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// `PRAGMA application_id` of a rules database: "SRRT".
pub const APPLICATION_ID: i32 = 0x5352_5254;

/// `PRAGMA user_version` of a rules database of this program: the number of its last migration.
pub const SCHEMA_VERSION: i64 = 3;

/// The oldest version that can be read: `select` knows what stands for what a file of it lacks.
pub(super) const OLDEST_VERSION: i64 = 1;

/// Data that shows every kind of rule, to learn from and to try things with.
pub(super) const DEMO: &str = include_str!("../../migrations/sqlite/demo.sql");

/// Number, name and text of a migration.
pub(super) type MigrationText = (i64, &'static str, &'static str);

/// The migrations, oldest first.
const MIGRATIONS: [MigrationText; 3] = [
    (
        1,
        "rules",
        include_str!("../../migrations/sqlite/0001_rules.sql"),
    ),
    (
        2,
        "activity",
        include_str!("../../migrations/sqlite/0002_activity.sql"),
    ),
    (
        3,
        "peoples_time",
        include_str!("../../migrations/sqlite/0003_peoples_time.sql"),
    ),
];

/// What brings a database to [`SCHEMA_VERSION`].
pub(super) fn migrator() -> Migrator {
    migrator_of(MIGRATIONS)
}

/// What makes a database of an earlier version, to see that it is still read and brought up to date.
#[cfg(test)]
pub(super) fn migrator_to(version: i64) -> Migrator {
    migrator_of(MIGRATIONS.into_iter().filter(|source| source.0 <= version))
}

/// What runs the migrations that a database has not seen yet.
pub(super) fn migrator_of(migrations: impl IntoIterator<Item = MigrationText>) -> Migrator {
    let migration = |(version, name, sql): MigrationText| {
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    };
    Migrator::with_migrations(migrations.into_iter().map(migration).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_the_directory_is_listed() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
        let mut files: Vec<(String, String)> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path))
            .filter(|(name, _)| name != "demo.sql")
            .map(|(name, path)| (name, std::fs::read_to_string(path).unwrap()))
            .collect();
        files.sort();
        let listed: Vec<(String, String)> = MIGRATIONS
            .into_iter()
            .map(|(version, name, sql)| (format!("{version:04}_{name}.sql"), sql.to_owned()))
            .collect();
        assert!(
            files == listed,
            "the list of migrations and the directory differ"
        );
        assert_eq!(MIGRATIONS.last().unwrap().0, SCHEMA_VERSION);
    }
}
