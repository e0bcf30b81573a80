//! The SQLite store: opens the two database files and holds every SQL statement for them.
