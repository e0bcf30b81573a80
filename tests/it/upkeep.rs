//! What an administrator does from the command line: copies, another key file, a restored machine.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::serve::{
    configuration, failed, free_address, get, run, serve, set_up, sign_in, text, yorisoi,
};

fn json(said: &str) -> Value {
    serde_json::from_str(said).unwrap()
}

/// Runs a command that must fail and returns what it said.
fn refused(file: &Path, args: &[&str]) -> String {
    failed(&[args, &["--config", text(file)]].concat())
}

#[test]
fn a_deployment_is_copied_while_it_serves_moved_and_given_another_key() {
    let dir = tempfile::tempdir().unwrap();
    let free = free_address();
    let file = configuration(dir.path(), free);
    let link = set_up(&file);
    let (backups, keys) = (dir.path().join("backups"), dir.path().join("keys"));
    let serving = serve(&["serve", "--config", text(&file)], free);
    let (origin, secret) = link.split_once("/signin#").unwrap();
    let cookie = sign_in(origin, secret).unwrap();

    let made = run(&file, &["backup", text(&backups), "--format", "json"]);
    let made = json(&made);
    let backup = made["folder"].as_str().unwrap().to_owned();
    assert_eq!(made["audit_head"].as_str().unwrap().len(), 64);
    let taken = run(&file, &["keys", "backup", text(&keys), "--format", "json"]);
    let key_backup = json(&taken)["file"].as_str().unwrap().to_owned();
    let busy = refused(&file, &["keys", "rotate"]);
    assert!(busy.contains("stop it"), "{busy}");
    assert_eq!(get(origin, "/api/me", &cookie)["municipality"], "若葉市");
    serving.stop();

    // Another key: everything opens under it, and an older key backup with the older file alone.
    let kek = dir.path().join("kek");
    let first = std::fs::read(&kek).unwrap();
    let rotated = json(&run(&file, &["keys", "rotate", "--format", "json"]));
    assert!(rotated["rewrapped"].as_u64().unwrap() >= 1, "{rotated}");
    assert_ne!(std::fs::read(&kek).unwrap(), first);
    assert_eq!(std::fs::read(dir.path().join("kek.old")).unwrap(), first);
    run(&file, &["audit", "verify"]);
    assert!(run(&file, &["user", "list"]).contains("管理者"));
    std::fs::write(dir.path().join("wrong.toml"), other(&file, "moved", "kek")).unwrap();
    std::fs::write(
        dir.path().join("moved.toml"),
        other(&file, "moved", "kek.old"),
    )
    .unwrap();
    let restore = [
        "restore",
        &backup,
        "--keys",
        &key_backup,
        "--without-newer-list",
    ];
    let wrong = refused(&dir.path().join("wrong.toml"), &restore);
    assert!(wrong.contains(".old"), "{wrong}");
    let moved = dir.path().join("moved.toml");
    run(&moved, &restore);
    let again = refused(&moved, &restore);
    assert!(again.contains("is not empty"), "{again}");
    run(&moved, &["audit", "verify"]);
    let serving = serve(&["serve", "--config", text(&moved)], free);
    assert_eq!(get(origin, "/api/me", &cookie)["municipality"], "若葉市");
    serving.stop();

    // What is not finished is not served.
    std::fs::write(dir.path().join("moved/restore-unfinished"), "").unwrap();
    let half = refused(&moved, &["serve"]);
    assert!(half.contains("was not finished"), "{half}");
}

/// The same deployment with another folder and key file.
fn other(file: &Path, data: &str, kek: &str) -> String {
    let dir = file.parent().unwrap();
    let config = std::fs::read_to_string(file).unwrap();
    let config = config.replace(text(&dir.join("data")), text(&dir.join(data)));
    config.replace(
        &format!("{}\"", text(&dir.join("kek"))),
        &format!("{}\"", text(&dir.join(kek))),
    )
}

/// Killed at whatever moment, the next start opens everything under one of the two.
#[test]
fn a_change_of_the_key_that_is_killed_leaves_a_deployment_that_opens() {
    let dir = tempfile::tempdir().unwrap();
    let file = configuration(dir.path(), free_address());
    set_up(&file);
    let place = ["--config", text(&file)];
    let mut finished = 0;
    for moment in 0..16 {
        let rotate = [&["keys", "rotate"], &place[..]].concat();
        let mut rotate = yorisoi(&rotate);
        let rotate = rotate.stdout(Stdio::null()).stderr(Stdio::null());
        let mut rotating = rotate.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(2 + moment * 3));
        // It may be done already.
        let _ = rotating.kill();
        finished += usize::from(rotating.wait().unwrap().success());
        assert!(run(&file, &["user", "list"]).contains("管理者"), "{moment}");
        run(&file, &["audit", "verify"]);
    }
    run(&file, &["keys", "rotate"]);
    assert!(!dir.path().join("kek.new").exists());
    assert!(finished < 16, "none was cut off");
}

/// What the doctor found, by its code, and whether it let the deployment pass.
fn examined(file: &Path, more: &[&str]) -> (bool, Vec<Value>) {
    let models = file.with_file_name("models");
    let args = [
        "doctor",
        "--format",
        "json",
        "--config",
        text(file),
        "--models",
        text(&models),
    ];
    let output = yorisoi(&[&args[..], more].concat()).output().unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    let found: Vec<Value> = serde_json::from_str(&found).unwrap();
    let code = output.status.code().unwrap();
    let bad = found.iter().any(|it| it["state"] == "bad");
    assert_eq!(code, i32::from(bad), "{found:?}");
    (bad, found)
}

/// The findings of this code: state, sentence, command.
fn of(found: &[Value], code: &str) -> Vec<(String, String, String)> {
    let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let all = found.iter().filter(|it| it["code"] == code);
    all.map(|it| (text(it, "state"), text(it, "say"), text(it, "command")))
        .collect()
}

fn expect_bad(file: &Path, more: &[&str], code: &str, command: &str) {
    let (bad, found) = examined(file, more);
    assert!(bad);
    let [(state, say, mends)] = &of(&found, code)[..] else {
        panic!("{code}: {found:?}")
    };
    assert_eq!(state, "bad", "{code}: {say}");
    assert!(say.chars().any(|it| ('ぁ'..='ん').contains(&it)), "{say}");
    assert!(mends.contains(command), "{code}: {mends}");
}

fn expect_good(file: &Path, code: &str) {
    let (_, found) = examined(file, &[]);
    let states: Vec<_> = of(&found, code)
        .into_iter()
        .map(|(state, ..)| state)
        .collect();
    assert_eq!(states, ["good"], "{code}: {found:?}");
}

#[test]
fn the_doctor_says_in_japanese_what_is_wrong_and_the_command_that_mends_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = configuration(dir.path(), free_address());
    let (backups, keys) = (dir.path().join("backups"), dir.path().join("keys"));
    let config = std::fs::read_to_string(&file).unwrap();
    let config = config.replace(
        "[server]",
        &format!("backup_dir = {backups:?}\nkey_backup_dir = {keys:?}\n[server]"),
    );
    std::fs::write(&file, config).unwrap();

    expect_bad(&file, &[], "set_up", "yorisoi keys init --config");
    expect_bad(&file, &[], "key_file", "yorisoi keys init --config");
    set_up(&file);
    expect_good(&file, "set_up");
    expect_good(&file, "audit");
    expect_bad(&file, &[], "contacts", "office contacts --config");
    run(&file, &["office", "contacts", "--office", "中央", "kanri"]);
    expect_good(&file, "contacts");
    expect_bad(&file, &[], "model", "yorisoi models fetch base");

    expect_bad(&file, &[], "backup", "yorisoi backup --config");
    expect_bad(&file, &[], "key_backup", "yorisoi keys backup --config");
    run(&file, &["backup"]);
    run(&file, &["keys", "backup"]);
    for code in ["backup", "key_backup", "destroyed_list"] {
        expect_good(&file, code);
    }
    let list = backups.join("destroyed-keys.log");
    std::fs::write(&list, "lost on the way\n").unwrap();
    expect_bad(&file, &[], "destroyed_list", "yorisoi backup");
    std::fs::write(&list, "").unwrap();
    std::fs::rename(
        only(&backups, "yorisoi-"),
        backups.join("yorisoi-20200101T000000Z"),
    )
    .unwrap();
    std::fs::rename(only(&keys, "keys-"), keys.join("keys-20200101T000000Z.db")).unwrap();
    expect_bad(&file, &[], "backup", "yorisoi backup");
    expect_bad(&file, &[], "key_backup_old", "yorisoi keys backup");
    run(&file, &["keys", "backup"]);
    let (_, found) = examined(&file, &[]);
    assert_eq!(
        of(&found, "key_backup_old"),
        [],
        "the command did not mend it"
    );

    let cert = crate::common::data("tls/cert.pem");
    let (_, found) = examined(&file, &["--tls-cert", text(&cert)]);
    assert_eq!(of(&found, "certificate")[0].0, "good", "{found:?}");
    let (_, found) = examined(&file, &["--tls-cert", text(&file)]);
    assert_eq!(of(&found, "certificate")[0].0, "bad");

    let kek = dir.path().join("kek");
    chmod(&kek, 0o644);
    expect_bad(
        &file,
        &[],
        "key_file",
        &format!("chmod 600 {}", kek.display()),
    );
    chmod(&kek, 0o600);
    // The key lies in the folder by way of a link.
    let inside = dir.path().join("data/kek");
    std::fs::rename(&kek, &inside).unwrap();
    std::os::unix::fs::symlink(&inside, &kek).unwrap();
    expect_bad(&file, &[], "key_place", "mv ");
    std::fs::remove_file(&kek).unwrap();
    std::fs::rename(&inside, &kek).unwrap();
    expect_good(&file, "keys");

    // A change of the key that was cut off before its file was in its place.
    let bytes = std::fs::read(&kek).unwrap();
    run(&file, &["keys", "rotate"]);
    std::fs::rename(&kek, dir.path().join("kek.new")).unwrap();
    std::fs::write(&kek, bytes).unwrap();
    chmod(&kek, 0o600);
    let (_, found) = examined(&file, &[]);
    let [(state, _, command)] = &of(&found, "rotation")[..] else {
        panic!("{found:?}")
    };
    assert_eq!(state, "warning");
    assert!(
        command.contains("yorisoi keys rotate --config"),
        "{command}"
    );
    run(&file, &["keys", "rotate"]);
    let (_, found) = examined(&file, &[]);
    assert_eq!(of(&found, "rotation"), [], "the command did not mend it");

    // The audit is cut; a database of another program; half a restore; no database.
    let heads = dir.path().join("data/audit-head.log");
    let noted = std::fs::read_to_string(&heads).unwrap();
    std::fs::write(&heads, format!("{noted}900 {}\n", "0".repeat(64))).unwrap();
    expect_bad(&file, &[], "audit", "yorisoi audit verify");
    std::fs::write(&heads, noted).unwrap();
    let database = dir.path().join("data/yorisoi.db");
    let whole = dir.path().join("whole.db");
    std::fs::rename(&database, &whole).unwrap();
    expect_bad(&file, &[], "set_up", "yorisoi restore");
    std::fs::write(&database, "").unwrap();
    expect_bad(&file, &[], "schema", "yorisoi migrate --config");
    std::fs::rename(&whole, &database).unwrap();
    expect_good(&file, "keys");
    std::fs::write(dir.path().join("data/restore-unfinished"), "").unwrap();
    expect_bad(&file, &[], "set_up", "yorisoi restore");
}

fn only(folder: &Path, begins: &str) -> std::path::PathBuf {
    let all = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path());
    let mut named = all.filter(|it| {
        it.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with(begins)
    });
    let only = named.next().unwrap();
    assert_eq!(named.next(), None);
    only
}

fn chmod(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}
