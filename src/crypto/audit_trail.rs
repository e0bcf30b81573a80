//! Appending to the audit inside a use case's transaction, and following its chain afterwards. The
//! head is also noted in a second file, so that rows cut off at the end show.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;

use yorisoi_domain::audit::{AuditEvent, Broken, ChainKey, Head, Link};
use yorisoi_store::{Reader, StoreError, Tx};

use super::kek::{Kek, hex, unhex};

#[derive(Clone, Debug)]
pub struct AuditTrail {
    key: ChainKey,
    heads: PathBuf,
}

/// What `verify` found in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// Events 1 to this one are whole.
    pub head: Head,
    /// Heads in the second file that agree.
    pub noted: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("the audit was changed")]
    Chain(#[source] Broken),
    #[error(
        "the audit ends at event {found}, but `{path}` notes event {noted}: events were cut off"
    )]
    Truncated {
        path: PathBuf,
        found: u64,
        noted: u64,
    },
    #[error("event {seq} is not the one that was noted in `{path}` when it was written")]
    Rewritten { path: PathBuf, seq: u64 },
    #[error("line {line} of `{path}` is damaged")]
    HeadFile { path: PathBuf, line: usize },
    #[error("can't use `{path}`")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Events that are read at a time.
const PAGE: u32 = 1_000;

impl AuditTrail {
    /// `heads` is the second file, `audit-head.log`.
    pub fn new(kek: &Kek, heads: PathBuf) -> Self {
        Self {
            key: kek.chain_key(),
            heads,
        }
    }

    /// Appends the event in the caller's transaction. After its commit the returned head goes to
    /// [`AuditTrail::note`]; of several events in one transaction only the last.
    pub async fn append(&self, tx: &mut dyn Tx, event: &AuditEvent) -> Result<Head, StoreError> {
        let head = tx.audit_head().await?;
        let chained = self.key.chain(head, event);
        tx.append_audit(&chained).await?;
        Ok(Head {
            seq: chained.event.seq,
            link: chained.link,
        })
    }

    /// Notes a committed head. Fails without harm to what was committed: the file is then behind,
    /// which is no contradiction, and the caller logs it.
    pub fn note(&self, head: Head) -> Result<(), AuditError> {
        let failed = |source| AuditError::Io {
            path: self.heads.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.heads)
            .map_err(failed)?;
        let line = format!("{} {}\n", head.seq, hex(&head.link));
        file.write_all(line.as_bytes())
            .and_then(|()| file.sync_data())
            .map_err(failed)
    }

    /// Follows the whole chain and holds it against the noted heads.
    pub async fn verify(&self, reader: &mut dyn Reader) -> Result<AuditReport, AuditError> {
        let noted = self.noted()?;
        let mut head = Head::EMPTY;
        loop {
            let page = reader.audit_events(head.seq, PAGE).await?;
            if page.is_empty() {
                break;
            }
            head = self.key.verify(head, &page).map_err(AuditError::Chain)?;
            for event in &page {
                let seq = event.event.seq;
                if noted.get(&seq).is_some_and(|link| *link != event.link) {
                    return Err(AuditError::Rewritten {
                        path: self.heads.clone(),
                        seq,
                    });
                }
            }
        }
        match noted.last_key_value() {
            Some((&last, _)) if last > head.seq => Err(AuditError::Truncated {
                path: self.heads.clone(),
                found: head.seq,
                noted: last,
            }),
            _ => Ok(AuditReport {
                head,
                noted: noted.len(),
            }),
        }
    }

    /// The second file: number and link. A last line that a crash cut short is passed over.
    fn noted(&self) -> Result<BTreeMap<u64, Link>, AuditError> {
        let text = match std::fs::read_to_string(&self.heads) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(source) => {
                return Err(AuditError::Io {
                    path: self.heads.clone(),
                    source,
                });
            }
        };
        let whole = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        let parsed = whole.enumerate().map(|(index, line)| {
            let (seq, link) = line.trim_end().split_once(' ').unwrap_or_default();
            seq.parse()
                .ok()
                .zip(unhex(link).map(|link| *link))
                .ok_or_else(|| AuditError::HeadFile {
                    path: self.heads.clone(),
                    line: index + 1,
                })
        });
        parsed.collect()
    }
}
