//! The speech models: manifest, fetching, checking, importing.
