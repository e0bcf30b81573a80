//! The one executable. What it can do stands in `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    yorisoi::cli::main()
}
