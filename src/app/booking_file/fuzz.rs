//! What must hold for any bytes that call themselves a table of bookings: a body for `script/fuzz`
//! and for the property test. It panics where a promise is broken.

use std::collections::BTreeMap;

use super::table::{ROWS, read};
use super::typed;

/// Every row is read or refused by its cells, and keeps its place in the file.
pub fn table(data: &[u8]) {
    let Ok(table) = read(data, &BTreeMap::new()) else {
        return;
    };
    assert!(table.rows.len() <= ROWS);
    assert!(
        table
            .rows
            .is_sorted_by(|a, b| 1 < a.number && a.number < b.number)
    );
    for row in &table.rows {
        assert!(!row.cells.is_empty());
        let _ = typed(uuid::Uuid::nil(), row, &jiff::tz::TimeZone::UTC);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "氏名,カナ氏名,生年月日,面談日時,週数\n";

    #[test]
    fn what_was_found_once_is_kept() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/table");
        let mut kept = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            table(&std::fs::read(file.unwrap().path()).unwrap());
            kept += 1;
        }
        assert!(kept > 0);
    }

    proptest! {
        #[test]
        fn any_table_is_read_or_refused(
            cells in prop::collection::vec(
                prop_oneof![
                    Just(",".to_owned()), Just("\n".to_owned()), Just("\"".to_owned()),
                    "[0-9年月日/.:-]{1,12}", "令和[0-9]{1,3}年", "午後[0-9]{1,2}時", "\\PC{0,8}",
                ],
                0..80,
            ),
            bytes in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let mut data = HEAD.as_bytes().to_vec();
            data.extend(cells.concat().as_bytes());
            table(&data);
            data.extend(bytes);
            table(&data);
        }
    }
}
