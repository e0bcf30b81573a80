//! Appending to the audit inside a use case's transaction, and following its chain afterwards. The
//! head is also noted in a second file, so that rows cut off at the end show.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use yorisoi_domain::audit::{Anchor, AuditEvent, Broken, ChainKey, ChainedEvent, Head, Link};
use yorisoi_store::{Reader, StoreError, Tx};

use super::kek::{Kek, unhex};
use super::lines;

#[derive(Clone, Debug)]
pub struct AuditTrail {
    pub(super) key: ChainKey,
    heads: PathBuf,
}

/// What `verify` found in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// Events 1 to this one were removed in their time.
    pub removed: u64,
    /// Those from there to this one are whole.
    pub head: Head,
    /// Heads in the second file that agree.
    pub noted: usize,
}

/// How far the chain was followed and found in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The last event that was removed.
    anchor: Head,
    report: AuditReport,
    /// Bytes of the second file.
    read: u64,
}

impl Checkpoint {
    pub fn removed(&self) -> u64 {
        self.anchor.seq
    }

    pub fn head(&self) -> Head {
        self.report.head
    }
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
    #[error("the mark that stands for the events up to {seq}, which were removed, is not ours")]
    Anchor { seq: u64 },
    #[error(
        "event {seq} was removed in its time, with all up to event {removed}: a head that was kept later is needed"
    )]
    Removed { seq: u64, removed: u64 },
    #[error("line {line} of `{path}` is damaged")]
    HeadFile { path: PathBuf, line: usize },
    #[error("can't use `{path}`")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Heads that were noted somewhere: number and link, every pair, for two links under one number
/// are what a rewritten audit leaves.
pub(super) struct Noted {
    pub(super) place: PathBuf,
    pub(super) heads: BTreeSet<(u64, Link)>,
}

impl Noted {
    /// What can still be held against the chain.
    pub(super) fn from(self, anchor: Head) -> Self {
        let mut heads = self.heads;
        heads.retain(|(seq, _)| *seq > 0 && *seq >= anchor.seq);
        Self { heads, ..self }
    }
}

/// A head as it is noted and kept: `NUMBER LINK`.
#[must_use]
pub fn noted_form(head: Head) -> String {
    format!("{} {}", head.seq, head.hex())
}

/// The head that [`noted_form`] wrote.
#[must_use]
pub fn parse_head(text: &str) -> Option<Head> {
    let (seq, link) = text.split_once(' ')?;
    let (seq, link) = (seq.parse().ok()?, *unhex(link)?);
    Some(Head { seq, link })
}

/// The chain ends here; no noted head may lie beyond.
pub(super) fn reached(head: Head, noted: &[Noted]) -> Result<AuditReport, AuditError> {
    for noted in noted {
        if let Some(&(last, _)) = noted.heads.last()
            && last > head.seq
        {
            return Err(AuditError::Truncated {
                path: noted.place.clone(),
                found: head.seq,
                noted: last,
            });
        }
    }
    Ok(AuditReport {
        removed: 0,
        head,
        noted: noted.first().map_or(0, |noted| noted.heads.len()),
    })
}

/// Events that are read at a time.
pub(super) const PAGE: u32 = 1_000;

impl AuditTrail {
    /// `heads` is the second file, `audit-head.log`.
    pub fn new(kek: &Kek, heads: PathBuf) -> Self {
        Self {
            key: kek.chain_key(),
            heads,
        }
    }

    /// The same chain with another second file: that of a copy.
    pub fn beside(&self, heads: PathBuf) -> Self {
        Self {
            key: self.key.clone(),
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
        let line = noted_form(head);
        lines::append(&self.heads, &line).map_err(|source| self.failed(source))
    }

    /// Follows the whole chain and holds it against the noted heads.
    pub async fn verify(&self, reader: &mut dyn Reader) -> Result<AuditReport, AuditError> {
        self.verify_against(reader, None).await
    }

    /// The same, and against a head that was kept elsewhere: who cuts off events and their noted
    /// heads alike is found by that alone.
    pub async fn verify_against(
        &self,
        reader: &mut dyn Reader,
        kept: Option<Head>,
    ) -> Result<AuditReport, AuditError> {
        Ok(self.begin(reader, kept).await?.report)
    }

    /// As [`AuditTrail::verify`]; [`AuditTrail::check_on`] can go on from its end.
    pub async fn check(&self, reader: &mut dyn Reader) -> Result<Checkpoint, AuditError> {
        self.begin(reader, None).await
    }

    /// Follows what has come since, and looks whether the event that it goes on from is still the
    /// one that was there. What was changed before it, [`AuditTrail::check`] finds.
    pub async fn check_on(
        &self,
        reader: &mut dyn Reader,
        from: Checkpoint,
    ) -> Result<Checkpoint, AuditError> {
        let Head { seq, link } = from.report.head;
        let moved = self.anchor(reader).await? != from.anchor;
        if moved || seq > 0 && self.stored_link(reader, seq).await? != Some(link) {
            return self.check(reader).await;
        }
        self.go_on(reader, from, seq, None).await
    }

    /// The last event that was removed, if any ever was.
    pub(super) async fn anchor(&self, reader: &mut dyn Reader) -> Result<Head, AuditError> {
        self.anchor_of(reader.audit_anchor().await?.as_ref())
    }

    pub(super) fn anchor_of(&self, found: Option<&Anchor>) -> Result<Head, AuditError> {
        match found {
            None => Ok(Head::EMPTY),
            Some(anchor) if self.key.is_ours(anchor) => Ok(anchor.head),
            Some(anchor) => Err(AuditError::Anchor {
                seq: anchor.head.seq,
            }),
        }
    }

    /// From the first event that is there. Whatever stands before the anchor is none of ours.
    async fn begin(
        &self,
        reader: &mut dyn Reader,
        kept: Option<Head>,
    ) -> Result<Checkpoint, AuditError> {
        let anchor = self.anchor(reader).await?;
        if let Some(kept) = kept.filter(|kept| kept.seq < anchor.seq) {
            return Err(AuditError::Removed {
                seq: kept.seq,
                removed: anchor.seq,
            });
        }
        let from = Checkpoint {
            anchor,
            report: AuditReport {
                removed: anchor.seq,
                head: anchor,
                noted: 0,
            },
            read: 0,
        };
        self.go_on(reader, from, 0, kept).await
    }

    async fn go_on(
        &self,
        reader: &mut dyn Reader,
        from: Checkpoint,
        mut after: u64,
        kept: Option<Head>,
    ) -> Result<Checkpoint, AuditError> {
        let (own, read) = self.noted(from.read)?;
        let (anchor, own) = (from.anchor, own.from(from.anchor));
        let mut head = from.report.head;
        // Heads are noted after the commit, so one of an event that was followed may come late.
        for (seq, link) in own.heads.range(..=(head.seq, [0xff; 32])) {
            // The second file has it too: it was noted when it was made.
            let there = match *seq == anchor.seq {
                true => Some(anchor.link),
                false => self.stored_link(reader, *seq).await?,
            };
            if there != Some(*link) {
                return Err(AuditError::Rewritten {
                    path: own.place,
                    seq: *seq,
                });
            }
        }
        let mut noted = vec![own];
        noted.extend(kept.map(|head| Noted {
            place: "--head".into(),
            heads: [(head.seq, head.link)].into(),
        }));
        loop {
            let page = reader.audit_events(after, PAGE).await?;
            if page.is_empty() {
                break;
            }
            head = self.follow(head, &page, &noted)?;
            after = head.seq;
        }
        let mut report = reached(head, &noted)?;
        report.removed = anchor.seq;
        report.noted += from.report.noted;
        Ok(Checkpoint {
            anchor,
            report,
            read,
        })
    }

    /// From `head` over the next events.
    pub(super) fn follow(
        &self,
        head: Head,
        page: &[ChainedEvent],
        noted: &[Noted],
    ) -> Result<Head, AuditError> {
        let head = self.key.verify(head, page).map_err(AuditError::Chain)?;
        for event in page {
            let seq = event.event.seq;
            for noted in noted {
                let mut links = noted
                    .heads
                    .range((seq, Link::default())..=(seq, [0xff; 32]));
                if links.any(|(_, link)| *link != event.link) {
                    return Err(AuditError::Rewritten {
                        path: noted.place.clone(),
                        seq,
                    });
                }
            }
        }
        Ok(head)
    }

    async fn stored_link(
        &self,
        reader: &mut dyn Reader,
        seq: u64,
    ) -> Result<Option<Link>, AuditError> {
        let found = reader.audit_events(seq - 1, 1).await?;
        let found = found.first().filter(|event| event.event.seq == seq);
        Ok(found.map(|event| event.link))
    }

    /// The second file behind the first `from` bytes. A line that a crash cut short is passed over.
    /// With it, how many bytes have been read.
    pub(super) fn noted(&self, from: u64) -> Result<(Noted, u64), AuditError> {
        let whole = lines::read_on(&self.heads, from);
        let (whole, read) = whole.map_err(|source| self.failed(source))?;
        let parsed = whole.into_iter().map(|(number, line)| {
            parse_head(&line)
                .map(|head| (head.seq, head.link))
                .ok_or_else(|| AuditError::HeadFile {
                    path: self.heads.clone(),
                    line: number,
                })
        });
        let noted = Noted {
            place: self.heads.clone(),
            heads: parsed.collect::<Result<_, _>>()?,
        };
        Ok((noted, read))
    }

    fn failed(&self, source: io::Error) -> AuditError {
        AuditError::Io {
            path: self.heads.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use yorisoi_domain::audit::{AuditAction, AuditActor};
    use yorisoi_store::Store as _;

    use super::super::testing::{House, at};
    use super::*;

    fn event(second: i64) -> AuditEvent {
        AuditEvent {
            at: at(second),
            actor: AuditActor::Operator,
            action: AuditAction::OfficeAdded,
            office: None,
            interview: None,
            subject: None,
            count: 1,
        }
    }

    async fn append(house: &House, seconds: std::ops::Range<i64>) {
        for second in seconds {
            let mut tx = house.store.begin().await.unwrap();
            let head = house
                .trail
                .append(tx.as_mut(), &event(second))
                .await
                .unwrap();
            tx.commit().await.unwrap();
            house.trail.note(head).unwrap();
        }
    }

    async fn verify(house: &House) -> Result<AuditReport, AuditError> {
        let mut reader = house.store.read().await.unwrap();
        house.trail.verify(reader.as_mut()).await
    }

    #[tokio::test]
    async fn what_was_appended_verifies_over_several_pages() {
        let house = House::fresh().await;
        assert_eq!(
            verify(&house).await.unwrap(),
            AuditReport {
                removed: 0,
                head: Head::EMPTY,
                noted: 0
            }
        );
        let mut tx = house.store.begin().await.unwrap();
        let mut head = Head::EMPTY;
        let events = i64::from(PAGE) * 2 + 1;
        for second in 0..events {
            head = house
                .trail
                .append(tx.as_mut(), &event(second))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        house.trail.note(head).unwrap();
        assert_eq!(head.seq, events.unsigned_abs());
        assert_eq!(
            verify(&house).await.unwrap(),
            AuditReport {
                removed: 0,
                head,
                noted: 1
            }
        );
    }

    /// The newest events are taken out of the database as if they had never been; the chain that
    /// is left is whole, and only the second file knows better.
    #[tokio::test]
    async fn events_cut_off_at_the_end_show_by_the_second_file() {
        let house = House::fresh().await;
        append(&house, 0..3).await;
        house.store.close().await;
        let path = house.folder.path().join("yorisoi.db");
        let old = std::fs::read(&path).unwrap();
        let house = House::open(house.folder).await;
        append(&house, 3..5).await;
        assert_eq!(verify(&house).await.unwrap().noted, 5);
        house.store.close().await;
        std::fs::write(&path, &old).unwrap();
        let house = House::open(house.folder).await;
        let cut = verify(&house).await.unwrap_err();
        assert!(
            matches!(
                cut,
                AuditError::Truncated {
                    found: 3,
                    noted: 5,
                    ..
                }
            ),
            "{cut}"
        );
        // Whoever goes on from the cut writes other events under the same numbers.
        append(&house, 9..11).await;
        let rewritten = verify(&house).await.unwrap_err();
        assert!(
            matches!(rewritten, AuditError::Rewritten { seq: 4, .. }),
            "{rewritten}"
        );
    }

    #[tokio::test]
    async fn a_line_cut_short_by_a_crash_is_passed_over_and_a_damaged_one_is_named() {
        let house = House::fresh().await;
        append(&house, 0..2).await;
        let path = house.folder.path().join("audit-head.log");
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        assert_eq!(verify(&house).await.unwrap().noted, 1);
        append(&house, 2..3).await;
        assert_eq!(verify(&house).await.unwrap().noted, 2);
        std::fs::write(&path, format!("x{whole}")).unwrap();
        assert!(matches!(
            verify(&house).await,
            Err(AuditError::HeadFile { line: 1, .. })
        ));
    }

    /// Whoever goes on from a checkpoint sees what was cut off, written anew or damaged since, and
    /// reads no event twice.
    #[tokio::test]
    async fn a_check_goes_on_from_where_the_last_one_ended() {
        let house = House::fresh().await;
        append(&house, 0..3).await;
        let check_on = async |house: &House, from| {
            let mut reader = house.store.read().await.unwrap();
            house.trail.check_on(reader.as_mut(), from).await
        };
        let all = async |house: &House| {
            let mut reader = house.store.read().await.unwrap();
            house.trail.check(reader.as_mut()).await
        };
        let first = all(&house).await.unwrap();
        assert_eq!(check_on(&house, first).await.unwrap(), first);
        append(&house, 3..5).await;
        let second = check_on(&house, first).await.unwrap();
        assert_eq!((second.report.head.seq, second.report.noted), (5, 5));
        assert_eq!(all(&house).await.unwrap(), second);

        // The event that it would go on from is another one.
        let other = Checkpoint {
            report: AuditReport {
                removed: 0,
                head: Head {
                    seq: 3,
                    link: [1; 32],
                },
                noted: 3,
            },
            ..first
        };
        assert_eq!(check_on(&house, other).await.unwrap(), second);
        // A head that was noted before the checkpoint, and is not the one that stands there.
        let path = house.folder.path().join("audit-head.log");
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}2 {}\n", "0".repeat(64))).unwrap();
        let rewritten = check_on(&house, second).await;
        assert!(
            matches!(rewritten, Err(AuditError::Rewritten { seq: 2, .. })),
            "{rewritten:?}"
        );
        std::fs::write(&path, format!("{whole}6 {}\n", "0".repeat(64))).unwrap();
        let cut = check_on(&house, second).await;
        assert!(
            matches!(cut, Err(AuditError::Truncated { noted: 6, .. })),
            "{cut:?}"
        );
        // A file that is shorter than it was is read from its beginning.
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(check_on(&house, second).await.is_ok());
    }
}
