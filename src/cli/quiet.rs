//! What a fault of the program leaves behind: where it was, and nothing of whom it was about. Names
//! and sentences lie open in memory and nowhere else.

use std::backtrace::Backtrace;
use std::io::{self, Write as _};

/// From now on a crash writes no core, no other program of the same user may look into this one, and
/// a panic says its place alone.
pub(super) fn faults() {
    leave_no_core();
    // A panic's message may quote the text that it was about: that of a cut in the middle of a letter does.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let place = place.unwrap_or_default();
        let trace = Backtrace::capture();
        // Nothing is left to say where nobody reads it.
        let _ = writeln!(
            io::stderr(),
            "yorisoi: a fault of the program at {place}\n{trace}"
        );
    }));
}

/// The limit alone does not hold where the system hands cores to a program.
fn leave_no_core() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{
            DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit,
        };
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let done = setrlimit(Resource::Core, none)
            .and_then(|()| set_dumpable_behavior(DumpableBehavior::NotDumpable));
        if let Err(error) = done {
            tracing::warn!(%error, "a crash may leave a core file with what people said");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    const ITSELF: &str = "YORISOI_TEST_FAULT";
    const WORDS: &str = "蓮見さんの言葉";

    /// In a process of its own: the test calls itself.
    #[test]
    fn a_panic_says_where_and_none_of_the_words() {
        if let Some(quiet) = std::env::var_os(ITSELF) {
            if quiet == "quiet" {
                super::faults();
            }
            let cut = &WORDS[std::hint::black_box(1)..];
            panic!("{cut}");
        }
        let said = |how: &str| {
            let mut again = Command::new(std::env::current_exe().unwrap());
            let name = "cli::quiet::tests::a_panic_says_where_and_none_of_the_words";
            again
                .args([name, "--exact", "--nocapture"])
                .env(ITSELF, how);
            let output = again.output().unwrap();
            assert!(!output.status.success());
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
        };
        let quiet = said("quiet");
        assert!(quiet.contains("src/cli/quiet.rs:"), "{quiet}");
        assert!(!quiet.contains("蓮見"), "{quiet}");
        assert!(said("loud").contains("蓮見"), "the control");
    }
}
