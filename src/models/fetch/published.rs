//! A finished ggml file by URL.
//!
//! Owns the HTTP transfer: connect timeout, size limit, hash on the way, progress bar.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use sha2::Digest;

use super::{SourceError, same_hash, same_size, written};
use crate::models::manifest::Sha256;

/// A host that doesn't answer within this time is given up for the next source.
const CONNECT: Duration = Duration::from_secs(5);

/// From the request to the head of the answer.
const ANSWER: Duration = Duration::from_secs(30);

/// Ends a transfer that stalls; a slow line gets `base` in this time all the same.
const BODY: Duration = Duration::from_secs(3600);

/// Downloads `url` into `target`, which is synced and checked when this returns.
pub(super) fn download(
    url: &str,
    bytes: u64,
    sha256: &Sha256,
    target: &Path,
) -> Result<PathBuf, SourceError> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(ANSWER))
        .timeout_recv_body(Some(BODY))
        .build()
        .into();
    let answer = agent.get(url).call().map_err(|source| SourceError::Url {
        url: url.to_owned(),
        source: Box::new(source),
    })?;
    // One byte more than expected is enough to know that the file is another one.
    let mut body = answer.into_body().into_reader().take(bytes + 1);
    let mut file = File::create(target).map_err(|e| written(target, e))?;
    let mut hasher = sha2::Sha256::new();
    let bar = bar(bytes);
    let mut slice = vec![0; 1 << 16];
    loop {
        let read = body
            .read(&mut slice)
            .map_err(|source| SourceError::Transfer {
                url: url.to_owned(),
                source,
            })?;
        if read == 0 {
            break;
        }
        hasher.update(&slice[..read]);
        file.write_all(&slice[..read])
            .map_err(|e| written(target, e))?;
        bar.inc(read as u64);
    }
    bar.finish_and_clear();
    let found = file.metadata().map_err(|e| written(target, e))?.len();
    same_size(url, found, bytes)?;
    same_hash(url, hasher.into(), sha256)?;
    file.sync_all().map_err(|e| written(target, e))?;
    Ok(target.to_owned())
}

/// A bar of bytes on stderr; nothing is drawn where stderr is no terminal.
pub(super) fn bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec}");
    let bar = ProgressBar::new(bytes);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
