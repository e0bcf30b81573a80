//! How a note becomes a record: what the approver has before them, for good.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use yorisoi_domain::ids::{RecordId, SegmentId, UserId};
use yorisoi_domain::note::content::Content;
use yorisoi_domain::note::gate::Signature;
use yorisoi_domain::note::workflow::Note;
use yorisoi_domain::risk::flag::State as FlagState;
use yorisoi_store::{FlagRow, RecordRow, Tx};

use super::DAMAGED;
use super::form::{self, FORMAT, Frozen};
use crate::app::consent::hex;
use crate::app::transcripts::party;
use crate::app::withdrawals::withdrawn_seats;
use crate::app::{App, AppError, Loaded, Result, note_view};
use crate::crypto::rows;

/// What an approver has before them.
#[derive(Clone, Copy, Debug)]
pub(in crate::app) struct Reviewed<'a> {
    pub(in crate::app) content: &'a Content,
    pub(in crate::app) flags: &'a [FlagRow],
    pub(in crate::app) signatures: &'a [Signature],
    pub(in crate::app) approver: UserId,
}

impl App {
    /// The row that approves the note: what is shown to the approver now, for good.
    pub(in crate::app) async fn freeze(
        &self,
        tx: &mut dyn Tx,
        it: &Loaded,
        note: &Note,
        reviewed: Reviewed<'_>,
    ) -> Result<RecordRow> {
        let Reviewed {
            content,
            flags,
            signatures,
            approver,
        } = reviewed;
        let interview = it.row.interview.id;
        let (id, at) = (RecordId::new(self.ids.id()), self.now());
        let submission = note.submission().ok_or(AppError::NotReady)?;
        let number = tx.record_number(interview).await?;
        let facts = self.facts(tx, it).await?;
        let (_, _, nurse) = note_view::held(&it.row.interview).ok_or(AppError::NotReady)?;
        let withdrawn = withdrawn_seats(tx, interview).await?;
        let mut segments = tx.segments_of(interview).await?;
        segments.retain(|(of, _)| !withdrawn.contains(of));
        let starts: BTreeMap<_, _> = segments
            .iter()
            .map(|(_, segment)| (segment.id, segment.start.0))
            .collect();
        let mut models: Vec<_> = segments
            .iter()
            .map(|(_, segment)| hex(&segment.model_sha256))
            .collect();
        models.sort_unstable();
        models.dedup();
        let flags = self
            .frozen_flags(tx, flags, (signatures, approver), &starts)
            .await?;
        let mut consent = Vec::new();
        for row in tx.participants_of(interview).await? {
            let entries = tx.consents(row.participant.id).await?;
            let who = party(row.participant.who);
            consent.extend(entries.iter().map(|it| form::Consent::of(who, it)));
        }
        let pack = self.pack_ref_of(tx, &it.row.interview).await?;
        let frozen = Frozen {
            format: FORMAT,
            record: id.uuid(),
            number: number.map(|it| it.to_string()).unwrap_or_default(),
            office: it.row.interview.office.uuid(),
            case: it.case.id.uuid(),
            interview: form::Talk {
                id: interview.uuid(),
                kind: facts.interview.kind,
                method: facts.interview.method,
                started_at: facts.interview.started_at,
                ended_at: facts.interview.ended_at,
                nurse: self.frozen_staff(tx, nurse).await?,
                company: facts.company,
                identity_checked: facts.identity_checked,
            },
            resident: form::Person {
                name: facts.name,
                age: facts.age,
                weeks: facts.weeks,
                due_date: facts.due_date,
            },
            note: form::Note {
                id: note.id.uuid(),
                version: submission.version,
                submitted_by: self.frozen_staff(tx, submission.by).await?,
                submitted_at: submission.at,
                content: content.clone(),
            },
            flags,
            agreed: facts.consent,
            consent,
            rules: form::Rules {
                version: pack.version,
                sha256: hex(&pack.sha256),
            },
            model_sha256: models,
            approver: self.frozen_staff(tx, approver).await?,
            approved_at: at,
        };
        let json = zeroize::Zeroizing::new(serde_json::to_vec(&frozen).map_err(|_| DAMAGED)?);
        let key = self.record_key(interview).await?;
        Ok(RecordRow {
            id,
            note: note.id,
            interview,
            note_version: submission.version,
            content: rows::seal_record(&key, id, &json)?,
            sha256: Sha256::digest(&json).into(),
            approver,
            at,
        })
    }

    async fn frozen_flags(
        &self,
        tx: &mut dyn Tx,
        flags: &[FlagRow],
        (signatures, approver): (&[Signature], UserId),
        starts: &BTreeMap<SegmentId, i64>,
    ) -> Result<Vec<form::Flag>> {
        let mut frozen = Vec::new();
        for row in flags {
            let signed = signatures.iter().find(|signature| {
                (signature.flag, signature.flag_revision, signature.by)
                    == (row.flag.id, row.revision.number(), approver)
            });
            let (state, reason, decision) = match &row.flag.state {
                FlagState::Suggested => ("suggested", None, None),
                FlagState::Confirmed(decision) => ("confirmed", None, Some(*decision)),
                FlagState::Dismissed {
                    decision, reason, ..
                } => ("dismissed", Some(*reason), Some(*decision)),
                FlagState::Held { decision, .. } => ("held", None, Some(*decision)),
            };
            let decided_by = match decision {
                Some(decision) => Some(self.frozen_staff(tx, decision.by).await?),
                None => None,
            };
            let quotes = row.flag.quotes.iter().map(|quote| form::Quote {
                segment: quote.segment.uuid(),
                revision: quote.revision,
                start_ms: starts.get(&quote.segment).copied().unwrap_or_default(),
                part: quote.part,
            });
            frozen.push(form::Flag {
                id: row.flag.id.uuid(),
                item: row.flag.item.clone(),
                label: self.item_label(&row.flag.item),
                tier: row.flag.tier,
                rule: row.flag.found.as_ref().map(|found| found.rule.clone()),
                how: row.flag.origin(),
                rules_version: row.flag.pack.version.clone(),
                revision: row.revision.number(),
                state: state.to_owned(),
                reason,
                decided_by,
                decided_at: decision.map(|decision| decision.at),
                signed_at: signed.map(|signature| signature.at),
                quotes: quotes.collect(),
                written: row.flag.written.iter().map(form::Written::from).collect(),
            });
        }
        Ok(frozen)
    }

    async fn frozen_staff(&self, tx: &mut dyn Tx, user: UserId) -> Result<form::Staff> {
        Ok(form::Staff {
            id: user.uuid(),
            name: self.name_of(tx, user).await?,
        })
    }
}
