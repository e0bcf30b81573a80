//! The program as a child, with everything it leaves behind in one place: its data, its temporary
//! folder, what it logs at the finest level, and the core it may not leave.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::serve::{free_address, text};

pub(super) struct Place {
    dir: TempDir,
    pub(super) address: SocketAddr,
}

impl Place {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = Self {
            dir,
            address: free_address(),
        };
        for folder in ["work", "tmp"] {
            std::fs::create_dir(place.path(folder)).unwrap();
        }
        let config = format!(
            "[municipality]\nname = \"若葉市\"\ncode = \"990001\"\n\
             [data]\ndir = {:?}\nkek_file = {:?}\n[server]\nlisten = \"{}\"\n\
             [media]\nudp_ports = [41000, 41099]\naddresses = [\"127.0.0.1\"]\n\
             [asr]\nslots = 1\nthreads = 2\n",
            place.path("data"),
            place.path("kek"),
            place.address
        );
        std::fs::write(place.path("yorisoi.toml"), config).unwrap();
        place
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Everything that the program leaves: the key file too, which holds no words.
    pub(super) fn all(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Cores are allowed, and would lie in the folder in which the program works.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\""])
            .arg(env!("CARGO_BIN_EXE_yorisoi"))
            .args(args)
            .args(["--config", text(&self.path("yorisoi.toml"))])
            .current_dir(self.path("work"))
            .env("TMPDIR", self.path("tmp"))
            .env("YORISOI_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    /// One command of the operator; what it logs is kept, what it answers is the operator's.
    pub(super) fn run(&self, args: &[&str]) -> Output {
        let output = self.command(args).output().unwrap();
        let log = self.path(&format!("{}-{}.log", args[0], args.len()));
        let before = std::fs::read(&log).unwrap_or_default();
        std::fs::write(&log, [&before, &output.stderr[..]].concat()).unwrap();
        output
    }

    #[track_caller]
    pub(super) fn done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(super) fn serve(&self) -> Serving {
        let log = File::create(self.path("serve.log")).unwrap();
        let out = File::create(self.path("serve.out")).unwrap();
        let child = self.command(&["serve"]).stdout(out).stderr(log).spawn();
        let serving = Serving(child.unwrap());
        let listens = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            std::net::TcpStream::connect(self.address).is_ok()
        });
        let log = || std::fs::read_to_string(self.path("serve.log")).unwrap_or_default();
        assert!(listens, "the service did not start: {}", log());
        serving
    }
}

pub(super) struct Serving(Child);

impl Serving {
    pub(super) fn signal(mut self, name: &str) -> ExitStatus {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(sent.success());
        self.0.wait().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Nothing to kill where the test has ended it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether this machine writes a core of who dies by SIGABRT and may.
pub(super) fn cores_are_written() -> bool {
    let dir = tempfile::tempdir().unwrap();
    let dies = Command::new("sh")
        .args(["-c", "ulimit -c unlimited; kill -ABRT $$"])
        .current_dir(dir.path())
        .status();
    dies.unwrap().core_dumped()
}
