//! What this process logs, kept from the first who asks for it on, and looked through by tests.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing_subscriber::EnvFilter;

/// Everything of our own. What the libraries say at their finest is looked through in `leaks/life.rs`.
const FINE: &str = "info,yorisoi=trace,yorisoi_domain=trace,yorisoi_store_sqlite=trace";

type Lines = Arc<Mutex<Vec<u8>>>;

#[derive(Clone)]
pub(crate) struct Written(pub(crate) Lines);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn lines() -> &'static Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(|| {
        let lines = Lines::default();
        let written = Written(Arc::clone(&lines));
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_env_filter(EnvFilter::new(FINE))
            .with_writer(move || written.clone())
            .finish();
        // A child of the chaos seeds writes its lines elsewhere.
        let _ = tracing::subscriber::set_global_default(subscriber);
        lines
    })
}

/// From now on what is logged is kept.
pub(crate) fn keep() {
    lines();
}

/// What was logged by now, of every test that ran beside.
pub(crate) fn kept() -> Vec<u8> {
    let lines = lines().lock().unwrap_or_else(PoisonError::into_inner);
    lines.clone()
}

/// How much that is.
pub(crate) fn length() -> usize {
    let lines = lines().lock().unwrap_or_else(PoisonError::into_inner);
    lines.len()
}

/// What was logged after the first so many bytes.
pub(crate) fn since(length: usize) -> Vec<u8> {
    let lines = lines().lock().unwrap_or_else(PoisonError::into_inner);
    lines[length..].to_vec()
}

/// How many lines name this and say that.
pub(crate) fn count(named: &str, said: &str) -> usize {
    let all = kept();
    let all = String::from_utf8_lossy(&all);
    let lines = all.lines();
    lines
        .filter(|line| line.contains(said) && line.contains(named))
        .count()
}

/// A child of this binary writes its lines to where its errors go.
pub(crate) fn to_stderr() {
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_env_filter(EnvFilter::new(FINE))
        .with_writer(std::io::stderr)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
}
