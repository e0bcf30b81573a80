//! The audit's end: its oldest events are removed, and an anchor stands for them.

use yorisoi_domain::audit::Head;
use yorisoi_store::Tx;

use super::audit_trail::{AuditError, AuditTrail, PAGE};

impl AuditTrail {
    /// Puts an anchor in the place of every event before `stays`, in the caller's transaction. What is
    /// removed is followed first: a change in it would be gone with it. Returns the last that is gone:
    /// [`AuditTrail::note`] takes it too.
    pub async fn remove(&self, tx: &mut dyn Tx, stays: u64) -> Result<Head, AuditError> {
        let (own, _) = self.noted(0)?;
        let before = self.anchor(tx).await?;
        let noted = [own.from(before)];
        let (mut head, mut after) = (before, 0);
        loop {
            let mut page = tx.audit_events(after, PAGE).await?;
            page.retain(|it| it.event.seq < stays);
            if page.is_empty() {
                break;
            }
            head = self.follow(head, &page, &noted)?;
            after = head.seq;
        }
        if head != before {
            tx.remove_audit(&self.key.anchor(head)).await?;
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent};
    use yorisoi_store::Store as _;

    use super::super::audit_trail::{AuditReport, parse_head};
    use super::super::testing::{House, at};
    use super::*;

    async fn append(house: &House, seconds: std::ops::Range<i64>) {
        for second in seconds {
            let event = AuditEvent {
                at: at(second),
                actor: AuditActor::Operator,
                action: AuditAction::OfficeAdded,
                office: None,
                interview: None,
                subject: None,
                count: 1,
            };
            let mut tx = house.store.begin().await.unwrap();
            let head = house.trail.append(tx.as_mut(), &event).await.unwrap();
            tx.commit().await.unwrap();
            house.trail.note(head).unwrap();
        }
    }

    async fn verify(house: &House) -> Result<AuditReport, AuditError> {
        let mut reader = house.store.read().await.unwrap();
        house.trail.verify(reader.as_mut()).await
    }

    /// The oldest are gone, the rest is whole, and what was known before of heads is held against it as
    /// far as it can be.
    #[tokio::test]
    async fn what_is_left_of_an_audit_verifies_from_its_anchor_on() {
        let house = House::fresh().await;
        append(&house, 0..9).await;
        let all = async |house: &House| {
            let mut reader = house.store.read().await.unwrap();
            house.trail.check(reader.as_mut()).await
        };
        let before = all(&house).await.unwrap();
        let mut tx = house.store.begin().await.unwrap();
        assert_eq!(house.trail.remove(&mut *tx, 6).await.unwrap().seq, 5);
        tx.commit().await.unwrap();
        let report = verify(&house).await.unwrap();
        assert_eq!((report.removed, report.head.seq), (5, 9));
        assert_eq!(report.noted, 5, "heads 5 to 9");
        let mut reader = house.store.read().await.unwrap();
        let on = house.trail.check_on(reader.as_mut(), before).await.unwrap();
        assert_eq!((on.removed(), on.head()), (5, report.head));
        for (seq, whole) in [(4, false), (5, true), (6, true)] {
            let path = house.folder.path().join("audit-head.log");
            let lines = std::fs::read_to_string(path).unwrap();
            let kept = lines.lines().nth(seq - 1).and_then(parse_head).unwrap();
            let held = house
                .trail
                .verify_against(reader.as_mut(), Some(kept))
                .await;
            assert_eq!(held.is_ok(), whole, "{seq}: {held:?}");
        }
        drop(reader);
        // Nothing is due, and then some more is.
        let mut tx = house.store.begin().await.unwrap();
        assert_eq!(house.trail.remove(&mut *tx, 6).await.unwrap().seq, 5);
        assert_eq!(house.trail.remove(&mut *tx, 8).await.unwrap().seq, 7);
        tx.commit().await.unwrap();
        append(&house, 9..11).await;
        let report = verify(&house).await.unwrap();
        assert_eq!((report.removed, report.head.seq), (7, 11));
        // What was changed does not go unseen with what is removed.
        let path = house.folder.path().join("audit-head.log");
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}9 {}\n", "0".repeat(64))).unwrap();
        let mut tx = house.store.begin().await.unwrap();
        let changed = house.trail.remove(&mut *tx, 10).await;
        assert!(
            matches!(changed, Err(AuditError::Rewritten { seq: 9, .. })),
            "{changed:?}"
        );
    }
}
