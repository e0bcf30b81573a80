//! The executable as it is started and stopped: what it says when it can't serve, and the demo.

mod running;

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use crate::common::scenario::{ADMINISTRATOR, Scenario};

use self::running::post;
pub(crate) use self::running::{
    Running, beside, configuration, failed, free_address, get, run, serve, set_up, sign_in, text,
    yorisoi,
};

#[test]
fn an_empty_folder_is_not_served_and_the_three_commands_are_named() {
    let dir = Scenario::new();
    let (data, kek) = (dir.path().join("data"), dir.path().join("kek"));
    let said = failed(&["serve", "--data", text(&data), "--kek", text(&kek)]);
    for command in [
        "yorisoi keys init",
        "yorisoi office add",
        "yorisoi user add",
    ] {
        assert!(said.contains(command), "{said}");
    }
    let place = format!(
        "keys init --data {} --kek {}\n",
        data.display(),
        kek.display()
    );
    assert!(said.contains(&place), "{said}");
    assert!(!data.exists());

    let config = dir.path().join("yorisoi.toml");
    let example = include_str!("../../../config/yorisoi.example.toml");
    let own = example
        .replace("/var/lib/yorisoi", text(&data))
        .replace("/etc/yorisoi/kek", text(&kek));
    std::fs::write(&config, own).unwrap();
    let said = failed(&["serve", "--config", text(&config)]);
    let place = format!("keys init --config {}\n", config.display());
    assert!(said.contains(&place), "{said}");

    let inside = data.join("kek");
    let said = failed(&["serve", "--data", text(&data), "--kek", text(&inside)]);
    assert!(said.contains("outside the data folder"), "{said}");
}

#[test]
fn a_taken_port_is_a_sentence_with_a_free_one() {
    let dir = Scenario::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = dir.path().join("demo");
    let demo = ["serve", "--demo", "--data", text(&folder), "--port"];
    let phones = format!("127.0.0.1:{port}");
    for more in [&[port.as_str()][..], &["0", "--listen", &phones]] {
        let said = failed(&[&demo[..], more].concat());
        assert!(said.contains(&format!("port {port} is taken")), "{said}");
        assert!(said.contains("is free"), "{said}");
    }
    assert!(!folder.exists());
}

#[test]
fn without_the_right_speech_model_a_demo_does_not_start_and_the_command_that_mends_it_is_named() {
    let dir = Scenario::new();
    let (folder, models) = (dir.path().join("demo"), dir.path().join("models"));
    let start = |more: &[&str]| {
        let (folder, models) = (text(&folder), text(&models));
        let args = [
            "serve", "--demo", "--port", "0", "--data", folder, "--models", models,
        ];
        failed(&[&args[..], more].concat())
    };
    let missing = start(&[]);
    assert!(
        missing.contains("the service needs its speech model"),
        "{missing}"
    );
    assert!(missing.contains("yorisoi models fetch"), "{missing}");
    std::fs::create_dir(&models).unwrap();
    // As a download that broke off leaves it, and as a proxy that asks for a password does.
    for (content, what) in [
        (&b"lmgg"[..], "ends early"),
        (b"<html>Sign in</html>", "is a web page"),
    ] {
        for name in ["base-q8_0", "base-q4_0", "base"] {
            std::fs::write(models.join(format!("{name}.bin")), content).unwrap();
        }
        let wrong = start(&["--model", "base"]);
        assert!(wrong.contains(what), "{wrong}");
        assert!(wrong.contains("yorisoi models fetch"), "{wrong}");
    }
    let unknown = start(&["--model", "no-such"]);
    assert!(unknown.contains("no-such"), "{unknown}");
}

#[test]
fn without_its_speech_model_a_service_starts_and_says_loudly_that_no_voice_becomes_text() {
    let dir = Scenario::new();
    let free = free_address();
    let file = configuration(dir.path(), free);
    set_up(&file);
    let models = dir.path().join("models");
    let place = ["--config", text(&file), "--models", text(&models)];
    let unknown = failed(&[&["serve", "--model", "no-such"], &place[..]].concat());
    assert!(unknown.contains("no-such"), "{unknown}");

    let mut process = yorisoi(&[&["serve"], &place[..]].concat())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Held until the end: who can't write their log any more ends.
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
    let told = log.by_ref().map_while(Result::ok);
    let told = told
        .take(50)
        .find(|line| line.contains("no voice becomes text"));
    assert!(told.unwrap().contains("yorisoi models fetch"));
    let listens = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        std::net::TcpStream::connect(free).is_ok()
    });
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(listens, "nobody is served");
    let doctor = yorisoi(&[&["doctor"], &place[..]].concat())
        .output()
        .unwrap();
    let doctor = String::from_utf8(doctor.stdout).unwrap();
    assert!(doctor.contains("声は文字にならず"), "{doctor}");
    assert!(doctor.contains("yorisoi models fetch base"), "{doctor}");
}

#[test]
fn a_demo_touches_no_folder_that_it_did_not_make() {
    let dir = Scenario::new();
    let file = dir.path().join("records.txt");
    std::fs::write(&file, "not a demo's").unwrap();
    for more in [&[][..], &["--reset"]] {
        let args = ["serve", "--demo", "--port", "0", "--data", text(dir.path())];
        let said = failed(&[&args[..], more].concat());
        assert!(said.contains("was not made by a demo"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a demo's");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_demo_lets_three_people_in_once_is_on_loopback_alone_and_stops_when_told() {
    let dir = Scenario::new();
    let folder = dir.path().join("demo");
    let first = Running::start(&folder, &[]);
    assert!(
        first
            .links
            .iter()
            .all(|link| link.starts_with("http://127.0.0.1:"))
    );
    assert_eq!(first.links.len(), 4);
    for link in &first.links[..3] {
        let (origin, secret) = link.split_once("/signin#").unwrap();
        let cookie = sign_in(origin, secret).unwrap();
        let me = get(origin, "/api/me", &cookie);
        assert_eq!(me["demo"], true);
        assert!(sign_in(origin, secret).is_none(), "the link worked twice");
        if me["grants"][0]["role"] == "nurse" {
            let office = me["grants"][0]["office"].as_str().unwrap().to_owned();
            let today = get(origin, &format!("/api/interviews?office={office}"), &cookie);
            assert_eq!(today["interviews"].as_array().unwrap().len(), 4);
        }
    }
    let (origin, join) = first.links[3].split_once("/r#").unwrap();
    let claim = post(
        origin,
        "/api/join/claim",
        &format!("{{\"secret\":\"{join}\"}}"),
    );
    assert_eq!(claim.unwrap().status(), 204);
    first.stop();

    // The second start has the same people and interviews, and new links.
    let second = Running::start(&folder, &[]);
    let (origin, secret) = second.links[0].split_once("/signin#").unwrap();
    let cookie = sign_in(origin, secret).unwrap();
    let me = get(origin, "/api/me", &cookie);
    let office = me["grants"][0]["office"].as_str().unwrap().to_owned();
    let today = get(origin, &format!("/api/interviews?office={office}"), &cookie);
    assert_eq!(today["interviews"].as_array().unwrap().len(), 4);
    second.stop();
}

#[test]
fn three_commands_and_a_configuration_make_a_deployment_that_serves() {
    let dir = Scenario::new();
    let free = free_address();
    let file = configuration(dir.path(), free);
    let link = set_up(&file);
    let run = |args: &[&str]| run(&file, args);
    run(&["office", "contacts", "--office", "中央", "kanri"]);
    let offices = run(&["office", "list"]);
    assert!(offices.contains("1 to alert"), "{offices}");
    let line = format!("kanri\t{ADMINISTRATOR}\tadministrator in 中央保健センター");
    assert!(run(&["user", "list"]).contains(&line));

    let serving = serve(&file, &[], free);
    let (origin, secret) = link.split_once("/signin#").unwrap();
    assert_eq!(origin, format!("http://{free}"));
    let cookie = sign_in(origin, secret).unwrap();
    let me = get(origin, "/api/me", &cookie);
    assert_eq!(
        (&me["municipality"], &me["demo"]),
        (&"若葉市".into(), &false.into())
    );

    // The command line works beside the running service, and is obeyed at once.
    run(&["user", "disable", "kanri"]);
    let after = ureq::get(format!("{origin}/api/me"))
        .header("cookie", &cookie)
        .call();
    assert!(matches!(after, Err(ureq::Error::StatusCode(401))));
    serving.stop();
    run(&["audit", "verify"]);
}

#[test]
fn certificate_and_key_make_it_https_and_a_silent_client_holds_nobody_up() {
    let dir = Scenario::new();
    let free = free_address();
    let file = configuration(dir.path(), free);
    set_up(&file);
    let cert = crate::common::data("tls/cert.pem");
    let key = crate::common::data("tls/key.pem");
    let args = ["serve", "--config", text(&file), "--tls-cert", text(&cert)];
    let swapped = failed(&[&args[..], &["--tls-key", text(&file)]].concat());
    assert!(swapped.contains("PEM is expected"), "{swapped}");

    // As the configuration has it.
    let config = std::fs::read_to_string(&file).unwrap();
    let tls = format!("[server]\ntls_cert_file = {cert:?}\ntls_key_file = {key:?}");
    std::fs::write(&file, config.replace("[server]", &tls)).unwrap();
    let serving = serve(&file, &[], free);
    // Connects, says nothing, and stays.
    let _silent = std::net::TcpStream::connect(free).unwrap();
    let tls = ureq::tls::TlsConfig::builder()
        .disable_verification(true)
        .build();
    let agent: ureq::Agent = ureq::Agent::config_builder().tls_config(tls).build().into();
    let answer = agent.get(format!("https://{free}/api/me")).call();
    assert!(
        matches!(answer, Err(ureq::Error::StatusCode(401))),
        "{answer:?}"
    );
    let info = agent
        .get(format!("https://{free}/nothing.js"))
        .config()
        .http_status_as_error(false);
    let info = info.build().call().unwrap();
    assert!(info.headers().contains_key("strict-transport-security"));
    serving.stop();
}

/// What a phone says of the certificate, it trusts this one alone; refusals are answers.
fn trusting(pem: &[u8]) -> ureq::Agent {
    let certificate = ureq::tls::Certificate::from_pem(pem).unwrap();
    let roots = ureq::tls::RootCerts::new_with_certs(&[certificate]);
    let tls = ureq::tls::TlsConfig::builder().root_certs(roots).build();
    let config = ureq::Agent::config_builder().tls_config(tls);
    config.http_status_as_error(false).build().into()
}

#[test]
fn a_demo_for_phones_has_its_own_certificate_a_code_and_somebody_to_practise_with() {
    let dir = Scenario::new();
    let folder = dir.path().join("demo");
    let listen = ["--listen", "127.0.0.1:0"];
    let first = Running::start(&folder, &listen);
    assert_eq!(first.links.len(), 4);
    let (origin, secret) = first.links[0].split_once("/signin#").unwrap();
    assert!(origin.starts_with("https://127.0.0.1:"), "{origin}");
    assert!(first.links.iter().all(|link| link.starts_with(origin)));
    assert!(first.said.contains("▀") && first.said.contains("iPhone"));
    let here = first.said.lines().last().unwrap();
    let here = here
        .split_whitespace()
        .find(|word| word.starts_with("http://"));
    let here = here.unwrap();

    let file = folder.join("demo.tls.pem");
    let pem = std::fs::read(&file).unwrap();
    let phone = trusting(&pem);
    let post = |path: &str, cookie: &str, body: String| {
        let request = phone.post(format!("{origin}{path}"));
        let request = request.header("x-requested-with", "yorisoi");
        let request = request.header("content-type", "application/json");
        let request = request.header("origin", origin).header("cookie", cookie);
        request.send(body).unwrap()
    };
    let secret = format!("{{\"secret\":\"{secret}\"}}");
    let answer = post("/api/login/link", "", secret);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    // This machine's own browser needs no certificate, and is as much at home.
    let me = get(here, "/api/me", cookie);
    let office = me["grants"][0]["office"].as_str().unwrap();
    let day = || get(here, &format!("/api/interviews?office={office}"), cookie);
    let online = day()["interviews"][0]["id"].as_str().unwrap().to_owned();
    let called = post(
        &format!("/api/interviews/{online}/practice"),
        cookie,
        "{}".to_owned(),
    );
    assert_eq!(called.status(), 202);
    let knocks = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        !day()["interviews"][0]["waiting"]
            .as_array()
            .unwrap()
            .is_empty()
    });
    assert!(knocks, "nobody came to practise with");
    first.stop();

    // Who has accepted it is not asked again, by any of its names; another name is not among them.
    let again = Running::start(&folder, &[&listen[..], &["--host", "localhost"]].concat());
    let origin = again.links[0].split("/signin#").next().unwrap();
    assert!(origin.starts_with("https://localhost:"), "{origin}");
    let answer = phone.get(format!("{origin}/api/me")).call().unwrap();
    assert_eq!(answer.status(), 401);
    again.stop();
    assert_eq!(std::fs::read(&file).unwrap(), pem);
    let named = Running::start(
        &folder,
        &[&listen[..], &["--host", "demo.example"]].concat(),
    );
    assert!(named.links[3].starts_with("https://demo.example:"));
    let here = named
        .said
        .split_whitespace()
        .find(|word| word.starts_with("http:"));
    let answer = phone
        .get(format!("{}/api/me", here.unwrap()))
        .call()
        .unwrap();
    assert_eq!(answer.status(), 401);
    named.stop();
    assert_ne!(std::fs::read(&file).unwrap(), pem);
}

#[test]
fn a_trusted_certificate_serves_a_demo_for_phones_alone() {
    let dir = Scenario::new();
    let folder = dir.path().join("demo");
    let cert = crate::common::data("tls/cert.pem");
    let key = crate::common::data("tls/key.pem");
    let tls = ["--tls-cert", text(&cert), "--tls-key", text(&key)];
    let demo = ["serve", "--demo", "--port", "0", "--data", text(&folder)];
    let said = failed(&[&demo[..], &tls].concat());
    assert!(said.contains("--listen"), "{said}");

    let listen = ["--listen", "127.0.0.1:0"];
    let serving = Running::start(&folder, &[&tls[..], &listen].concat());
    assert!(!serving.said.contains("iPhone"), "{}", serving.said);
    assert!(!folder.join("demo.tls.pem").exists());
    let (origin, _) = serving.links[3].split_once("/r#").unwrap();
    let tls = ureq::tls::TlsConfig::builder().disable_verification(true);
    let config = ureq::Agent::config_builder().tls_config(tls.build());
    let phone: ureq::Agent = config.build().into();
    let page = phone.get(format!("{origin}/api/me")).call();
    assert!(
        matches!(page, Err(ureq::Error::StatusCode(401))),
        "{page:?}"
    );
    serving.stop();
}
