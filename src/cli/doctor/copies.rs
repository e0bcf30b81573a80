//! The backups: whether there are any, how old they are, and whether what was destroyed is noted beside
//! them.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::State::{self, Bad, Good, Warning};
use super::deployment::quoted;
use super::{Finding, local};
use crate::app::backup::{KEYS_KEPT, data_backups, key_backups, key_parts, old_key_files};
use crate::cli::place::Found;
use crate::clock::{Clock as _, SystemClock};
use crate::crypto::lines;
use crate::crypto::tombstones::Tombstones;

/// A day's interviews are lost with a backup of the day before; two days is one that did not run.
const DATA_OLD: SignedDuration = SignedDuration::from_hours(48);

pub(super) fn look(found: &Found) -> Vec<Finding> {
    let options = &found.options;
    let keys = found.config.as_ref();
    let keys = keys.and_then(|it| it.data.key_backup_dir.as_deref());
    let mut findings = vec![
        age(
            found,
            ("backup", "データのバックアップ", "data.backup_dir"),
            found.folder.backups().map(|dir| (dir, data_backups(dir))),
            DATA_OLD,
            format!("yorisoi backup {options}"),
        ),
        age(
            found,
            ("key_backup", "鍵のバックアップ", "data.key_backup_dir"),
            keys.map(|dir| (dir, key_backups(dir))),
            DATA_OLD,
            format!("yorisoi keys backup {options}"),
        ),
    ];
    if let Some(dir) = keys {
        findings.extend(kept_too_long(dir, options));
    }
    findings.extend(key_files_kept_too_long(found));
    findings.extend(beside(found));
    findings
}

type Backups = Result<Vec<(std::path::PathBuf, Timestamp)>, crate::app::backup::BackupError>;

fn age(
    found: &Found,
    (code, what, key): (&'static str, &'static str, &'static str),
    there: Option<(&Path, Backups)>,
    old: SignedDuration,
    command: String,
) -> Finding {
    let say = |state: State, say: String| Finding::new(code, what, state, say);
    let Some((dir, backups)) = there else {
        return say(
            Warning,
            format!(
                "置き場所が設定されていないため、確かめられません。設定の {key} に別のディスクのフォルダーを書いてください。"
            ),
        );
    };
    let dir = dir.display();
    match backups.map(|mut all| all.pop()) {
        Ok(None) => say(Bad, format!("「{dir}」に一つもありません。")).mended_by(command),
        Ok(Some((_, at))) => {
            let hours = SystemClock.now().duration_since(at).as_hours();
            if SystemClock.now().duration_since(at) > old {
                let at = local(found, at);
                say(Bad, format!("最後は{hours}時間前({at})です。毎日取るように、予定の登録を確かめてください。"))
                    .mended_by(command)
            } else {
                say(Good, format!("最後は{hours}時間前です。"))
            }
        }
        Err(error) => say(
            Bad,
            format!("「{dir}」を読めません({error})。ディスクがつながっているか確かめてください。"),
        ),
    }
}

/// What is destroyed has to be gone from backups too.
fn kept_too_long(dir: &Path, options: &str) -> Option<Finding> {
    let now = SystemClock.now();
    let mut backups = key_backups(dir).ok()?;
    backups.extend(key_parts(dir).ok()?);
    let old = backups
        .iter()
        .filter(|(_, at)| now.duration_since(*at) > KEYS_KEPT);
    let old = old.count();
    (old > 0).then(|| {
        Finding::new(
            "key_backup_old",
            "古い鍵のバックアップ",
            Bad,
            format!("7日を過ぎた鍵のバックアップが{old}個残っています。消した内容を読めるようにしてしまいます。次を実行すると消えます。"),
        )
        .mended_by(format!("yorisoi keys backup {options}"))
    })
}

/// A key that somebody could copy goes on opening the backups of its time; those that need it are gone by
/// now.
fn key_files_kept_too_long(found: &Found) -> Option<Finding> {
    let now = SystemClock.now();
    let mut old = old_key_files(&found.kek).ok()?;
    old.retain(|(_, until)| now.duration_since(*until) > KEYS_KEPT);
    let files: Vec<_> = old.iter().map(|(file, _)| quoted(file)).collect();
    (!files.is_empty()).then(|| {
        Finding::new(
            "key_file_old",
            "古い鍵ファイル",
            Bad,
            format!("鍵を替えてから7日を過ぎた鍵ファイルが{}個残っています。そのころのバックアップと合わせると、消した内容まで読めてしまいます。次を実行すると消えます(ほかに控えがあれば、それも消してください)。", files.len()),
        )
        .mended_by(format!("shred -u -- {}", files.join(" ")))
    })
}

fn beside(found: &Found) -> Option<Finding> {
    let copy = found.folder.tombstones_beside_backups()?;
    let say =
        |state: State, say: String| Finding::new("destroyed_list", "消した鍵の一覧", state, say);
    let (shown, backup) = (copy.display(), format!("yorisoi backup {}", found.options));
    let own = std::fs::read(found.folder.tombstones());
    let Ok(there) = std::fs::read(&copy) else {
        return Some(say(Bad, format!("バックアップの隣に一覧「{shown}」がないか、読めません。この機械が壊れると、撤回された内容が復元で読めるようになります。ディスクがつながっているか確かめ、バックアップを取ってください。")).mended_by(backup));
    };
    if let Err(error) = Tombstones::at(copy.clone()).read() {
        return Some(say(Bad, format!("バックアップの隣の一覧が壊れています({error})。このままでは復元できません。次で脇に置き、作り直してください。")).mended_by(format!("mv {shown} {shown}.damaged && {backup}")));
    }
    Some(
        if lines::lacking(&there, &own.unwrap_or_default()).is_empty() {
            say(Good, "バックアップの隣にも同じ一覧があります。".to_owned())
        } else {
            say(Bad, format!("バックアップの隣の一覧「{shown}」が追いついていません。この機械が壊れると、撤回された内容が復元で読めるようになります。ディスクがつながっているか確かめ、バックアップを取ってください。")).mended_by(backup)
        },
    )
}
