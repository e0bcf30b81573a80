//! `keys.db`, down to the bytes on the disk.

use yorisoi_domain::ids::KeyId;

use super::Backend;
use super::seed::{at, id};
use crate::{Destruction, FoundKey, KeyKind, KeyRow, ServiceKey, StoreError, WRAPPED_BYTES};

fn row(n: u8, kind: KeyKind, owner: u128) -> KeyRow {
    let mut wrapped = [0; WRAPPED_BYTES];
    // A pattern of its own that is found wherever it is left.
    for (place, byte) in (0..).zip(&mut wrapped) {
        *byte = n ^ place ^ 0xa5;
    }
    KeyRow {
        id: KeyId::new(id(n.into())),
        kind,
        owner: id(owner),
        wrapped,
        created_at: at(1),
    }
}

pub async fn a_key_is_found_by_owner_and_kind<B: Backend>() {
    let backend = B::fresh().await;
    let keys = backend.keys();
    let rows = [
        row(1, KeyKind::Audio, 7),
        row(2, KeyKind::Talk, 7),
        row(3, KeyKind::Record, 8),
    ];
    for row in &rows {
        keys.insert_key(row).await.unwrap();
    }
    for row in &rows {
        let found = keys.key(row.kind, row.owner).await.unwrap();
        assert_eq!(found, Some(FoundKey::Whole(row.clone())));
    }
    assert_eq!(keys.key(KeyKind::Person, id(7)).await.unwrap(), None);
    assert_eq!(keys.keys().await.unwrap(), rows);
    let second = keys.insert_key(&row(4, KeyKind::Audio, 7)).await;
    assert!(matches!(second, Err(StoreError::Conflict)), "{second:?}");
}

/// How many files of the backend's folder hold the bytes.
fn files_with(folder: &std::path::Path, bytes: &[u8]) -> usize {
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let holds = |path: &std::path::PathBuf| {
        path.is_file()
            && std::fs::read(path)
                .unwrap()
                .windows(bytes.len())
                .any(|window| window == bytes)
    };
    files.filter(holds).count()
}

pub async fn a_destroyed_key_is_gone_from_the_disk_and_stays_destroyed<B: Backend>() {
    let backend = B::fresh().await;
    let keys = backend.keys();
    // Many, in an order that splits pages, so that copies would be left behind.
    let rows: Vec<_> = (0..200_u8)
        .map(|n| row(n.wrapping_mul(77), KeyKind::Person, u128::from(n) << 100))
        .collect();
    for row in &rows {
        keys.insert_key(row).await.unwrap();
    }
    assert_eq!(
        keys.finish_destruction().await.unwrap(),
        Destruction::Complete
    );
    for row in &rows {
        // The positive control: the same probe finds each of them before.
        assert!(files_with(backend.folder(), &row.wrapped) > 0, "{row:?}");
    }
    let (gone, kept) = rows.split_at(100);
    for row in gone {
        let done = keys.destroy_key(row.id, at(2)).await.unwrap();
        assert_eq!(done, Destruction::Complete);
    }
    for row in gone {
        assert_eq!(files_with(backend.folder(), &row.wrapped), 0, "{row:?}");
        let destroyed = Some(FoundKey::Destroyed {
            id: row.id,
            at: at(2),
        });
        assert_eq!(keys.key(row.kind, row.owner).await.unwrap(), destroyed);
        assert!(matches!(
            keys.insert_key(row).await,
            Err(StoreError::Conflict)
        ));
    }
    for row in kept {
        assert!(files_with(backend.folder(), &row.wrapped) > 0, "{row:?}");
    }
    let _: Destruction = keys.destroy_key(gone[0].id, at(9)).await.unwrap();
    let first = Some(FoundKey::Destroyed {
        id: gone[0].id,
        at: at(2),
    });
    assert_eq!(keys.key(gone[0].kind, gone[0].owner).await.unwrap(), first);
    assert_eq!(keys.keys().await.unwrap().len(), kept.len());
}

const fn fill(which: ServiceKey) -> u8 {
    match which {
        ServiceKey::Lookup => 1,
        ServiceKey::Chain => 2,
    }
}

/// Another key file: everything that is whole is wrapped anew, and nothing of before is left.
pub async fn whole_keys_are_wrapped_anew_together_and_a_copy_has_them<B: Backend>() {
    let backend = B::fresh().await;
    let keys = backend.keys();
    let before = [1, 2, 3].map(|n| row(n, KeyKind::Person, n.into()));
    for row in &before {
        keys.insert_key(row).await.unwrap();
    }
    let _: Destruction = keys.destroy_key(before[2].id, at(2)).await.unwrap();
    for which in ServiceKey::ALL {
        assert_eq!(keys.service_key(which).await.unwrap(), None);
    }
    let mut after = before.clone();
    for (row, n) in after.iter_mut().zip(100..) {
        row.wrapped = self::row(n, KeyKind::Person, 0).wrapped;
    }
    let own = ServiceKey::ALL.map(|which| (which, [fill(which); WRAPPED_BYTES]));
    let done = keys.rewrap(&after, &own).await.unwrap();
    assert_eq!(done, Destruction::Complete);
    assert_eq!(keys.keys().await.unwrap(), after[..2]);
    for (which, wrapped) in own {
        assert_eq!(keys.service_key(which).await.unwrap(), Some(wrapped));
    }
    let marks = keys.marks().await.unwrap();
    let destroyed: Vec<_> = marks.iter().map(|mark| mark.destroyed).collect();
    assert_eq!(destroyed, [false, false, true]);
    assert_eq!((marks[0].id, marks[0].created_at), (before[0].id, at(1)));
    let copy = backend.folder().join("copy");
    std::fs::create_dir(&copy).unwrap();
    keys.copy_to(&copy.join("copy.db")).await.unwrap();
    for (old, new) in before.iter().zip(&after) {
        let kept = usize::from(old.id != before[2].id);
        assert_eq!(files_with(backend.folder(), &old.wrapped), 0);
        assert_eq!(files_with(backend.folder(), &new.wrapped), kept);
        assert_eq!(files_with(&copy, &new.wrapped), kept);
    }
}
