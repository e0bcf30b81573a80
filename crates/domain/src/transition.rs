//! [`InvalidTransition`]: what a record answers when it is asked for a step that it can't take
//! from where it is. A value, never a panic.

/// The record stays as it was: callers hold on to their copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{record} can't go from `{from}` to `{to}`")]
pub struct InvalidTransition {
    pub record: &'static str,
    pub from: &'static str,
    pub to: &'static str,
}
