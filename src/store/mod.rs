//! The only module that says SQL: the rules database, its migrations and its plain rows.
