//! What an administrator does from the command line: copies, another key file, a restored machine.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use yorisoi::clock::{Clock as _, SystemClock};

use crate::common::scenario::{ADMINISTRATOR, Scenario};
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
    let dir = Scenario::new();
    let free = free_address();
    let file = configuration(dir.path(), free);
    let link = set_up(&file);
    let (backups, keys) = (dir.path().join("backups"), dir.path().join("keys"));
    let serving = serve(&file, &[], free);
    let (origin, secret) = link.split_once("/signin#").unwrap();
    let cookie = sign_in(origin, secret).unwrap();

    let made = run(&file, &["backup", text(&backups), "--format", "json"]);
    let made = json(&made);
    let backup = made["folder"].as_str().unwrap().to_owned();
    assert_eq!(made["audit_head"].as_str().unwrap().len(), 64);
    let taken = run(&file, &["keys", "backup", text(&keys), "--format", "json"]);
    let key_backup = json(&taken)["file"].as_str().unwrap().to_owned();
    let due = json(&run(&file, &["purge", "--dry-run", "--format", "json"]));
    assert_eq!(due["lines"], serde_json::json!([]));
    assert!(run(&file, &["purge"]).contains("nothing destroyed"));
    let off = refused(
        &file,
        &[
            "hold",
            "set",
            &uuid::Uuid::nil().to_string(),
            "--basis",
            "法",
        ],
    );
    assert!(off.contains("legal_hold = true"), "{off}");
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
    let old = only(dir.path(), "kek.old-");
    assert_eq!(std::fs::read(&old).unwrap(), first);
    let old = old.file_name().unwrap().to_str().unwrap();
    run(&file, &["audit", "verify"]);
    assert!(run(&file, &["user", "list"]).contains(ADMINISTRATOR));
    std::fs::write(dir.path().join("wrong.toml"), other(&file, "moved", "kek")).unwrap();
    std::fs::write(dir.path().join("moved.toml"), other(&file, "moved", old)).unwrap();
    let restore = [
        "restore",
        &backup,
        "--keys",
        &key_backup,
        "--without-newer-list",
    ];
    let wrong = refused(&dir.path().join("wrong.toml"), &restore);
    assert!(wrong.contains(".old-"), "{wrong}");
    let moved = dir.path().join("moved.toml");
    run(&moved, &restore);
    let again = refused(&moved, &restore);
    assert!(again.contains("is not empty"), "{again}");
    run(&moved, &["audit", "verify"]);
    let link = run(&moved, &["user", "link", "kanri"]);
    let serving = serve(&moved, &[], free);
    // Who signed out after the backup would be in again: everybody has to sign in anew.
    let asked = ureq::get(format!("{origin}/api/me"));
    let asked = asked.header("cookie", &cookie).call();
    assert!(
        matches!(asked, Err(ureq::Error::StatusCode(401))),
        "{asked:?}"
    );
    let (_, secret) = link.trim().split_once("/signin#").unwrap();
    let secret = secret.split_whitespace().next().unwrap();
    assert!(sign_in(origin, secret).is_some());
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
    let dir = Scenario::new();
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
        // Its chain is followed by a key that is wrapped like every other.
        run(&file, &["audit", "verify"]);
    }
    run(&file, &["keys", "rotate"]);
    assert!(run(&file, &["user", "list"]).contains(ADMINISTRATOR));
    assert!(!dir.path().join("kek.new").exists());
    assert!(finished < 16, "none was cut off");
}

/// What the doctor found, by its code. It fails where something is bad, and only there.
fn examined(file: &Path, more: &[&str]) -> Vec<Value> {
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
    found
}

/// The findings of this code: state, sentence, command.
fn of(found: &[Value], code: &str) -> Vec<(String, String, String)> {
    let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let all = found.iter().filter(|it| it["code"] == code);
    all.map(|it| (text(it, "state"), text(it, "say"), text(it, "command")))
        .collect()
}

/// Somebody has to do something, in Japanese, and this command is it.
fn is_bad(found: &[Value], code: &str, command: &str) {
    let [(state, say, mends)] = &of(found, code)[..] else {
        panic!("{code}: {found:?}")
    };
    assert_eq!(state, "bad", "{code}: {say}");
    assert!(say.chars().any(|it| ('ぁ'..='ん').contains(&it)), "{say}");
    assert!(mends.contains(command), "{code}: {mends}");
}

fn are_good(found: &[Value], codes: &[&str]) {
    for code in codes {
        let states: Vec<_> = of(found, code)
            .into_iter()
            .map(|(state, ..)| state)
            .collect();
        assert_eq!(states, ["good"], "{code}: {found:?}");
    }
}

#[test]
fn the_doctor_says_in_japanese_what_is_wrong_and_the_command_that_mends_it() {
    let dir = Scenario::new();
    let file = configuration(dir.path(), free_address());
    let (backups, keys) = (dir.path().join("backups"), dir.path().join("keys"));
    let config = std::fs::read_to_string(&file).unwrap();
    let config = config.replace(
        "[server]",
        &format!("backup_dir = {backups:?}\nkey_backup_dir = {keys:?}\n[server]"),
    );
    std::fs::write(&file, config).unwrap();
    let found = examined(&file, &[]);
    is_bad(&found, "set_up", "yorisoi keys init --config");
    is_bad(&found, "key_file", "yorisoi keys init --config");

    set_up(&file);
    let found = examined(&file, &[]);
    are_good(
        &found,
        &[
            "set_up",
            "key_file",
            "keys",
            "audit",
            "destroyed",
            "rules",
            "doors",
        ],
    );
    is_bad(&found, "destroyed_list", "yorisoi backup --config");
    is_bad(&found, "contacts", "office contacts --config");
    is_bad(&found, "model", "yorisoi models fetch base");
    is_bad(&found, "backup", "yorisoi backup --config");
    is_bad(&found, "key_backup", "yorisoi keys backup --config");

    run(&file, &["office", "contacts", "--office", "中央", "kanri"]);
    run(&file, &["backup"]);
    run(&file, &["keys", "backup"]);
    let cert = crate::common::data("tls/cert.pem");
    // As the configuration has it, and not at all.
    let config = std::fs::read_to_string(&file).unwrap();
    let url = "[server]\npublic_url = \"https://mendan.city.example.jp\"";
    std::fs::write(&file, config.replace("[server]", url)).unwrap();
    let found = examined(&file, &[]);
    let none = of(&found, "certificate").remove(0);
    assert_eq!(none.0, "warning");
    assert!(none.2.contains("doctor --tls-cert"), "{none:?}");
    // Times are the office's.
    let now = of(&found, "clock").remove(0).1;
    let zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
    let there = SystemClock.now().to_zoned(zone);
    assert!(
        now.starts_with(&there.strftime("%Y年%-m月%-d日").to_string()),
        "{now}"
    );
    let tls = format!("{url}\ntls_cert_file = {cert:?}\ntls_key_file = {cert:?}");
    std::fs::write(&file, config.replace("[server]", &tls)).unwrap();
    // Sound that nobody knows of any more, and what somebody put there.
    let spool = dir.path().join("data/spool");
    let blobs = dir
        .path()
        .join(format!("data/blobs/audio/{}", uuid::Uuid::nil()));
    for (folder, name) in [
        (&spool, "it's mine"),
        (&blobs, "00000000-0000-0000-0000-000000000000"),
    ] {
        std::fs::create_dir_all(folder).unwrap();
        let stray = std::fs::File::create(folder.join(name)).unwrap();
        let made = stray.metadata().unwrap().modified().unwrap();
        stray
            .set_modified(made - Duration::from_secs(7_200))
            .unwrap();
    }
    // More than one command names.
    for n in 0..20 {
        let stray = std::fs::File::create(spool.join(format!("more{n}"))).unwrap();
        let made = stray.metadata().unwrap().modified().unwrap();
        stray
            .set_modified(made - Duration::from_secs(7_200))
            .unwrap();
    }
    std::fs::write(spool.join("young"), "").unwrap();
    // What can't be read at this moment may be somebody's voice.
    let unread = spool.join(format!("{0}-{0}.spool", uuid::Uuid::nil()));
    let socket = dir.path().join("s");
    std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::fs::rename(&socket, &unread).unwrap();
    let touched = std::process::Command::new("touch")
        .args(["-d", "3 hours ago", text(&unread)])
        .status();
    assert!(touched.unwrap().success());
    let found = examined(&file, &[]);
    let [(state, say, command)] = &of(&found, "stray_sound")[..] else {
        panic!("{found:?}")
    };
    assert_eq!(state, "warning");
    assert!(say.contains("22個あります"), "{say}");
    assert!(say.contains("20個が消え、2個が残ります"), "{say}");
    let sh = |command: &str| {
        let mut sh = std::process::Command::new("sh");
        let done = sh.args(["-c", command]).status().unwrap();
        assert!(done.success(), "{command}");
    };
    sh(command);
    let found = examined(&file, &[]);
    let [(_, say, command)] = &of(&found, "stray_sound")[..] else {
        panic!("{found:?}")
    };
    assert!(say.contains("2個あります"), "{say}");
    assert!(say.contains("次を実行すると消えます"), "{say}");
    sh(command);
    let found = examined(&file, &[]);
    are_good(&found, &["stray_sound"]);
    assert!(spool.join("young").exists());
    // The machine was off for some days: it is waited for a day.
    let seen = dir.path().join("data/clock-seen");
    let days = SystemClock.now() - jiff::SignedDuration::from_hours(5 * 24 + 1);
    std::fs::write(&seen, format!("{days}\n")).unwrap();
    let found = examined(&file, &[]);
    let [(state, say, command)] = &of(&found, "clock_waits")[..] else {
        panic!("{found:?}")
    };
    assert_eq!(state, "warning");
    assert!(say.contains("より5日先を指しています"), "{say}");
    assert!(command.contains("--clock-is-right"), "{command}");
    let purge = yorisoi(&["purge", "--config", text(&file)]).output();
    let waits = String::from_utf8(purge.unwrap().stderr).unwrap();
    assert!(waits.contains("by itself once it has run"), "{waits}");
    // An office that was closed for long, or a clock that is wrong: nobody but a person can tell.
    std::fs::write(&seen, "2020-01-01T00:00:00Z\n").unwrap();
    let found = examined(&file, &[]);
    is_bad(&found, "clock_ahead", "--clock-is-right");
    let purge = yorisoi(&["purge", "--config", text(&file)])
        .output()
        .unwrap();
    let refused = String::from_utf8(purge.stderr).unwrap();
    assert!(!purge.status.success() && refused.contains("nothing was destroyed"));
    assert!(!purge.stdout.is_empty(), "what it would destroy is said");
    run(&file, &["purge", "--clock-is-right"]);
    run(&file, &["purge"]);
    let found = examined(&file, &[]);
    assert!(of(&found, "clock_ahead").is_empty(), "{found:?}");
    let mended = [
        "contacts",
        "backup",
        "key_backup",
        "destroyed_list",
        "certificate",
    ];
    are_good(&found, &mended);

    std::fs::write(backups.join("destroyed-keys.log"), "lost on the way\n").unwrap();
    let old = backups.join("yorisoi-20200101T000000Z");
    std::fs::rename(only(&backups, "yorisoi-"), old).unwrap();
    let old = keys.join("keys-20200101T000000Z.db");
    std::fs::rename(only(&keys, "keys-"), old).unwrap();
    // The key lies in the folder by way of a link, and a change of it was cut off.
    let (kek, inside) = (dir.path().join("kek"), dir.path().join("data/kek"));
    let first = std::fs::read(&kek).unwrap();
    run(&file, &["keys", "rotate"]);
    std::fs::rename(&kek, dir.path().join("kek.new")).unwrap();
    std::fs::write(&inside, &first).unwrap();
    chmod(&inside, 0o600);
    std::os::unix::fs::symlink(&inside, &kek).unwrap();
    // The audit was cut.
    let heads = dir.path().join("data/audit-head.log");
    let noted = std::fs::read_to_string(&heads).unwrap();
    std::fs::write(&heads, format!("{noted}900 {}\n", "0".repeat(64))).unwrap();
    let found = examined(&file, &["--tls-cert", text(&file)]);
    is_bad(&found, "destroyed_list", "&& yorisoi backup");
    is_bad(&found, "backup", "yorisoi backup");
    is_bad(&found, "key_backup_old", "yorisoi keys backup");
    is_bad(&found, "key_place", "mv ");
    is_bad(&found, "audit", "yorisoi audit verify");
    let say = of(&found, "audit").remove(0).1;
    assert!(say.contains("控えには900件目まであります。"), "{say}");
    assert!(!say.contains("event"), "{say}");
    is_bad(&found, "certificate", "");
    let [(state, _, command)] = &of(&found, "rotation")[..] else {
        panic!("{found:?}")
    };
    assert_eq!(state, "warning");
    assert!(
        command.contains("yorisoi keys rotate --config"),
        "{command}"
    );
    std::fs::write(&heads, noted).unwrap();
    std::fs::remove_file(&kek).unwrap();
    std::fs::rename(&inside, &kek).unwrap();
    for command in [&["keys", "rotate"][..], &["keys", "backup"]] {
        run(&file, command);
    }
    // The key file of before is young and needed, until no key backup is left that it opens.
    let beside = || -> Vec<_> {
        let all = std::fs::read_dir(dir.path()).unwrap();
        let all = all.map(|it| it.unwrap().path());
        all.filter(|it| text(it).contains("/kek.old-20")).collect()
    };
    let young = beside();
    let found = examined(&file, &[]);
    assert_eq!(of(&found, "key_file_old"), []);
    let old = dir.path().join("kek.old-20200101T000000Z");
    std::fs::copy(&young[0], &old).unwrap();
    std::fs::write(dir.path().join("kek.old-mine"), "").unwrap();
    let found = examined(&file, &[]);
    is_bad(&found, "key_file_old", "shred -u -- '");
    sh(&of(&found, "key_file_old").remove(0).2);
    assert_eq!(beside().len(), young.len());
    assert!(!old.exists() && kek.exists());
    std::fs::remove_file(dir.path().join("kek.old-mine")).unwrap();
    let found = examined(&file, &[]);
    assert_eq!(of(&found, "key_file_old"), []);
    are_good(&found, &["keys", "audit", "key_backup"]);
    for mended in ["rotation", "key_backup_old"] {
        assert_eq!(of(&found, mended), [], "the command did not mend it");
    }

    // Its list was damaged, and what is beside the backups has the line: the command puts it back.
    let list = dir.path().join("data/destroyed-keys.log");
    let line = format!(
        "withdrawn tap {} 2026-11-25T01:00:00Z -\n",
        uuid::Uuid::nil()
    );
    std::fs::write(&list, format!("dama\0ged\n{line}")).unwrap();
    let beside = backups.join("destroyed-keys.log");
    std::fs::write(&beside, line.repeat(2)).unwrap();
    let found = examined(&file, &[]);
    is_bad(&found, "destroyed", "grep -vxFf");
    assert_eq!(of(&found, "keys"), [], "a restore is not what mends it");
    let command = of(&found, "destroyed").remove(0).2;
    let sh = std::process::Command::new("sh")
        .args(["-c", &command])
        .status();
    sh.unwrap();
    assert_eq!(std::fs::read_to_string(&list).unwrap(), line);
    are_good(&examined(&file, &[]), &["destroyed", "keys"]);

    // Somebody changes the key: it is over in a moment, and nobody restores anything.
    let alone = std::fs::File::open(dir.path().join("data/in-use.lock")).unwrap();
    alone.lock().unwrap();
    let found = examined(&file, &[]);
    is_bad(&found, "keys", "");
    assert_eq!(of(&found, "keys").remove(0).2, "");
    drop(alone);

    chmod(&kek, 0o644);
    let found = examined(&file, &[]);
    is_bad(&found, "key_file", &format!("chmod 600 {}", kek.display()));
    chmod(&kek, 0o600);
    let database = dir.path().join("data/yorisoi.db");
    std::fs::remove_file(&database).unwrap();
    is_bad(&examined(&file, &[]), "set_up", "yorisoi restore");
    std::fs::write(&database, "").unwrap();
    is_bad(&examined(&file, &[]), "schema", "yorisoi migrate --config");
    std::fs::write(dir.path().join("data/restore-unfinished"), "").unwrap();
    is_bad(&examined(&file, &[]), "set_up", "yorisoi restore");
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

/// An old copy of the keys was put back by hand: only looking leaves even that to be seen.
#[test]
fn what_a_dry_run_says_is_due_is_left_as_it_is() {
    let dir = Scenario::new();
    let file = configuration(dir.path(), free_address());
    set_up(&file);
    let contents = |name: &str| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let path = dir.path().join("data").join(name);
        runtime
            .block_on(yorisoi_store_sqlite::contents(&path))
            .unwrap()
    };
    let before = (contents("keys.db"), contents("yorisoi.db"));
    let id = before.0["data_keys"][0].split('|').next().unwrap();
    let id = uuid::Uuid::parse_str(id.trim_matches(['X', '\''])).unwrap();
    let line = format!("{id} person {id} 2026-11-25T01:00:00Z\n");
    std::fs::write(dir.path().join("data/destroyed-keys.log"), line).unwrap();
    run(&file, &["purge", "--dry-run"]);
    assert_eq!((contents("keys.db"), contents("yorisoi.db")), before);
    // The control: whoever does not only look destroys it again.
    run(&file, &["purge"]);
    assert_ne!(contents("keys.db"), before.0);
}
