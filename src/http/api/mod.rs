//! The operations, one file per resource. A handler reads the request, calls one use case and
//! names the answer; who may call it is decided in `app` by the domain's table.

pub(super) mod alerts;
pub(super) mod audit;
pub(super) mod call;
pub(super) mod consent;
pub(super) mod door;
pub(super) mod flags;
pub(super) mod forms;
pub(super) mod help;
pub(super) mod interviews;
pub(super) mod join;
pub(super) mod login;
pub(super) mod notes;
pub(super) mod practice;
pub(super) mod records;
pub(super) mod reviews;
pub(super) mod rules;
pub(super) mod second_factor;
pub(super) mod sessions;
pub(super) mod users;
pub(super) mod voice;
