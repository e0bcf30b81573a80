//! What several integration tests share.

pub(crate) mod whisper_folder;
