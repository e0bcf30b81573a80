//! The deployment itself: whether it is set up and whole, and what its people have to do.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use yorisoi_store::{Keys as _, StoreError};
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore};

use super::State::{Bad, Good, Warning};
use super::{Finding, State, doors, local};
use crate::app::audit::ChainBreak;
use crate::app::{App, OpenError};
use crate::cli::place::Found;
use crate::clock::{Clock as _, SystemClock};
use crate::crypto::kek::{Kek, KekError};
use crate::crypto::keyring::KeyError;
use crate::crypto::rotation::{RotationError, unlock};
use crate::crypto::tombstones::{TombstoneError, Tombstones};
use crate::data_folder::DESTROYED;

/// So many files are named in one command; the next look names the next ones.
const SHOWN: usize = 20;

/// As a shell takes it, whatever is in it.
pub(super) fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// As the page of the audit says it.
fn broken_at(place: ChainBreak) -> String {
    match place {
        ChainBreak::Between { before: 0, after } => {
            format!("{after}件目が、最初の記録として合いません。")
        }
        ChainBreak::Between { before, after } => {
            format!("{before}件目と{after}件目の間が合いません。")
        }
        ChainBreak::CutOff { last, noted } => {
            format!("{last}件目で終わっていますが、控えには{noted}件目まであります。")
        }
        ChainBreak::Rewritten { seq } => format!("{seq}件目が、控えと合いません。"),
        ChainBreak::Beginning { seq } => {
            format!("{seq}件目までを消したという印が、このサービスのものではありません。")
        }
        ChainBreak::SecondFile => "控えのファイルが壊れています。".to_owned(),
    }
}

/// What lies where, before anything is opened.
pub(super) fn look(found: &Found) -> anyhow::Result<Vec<Finding>> {
    Ok(vec![set_up(found), kek(found), place(found)])
}

fn set_up(found: &Found) -> Finding {
    let say = |state, say: String| Finding::new("set_up", "データフォルダー", state, say);
    let (folder, options) = (&found.folder, &found.options);
    let data = folder.path().display();
    if folder.restoring().exists() {
        return say(
            Bad,
            format!("「{data}」への復元が途中で止まっています。撤回された内容が読める状態かもしれません。フォルダーを空にして、もう一度復元してください。"),
        )
        .mended_by(format!("yorisoi restore BACKUP --keys FILE {options}"));
    }
    if folder.beginning().exists() {
        return say(
            Bad,
            format!("「{data}」の準備が途中で止まっています。中身はまだありません。もう一度、同じ準備をすると終わります。"),
        )
        .mended_by(format!("yorisoi keys init {options}"));
    }
    if folder.is_set_up() {
        return say(Good, format!("「{data}」に準備されています。"));
    }
    if folder.keys().exists() || folder.database().exists() {
        let (missing, name) = if folder.keys().exists() {
            (folder.database(), "データベース")
        } else {
            (folder.keys(), "鍵")
        };
        return say(
            Bad,
            format!("{name}のファイル「{}」がありません。残りのファイルだけでは読めません。空のフォルダーに復元してください。", missing.display()),
        )
        .mended_by(format!("yorisoi restore BACKUP --keys FILE {options}"));
    }
    say(Bad, format!("「{data}」はまだ準備されていません。"))
        .mended_by(format!("yorisoi keys init {options}"))
}

fn kek(found: &Found) -> Finding {
    let say = |state, say: String| Finding::new("key_file", "鍵ファイル", state, say);
    let path = found.kek.display();
    match Kek::read(&found.kek) {
        Ok(_) => {
            let mode = fs::metadata(&found.kek).map(|it| it.permissions().mode() & 0o777);
            say(
                Good,
                format!(
                    "「{path}」は所有者だけが読めます({:o})。",
                    mode.unwrap_or(0)
                ),
            )
        }
        Err(KekError::Open { .. }) => say(
            Bad,
            format!("「{path}」を所有者以外の人が読めます。このままではサービスは始まりません。"),
        )
        .mended_by(format!("chmod 600 {path}")),
        Err(KekError::Missing { .. }) if found.folder.is_set_up() => say(
            Bad,
            format!(
                "「{path}」がありません。別に保管している写しを元の場所に戻してください。これがないと、名前も記録も読めません。"
            ),
        ),
        Err(KekError::Missing { .. }) => say(Bad, format!("「{path}」はまだありません。"))
            .mended_by(format!("yorisoi keys init {}", found.options)),
        Err(error) => say(
            Bad,
            format!(
                "「{path}」を使えません({error})。別に保管している写しを元の場所に戻してください。"
            ),
        ),
    }
}

fn place(found: &Found) -> Finding {
    let say = |state, say: &str| Finding::new("key_place", "鍵の置き場所", state, say);
    let real = |path: &Path| path.canonicalize().ok();
    let device = |path: &Path| path.metadata().map(|it| it.dev()).ok();
    let (kek, data) = (&found.kek, found.folder.path());
    match (real(kek), real(data)) {
        (Some(key), Some(folder)) if key.starts_with(&folder) => say(
            Bad,
            "鍵ファイルがデータフォルダーの中にあります。フォルダーを写した人に、すべて読まれます。フォルダーの外に移し、設定の kek_file を直してください。",
        )
        .mended_by(format!("mv {} /etc/yorisoi/kek", key.display())),
        (Some(_), Some(_)) if device(kek) == device(data) => say(
            Warning,
            "鍵ファイルとデータが同じディスクにあります。ディスクを持ち出した人は両方を手にします。別のディスクに移せるなら移してください。",
        ),
        (Some(_), Some(_)) => say(Good, "データとは別のディスクにあります。"),
        _ => say(Warning, "鍵ファイルかデータフォルダーがないため、確かめられません。"),
    }
}

/// What can be known only from inside. What stands in the way of opening is said once.
pub(super) async fn open(found: &Found) -> Vec<Finding> {
    if !found.folder.is_set_up() || found.folder.restoring().exists() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    match schema(found).await {
        Ok(()) => {}
        Err(finding) => return vec![finding],
    }
    match keys(found).await {
        Ok(more) => findings.extend(more),
        Err(finding) => return vec![finding],
    }
    match found.open().await {
        Ok(app) => findings.extend(inside(found, &app).await),
        // What is wrong with the list is said already.
        Err(_)
            if findings
                .iter()
                .any(|it| it.code == "destroyed" && it.state == Bad) => {}
        Err(error) => findings.push(not_open(found, "keys", "鍵とデータ", &error)),
    }
    findings
}

/// Only what is damaged is put back from a backup: whatever else stands in the way goes by itself or with
/// its cause, and a restore would lose what was written since.
fn not_open(
    found: &Found,
    code: &'static str,
    what: &'static str,
    error: &anyhow::Error,
) -> Finding {
    let say = |say: String| Finding::new(code, what, Bad, format!("開けません({error:#})。{say}"));
    let damaged = error.chain().any(|it| {
        matches!(it.downcast_ref(), Some(StoreError::Corrupt(_)))
            || matches!(
                it.downcast_ref(),
                Some(KeyError::Wrapped { .. } | KeyError::Store(StoreError::Corrupt(_)))
            )
    });
    match error.downcast_ref() {
        Some(OpenError::Rotating) => {
            say("鍵を交換しています。終わってから、もう一度確かめてください。".to_owned())
        }
        _ if damaged => {
            say("ファイルが壊れています。空のフォルダーに復元してください。".to_owned()).mended_by(
                format!("yorisoi restore BACKUP --keys FILE {}", found.options),
            )
        }
        _ => say(
            "ディスクの空きと、ファイルの持ち主を確かめてから、もう一度実行してください。"
                .to_owned(),
        ),
    }
}

async fn schema(found: &Found) -> Result<(), Finding> {
    let store = match SqliteStore::open(&found.folder.database()).await {
        Ok(store) => {
            store.close().await;
            Ok(())
        }
        Err(error) => Err(error),
    };
    let keys = match SqliteKeys::open(&found.folder.keys()).await {
        Ok(keys) => {
            keys.close().await;
            Ok(())
        }
        Err(error) => Err(error),
    };
    match store.and(keys) {
        Ok(()) => Ok(()),
        Err(StoreError::Schema(_)) => Err(Finding::new(
            "schema",
            "データベースの形",
            Bad,
            "このプログラムの版と合いません。新しい版に替えたときは、バックアップを取ってから次を実行してください。",
        )
        .mended_by(format!("yorisoi migrate {}", found.options))),
        Err(error) => Err(not_open(found, "schema", "データベースの形", &error.into())),
    }
}

/// Whether the key file opens them, and what waits to be destroyed again.
async fn keys(found: &Found) -> Result<Vec<Finding>, Finding> {
    let say = |state, say: String| Finding::new("keys", "鍵とデータ", state, say);
    let wrong = |error: &dyn std::fmt::Display| {
        say(
            Bad,
            format!(
                "鍵ファイルが、このデータのものではありません({error})。作ったときの鍵ファイルを戻してください。"
            ),
        )
    };
    let failed = |error: anyhow::Error| not_open(found, "keys", "鍵とデータ", &error);
    let keys = SqliteKeys::open(&found.folder.keys()).await;
    let keys = keys.map_err(|error| failed(error.into()))?;
    let unlocked = unlock(&found.kek, &keys).await;
    let whole = keys.keys().await;
    keys.close().await;
    let unlocked = unlocked.map_err(|error| match error {
        RotationError::Keys(KeyError::Wrapped { .. }) | RotationError::Kek(_) => wrong(&error),
        error => failed(error.into()),
    })?;
    let mut findings = Vec::new();
    if let Some(next) = unlocked.unfinished {
        findings.push(
            Finding::new(
                "rotation",
                "鍵の交換",
                Warning,
                format!("途中で止まっています。いまは新しい鍵「{}」で動いています。サービスを止めて、次で終わらせてください。", next.display()),
            )
            .mended_by(format!("yorisoi keys rotate {}", found.options)),
        );
    }
    let list = Tombstones::at(found.folder.tombstones()).read();
    findings.push(match (list, whole) {
        (Ok(list), Ok(whole)) => {
            let back = list.keys.iter().filter(|it| whole.iter().any(|row| row.id == it.id));
            match back.count() {
                0 => Finding::new("destroyed", "消した鍵", Good, "消えたままです。"),
                n => Finding::new(
                    "destroyed",
                    "消した鍵",
                    Warning,
                    format!("消したはずの鍵が{n}個戻っていました。いま、もう一度消しました。古い写しを直接戻したときは、代わりに restore を使ってください。"),
                ),
            }
        }
        (Err(error), _) => damaged_list(found, &error),
        (_, Err(error)) => say(Bad, format!("鍵を読めません({error})。")),
    });
    Ok(findings)
}

/// The copy beside the backups may be behind, so it is not put in the list's place: what the list lacks
/// of it is added.
fn damaged_list(found: &Found, error: &TombstoneError) -> Finding {
    let say = |say: String| Finding::new("destroyed", "消した鍵", Bad, say);
    let TombstoneError::Damaged { line, .. } = error else {
        return say(format!(
            "消した鍵の一覧を読めません({error})。ディスクと、ファイルの持ち主を確かめてください。"
        ));
    };
    let own = found.folder.tombstones();
    let copy = found.folder.tombstones_beside_backups();
    let copy = copy.unwrap_or_else(|| format!("BACKUP_DIR/{DESTROYED}").into());
    let (own, copy) = (own.display(), copy.display());
    say(format!("消した鍵の一覧の{line}行目が壊れています。次を実行すると、その行を除き、バックアップの隣の一覧から足りない行を補います。元の一覧は「{own}.damaged」に残ります。"))
        .mended_by(format!("sed -i.damaged {line}d {own} && grep -vxFf {own} {copy} >> {own}"))
}

async fn inside(found: &Found, app: &App) -> Vec<Finding> {
    let say = |code, what, state, say: &dyn std::fmt::Display| Finding::new(code, what, state, say);
    let options = &found.options;
    let failed = |code, what, error: &dyn std::error::Error| {
        Finding::new(code, what, Bad, format!("確かめられません: {error}"))
    };
    let mut findings = vec![say(
        "keys",
        "鍵とデータ",
        Good,
        &"すべての鍵が開き、データベースの形も合っています。",
    )];
    let version = app.rules_version();
    findings.push(match app.rules_trouble() {
        None => say("rules", "ルール", Good, &format!("版 {version} を使っています。")),
        Some(trouble) => say(
            "rules",
            "ルール",
            Warning,
            &format!("市のルールが、このプログラムのルールと合わないため、版 {version} をそのまま使い続けています({trouble})。ルールの画面で直してください。"),
        ),
    });
    findings.push(match app.verify_audit().await {
        Ok(report) => say(
            "audit",
            "監査の記録",
            Good,
            &format!("{}〜{}件目まで、書かれたとおりです。末尾 {}", report.removed + 1, report.head.seq, report.head.hex()),
        ),
        Err(error) => say(
            "audit",
            "監査の記録",
            Bad,
            &match ChainBreak::of(&error) {
                Some(place) => format!("書かれたままではありません。{}データに触れず、バックアップに書かれた末尾と比べてください。", broken_at(place)),
                None => format!("調べられませんでした({error})。"),
            },
        )
        .mended_by(format!("yorisoi audit verify {options}")),
    });
    match app.last_audit_time().await {
        Ok(Some(last)) if last > SystemClock.now() => findings.push(
            say(
                "clock_back",
                "時計の戻り",
                Bad,
                &format!(
                    "時計が、最後の記録({})より前を指しています。時刻の同期を確かめてください。",
                    local(found, last)
                ),
            )
            .mended_by("timedatectl"),
        ),
        Ok(_) => {}
        Err(error) => findings.push(failed("clock_back", "時計の戻り", &error)),
    }
    match app.clock_doubt().await {
        Ok(None) => {}
        Ok(Some(doubt)) => {
            let (last, days) = (local(found, doubt.last), doubt.days());
            let finding = match doubt.until {
                Some(until) => say(
                    "clock_waits",
                    "時計の進み",
                    Warning,
                    &format!(
                        "時計が、サービスが最後に動いていた時({last})より{days}日先を指しています。消したものは戻らないため、サービスがこのまま{}まで動き続けるまで、期限が来たものの削除を待ちます。時刻が違うときは、それまでに直してください。正しいと分かっていて待たないときは、次を実行してください。",
                        local(found, until)
                    ),
                ),
                None => say(
                    "clock_ahead",
                    "時計の進み",
                    Bad,
                    &format!(
                        "時計が、サービスが最後に動いていた時({last})より{days}日先を指しています。消したものは戻らないため、期限が来たものの削除を止めています。時刻が違うときは、時計を直せば再開します。長い休みのあとなどで時刻が正しければ、次を実行してください。期限が来たものが消え、削除が再開します。"
                    ),
                ),
            };
            findings.push(finding.mended_by(format!("yorisoi purge {options} --clock-is-right")));
        }
        Err(error) => findings.push(failed("clock_ahead", "時計の進み", &error)),
    }
    match app.tried_in_vain().await {
        Ok(tried) => findings.extend(doors::look(&tried, options)),
        Err(error) => findings.push(failed("doors", "失敗した試み", &error)),
    }
    match app.unapproved_soon().await {
        Ok(0) => {}
        Ok(n) => findings.push(say(
            "unapproved",
            "承認を待つ記録",
            Warning,
            &format!("承認されないまま、30日以内に発言が消える面談が{n}件あります。承認する人に「承認を待つ記録」の画面を見てもらってください。"),
        )),
        Err(error) => findings.push(failed("unapproved", "承認を待つ記録", &error)),
    }
    findings.push(match app.stray_sound().await {
        Ok(files) if files.is_empty() => {
            say("stray_sound", "音声のファイル", Good, &"どの記録にも属さないファイルはありません。")
        }
        Ok(files) => {
            let shown: Vec<_> = files.iter().take(SHOWN).map(|file| quoted(file)).collect();
            let end = match files.len() - shown.len() {
                0 => "次を実行すると消えます。".to_owned(),
                left => format!("次を実行すると{}個が消え、{left}個が残ります。そのあと、もう一度 doctor を実行してください。", shown.len()),
            };
            say(
                "stray_sound",
                "音声のファイル",
                Warning,
                &format!("どの記録にも属さないファイルが{}個あります。だれも聞けず、期限が来ても消えません。{end}", files.len()),
            )
            .mended_by(format!("rm -- {}", shown.join(" ")))
        }
        Err(error) => failed("stray_sound", "音声のファイル", &error),
    });
    match app.list_offices().await {
        Ok(offices) if offices.is_empty() => findings.push(
            say("offices", "事務所", Bad, &"まだ一つもありません。")
                .mended_by(format!("yorisoi office add {options} --name NAME --code CODE")),
        ),
        Ok(offices) => findings.extend(offices.iter().map(|(office, people)| {
            let state = if *people == 0 { Bad } else { Good };
            let (name, code) = (&office.name, &office.code);
            let finding = |state: State, text: String| say("contacts", "連絡先", state, &text);
            match people {
                0 => finding(state, format!("「{name}」の連絡先がありません。急ぎの知らせを受ける人がいないため、面談を始められません。"))
                    .mended_by(format!("yorisoi office contacts {options} --office {code} STAFF_ID")),
                n => finding(state, format!("「{name}」は{n}人に知らせます。")),
            }
        })),
        Err(error) => findings.push(failed("offices", "事務所", &error)),
    }
    findings
}
