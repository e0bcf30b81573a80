//! Fetching from a server on this machine, and from a source that was joined before.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::*;
use crate::models::Form;
use crate::models::whisper_folder::WhisperFolder;

/// Serves `body` to every request; gives the address and a count of requests.
fn serve(body: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/model.bin", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let _request = lines.map_while(Result::ok).find(String::is_empty);
            counter.fetch_add(1, Ordering::SeqCst);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            // The client hangs up on a file that is too long.
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&body);
        }
    });
    (url, count)
}

struct Fixture {
    place: tempfile::TempDir,
    /// The right file.
    body: Vec<u8>,
    sha256: Sha256,
}

impl Fixture {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("ct2");
        WhisperFolder::default().write(&folder);
        let file = place.path().join("right.bin");
        let sha256 = import::run(&folder, Form::F16, &file).unwrap().sha256;
        Self {
            body: fs::read(file).unwrap(),
            sha256,
            place,
        }
    }

    fn dir(&self) -> PathBuf {
        self.place.path().join("cache")
    }

    /// A manifest whose model `small` has these URLs as sources, in this order.
    fn manifest(&self, urls: &[&str]) -> Manifest {
        let (bytes, sha256) = (self.body.len(), &self.sha256);
        let names: Vec<String> = (0..urls.len()).map(|i| format!("source-{i}")).collect();
        let mut text = format!(
            "default = \"small\"\n[models.small]\nrole = \"live\"\nform = \"f16\"\n\
             bytes = {bytes}\nsha256 = \"{sha256}\"\nlicence = \"MIT\"\norigin = \"made up\"\n\
             sources = {names:?}\n",
        );
        for (name, url) in names.iter().zip(urls) {
            text += &format!(
                "[sources.{name}]\nkind = \"url\"\nurl = \"{url}\"\n\
                 bytes = {bytes}\nsha256 = \"{sha256}\"\n",
            );
        }
        Manifest::parse(&text, "a test").unwrap()
    }
}

/// Fetches `base`, and gives what was said meanwhile.
fn fetch_saying(manifest: &Manifest, dir: &Path) -> (Result<Resolved, FetchError>, String) {
    let said = Mutex::new(String::new());
    let done = fetch(manifest, dir, "base", &|text| {
        let mut said = said.lock().unwrap();
        said.push_str(text);
        said.push('\n');
    });
    (done, said.into_inner().unwrap())
}

fn left_over(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn bad_sources_are_passed_over() {
    let fixture = Fixture::new();
    let mut altered = fixture.body.clone();
    altered[100_000] ^= 1;
    let (altered, _) = serve(altered);
    let (short, _) = serve(fixture.body[..1_000].to_vec());
    let mut long = fixture.body.clone();
    long.extend([0; 100]);
    let (long, _) = serve(long);
    let closed = "http://127.0.0.1:1/model.bin";
    let (right, _) = serve(fixture.body.clone());
    let manifest = fixture.manifest(&[&altered, &short, &long, closed, &right]);

    let (done, said) = fetch_saying(&manifest, &fixture.dir());
    let model = done.unwrap();
    assert_eq!(fs::read(&model.path).unwrap(), fixture.body);
    assert!(
        said.contains("source-0 is of no use: ") && said.contains("has the sha256"),
        "{said}"
    );
    assert!(said.contains("has 1000 bytes instead of"), "{said}");
    assert!(said.contains("source-2 is of no use: "), "{said}");
    assert!(
        said.contains("source-3 is of no use: http://127.0.0.1:1/model.bin can't"),
        "{said}"
    );
    assert_eq!(left_over(&fixture.dir()), [".lock", "small.bin"]);
}

#[test]
fn no_source_at_all_leaves_nothing_behind() {
    let fixture = Fixture::new();
    let manifest = fixture.manifest(&["http://127.0.0.1:1/model.bin"]);
    let (done, _) = fetch_saying(&manifest, &fixture.dir());
    let error = done.unwrap_err().to_string();
    assert!(
        error.contains("copy small.bin from another machine into"),
        "{error}"
    );
    assert_eq!(left_over(&fixture.dir()), [".lock"]);
}

#[test]
fn a_right_file_is_not_fetched_again_and_a_wrong_one_is() {
    let fixture = Fixture::new();
    let (url, requests) = serve(fixture.body.clone());
    let manifest = fixture.manifest(&[&url]);
    let dir = fixture.dir();
    fetch_saying(&manifest, &dir).0.unwrap();
    let (done, said) = fetch_saying(&manifest, &dir);
    done.unwrap();
    assert_eq!(said, "");
    assert_eq!(requests.load(Ordering::SeqCst), 1);

    // A file cut off by a full disk, and what a killed fetch left.
    fs::write(path_of(&dir, "small"), &fixture.body[..999]).unwrap();
    fs::create_dir(dir.join(WORK)).unwrap();
    fs::write(dir.join(WORK).join("source-0.bin"), "half").unwrap();
    let (done, said) = fetch_saying(&manifest, &dir);
    done.unwrap();
    assert!(said.contains("ends early (999 bytes)"), "{said}");
    assert_eq!(requests.load(Ordering::SeqCst), 2);
    assert_eq!(left_over(&dir), [".lock", "small.bin"]);
}

#[test]
fn fetches_at_once_download_once() {
    let fixture = Fixture::new();
    let (url, requests) = serve(fixture.body.clone());
    let manifest = fixture.manifest(&[&url]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| fetch_saying(&manifest, &fixture.dir()).0.unwrap());
        }
    });
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[test]
fn a_cache_that_cannot_be_written_says_so() {
    let fixture = Fixture::new();
    let dir = fixture.place.path().join("right.bin").join("cache");
    let (done, _) = fetch_saying(&fixture.manifest(&[]), &dir);
    let error = done.unwrap_err().to_string();
    assert!(error.contains("check that it is writable"), "{error}");
}

#[test]
fn pips_last_error_is_what_is_told() {
    let log = "WARNING: Retrying\nERROR: Could not find a version\nERROR: No matching distribution found for a==1\n\n";
    assert_eq!(
        packages::last_error(log),
        "No matching distribution found for a==1"
    );
    assert_eq!(
        packages::last_error("/usr/bin/python3: No module named pip\n"),
        "/usr/bin/python3: No module named pip"
    );
    assert_eq!(packages::last_error(""), "it ended without a word");
}
