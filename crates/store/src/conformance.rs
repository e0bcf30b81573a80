//! The test suite of every backend.
