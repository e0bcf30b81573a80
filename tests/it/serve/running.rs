//! The executable, run as people run it, and a deployment that it serves.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use yorisoi::clock::{Clock as _, SystemClock};

use crate::common::scenario::ADMINISTRATOR;
use crate::common::second_step::Authenticator;

/// What the program said of itself, beside the configuration that it was started with.
const LOG: &str = "yorisoi.log";

pub(crate) fn yorisoi(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
    command.args(args).stdin(Stdio::null());
    command
}

/// As [`yorisoi`], with this configuration: beside it lie its temporary files, what it logs, all of it,
/// and so would a core.
pub(crate) fn beside(file: &Path, args: &[&str]) -> (Command, File) {
    let place = file.parent().unwrap();
    let mut command = yorisoi(&[args, &["--config", text(file)]].concat());
    command
        .current_dir(place)
        .env("TMPDIR", place)
        .env("YORISOI_LOG", "trace")
        .env("NO_COLOR", "1");
    let log = File::options()
        .create(true)
        .append(true)
        .open(place.join(LOG));
    (command, log.unwrap())
}

pub(crate) fn failed(args: &[&str]) -> String {
    let Output {
        status,
        stderr,
        stdout,
    } = yorisoi(args).output().unwrap();
    assert_eq!(status.code(), Some(1), "{args:?}");
    assert!(stdout.is_empty());
    String::from_utf8(stderr).unwrap()
}
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

pub(crate) fn configuration(dir: &Path, listen: SocketAddr) -> PathBuf {
    let file = dir.join("yorisoi.toml");
    let (data, kek) = (dir.join("data"), dir.join("kek"));
    let config = format!(
        "[municipality]\nname = \"若葉市\"\ncode = \"990001\"\n\
         [data]\ndir = {data:?}\nkek_file = {kek:?}\n[server]\nlisten = \"{listen}\"\n"
    );
    std::fs::write(&file, config).unwrap();
    file
}

/// Runs a command that must succeed and returns what it printed.
pub(crate) fn run(file: &Path, args: &[&str]) -> String {
    let (mut command, mut log) = beside(file, args);
    let output = command.output().unwrap();
    log.write_all(&output.stderr).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn set_up(file: &Path) -> String {
    run(file, &["keys", "init"]);
    run(
        file,
        &[
            "office",
            "add",
            "--name",
            "中央保健センター",
            "--code",
            "中央",
        ],
    );
    let add = [
        "user",
        "add",
        "kanri",
        "--name",
        ADMINISTRATOR,
        "--role",
        "administrator",
    ];
    let added = run(file, &[&add[..], &["--format", "json"]].concat());
    let added: Value = serde_json::from_str(&added).unwrap();
    added["sign_in_link"].as_str().unwrap().to_owned()
}

/// Starts the service and waits until it listens.
pub(crate) fn serve(file: &Path, more: &[&str], address: SocketAddr) -> Running {
    let (mut command, log) = beside(file, &[&["serve"], more].concat());
    let process = command.stderr(log).spawn().unwrap();
    let serving = Running {
        process,
        links: Vec::new(),
        said: String::new(),
    };
    let listens = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        std::net::TcpStream::connect(address).is_ok()
    });
    assert!(listens, "the service did not start");
    serving
}

/// A running service and what it printed, if it is a demo: three links of staff, one for a resident.
pub(crate) struct Running {
    pub(super) process: Child,
    pub(super) links: Vec<String>,
    pub(super) said: String,
}

impl Running {
    pub(super) fn start(folder: &Path, more: &[&str]) -> Self {
        let demo = [
            "serve",
            "--demo",
            "--no-past",
            "--port",
            "0",
            "--data",
            text(folder),
        ];
        let mut process = yorisoi(&[&demo[..], more].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // What stands in the last line.
        let end = if more.contains(&"--listen") {
            "警告なし"
        } else {
            "予約番号"
        };
        let (mut links, mut said) = (Vec::new(), String::new());
        for line in BufReader::new(process.stdout.as_mut().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(at) = line.find("http").filter(|_| line.contains('#')) {
                links.push(line[at..].to_owned());
            }
            said.push_str(&line);
            said.push('\n');
            if line.contains(end) {
                break;
            }
        }
        Self {
            process,
            links,
            said,
        }
    }

    pub(crate) fn stop(mut self) {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        for _ in 0..100 {
            if let Some(status) = self.process.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the service did not stop");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing to kill where the test has stopped it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(super) fn post(
    origin: &str,
    path: &str,
    body: &str,
) -> Option<ureq::http::Response<ureq::Body>> {
    post_as("", origin, path, body)
}

fn post_as(
    cookie: &str,
    origin: &str,
    path: &str,
    body: &str,
) -> Option<ureq::http::Response<ureq::Body>> {
    let request = ureq::post(format!("{origin}{path}"))
        .header("x-requested-with", "yorisoi")
        .header("content-type", "application/json")
        .header("cookie", cookie);
    request.send(body).ok()
}

/// The cookie that opens the pages; whoever needs a second factor sets one.
pub(crate) fn sign_in(origin: &str, secret: &str) -> Option<String> {
    let by = json!({ "secret": secret }).to_string();
    let mut answer = post(origin, "/api/login/link", &by)?;
    let cookie = cookie_of(&answer);
    if told(&mut answer)["next"] != "enrol" {
        return Some(cookie);
    }
    let mut begun = post_as(&cookie, origin, "/api/login/enrolment", "{}")?;
    let code = Authenticator::of(&told(&mut begun)).code_at(SystemClock.now());
    let code = json!({ "code": code }).to_string();
    let confirmed = post_as(&cookie, origin, "/api/login/enrolment/confirm", &code)?;
    Some(cookie_of(&confirmed))
}

fn cookie_of(answer: &ureq::http::Response<ureq::Body>) -> String {
    let set = answer.headers().get_all("set-cookie").iter();
    let set = set.map(|it| it.to_str().unwrap().split(';').next().unwrap());
    // One that is taken away has no value.
    let mut kept = set.filter(|it| !it.ends_with('='));
    kept.next().unwrap().to_owned()
}

fn told(answer: &mut ureq::http::Response<ureq::Body>) -> Value {
    let body = answer.body_mut().read_to_string().unwrap();
    serde_json::from_str(&body).unwrap()
}

pub(crate) fn get(origin: &str, path: &str, cookie: &str) -> Value {
    let mut answer = ureq::get(format!("{origin}{path}"))
        .header("cookie", cookie)
        .call()
        .unwrap();
    let mut text = String::new();
    answer
        .body_mut()
        .as_reader()
        .read_to_string(&mut text)
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
