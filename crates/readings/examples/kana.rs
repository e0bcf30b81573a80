//! Writes how texts sound, for counting by pronunciation. Takes and gives one text a line.
//! usage: cargo run -p yorisoi-readings --example kana < TEXTS

use std::io::{self, BufRead, Write};

use yorisoi_readings::Dictionary;

fn main() -> io::Result<()> {
    let dictionary = Dictionary::shared();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", dictionary.kana(&line?))?;
    }
    Ok(())
}
