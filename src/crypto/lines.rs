//! A file that only grows by lines. What a line says is its owner's.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Ends a line that a crash or a full disk cut short, once another line follows it. It tells such
/// a line, on which nothing was built, from a damaged one.
const TORN: &str = " (torn)";

/// Adds a line and waits until the disk has it.
pub(crate) fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)?;
    let mut text = String::new();
    if file.seek(SeekFrom::End(0))? > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.push_str(TORN);
            text.push('\n');
        }
    }
    text.push_str(line);
    text.push('\n');
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

/// How much of the two files is compared.
const SEEN: u64 = 4_096;

/// Appends to `copy` what it lacks of `path`, and waits until the disk has it. A copy that is not the
/// beginning of the file is refused and left alone. No file is nothing to follow.
pub(super) fn follow(path: &Path, copy: &Path) -> io::Result<()> {
    let mut own = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        own => own?,
    };
    let mut options = OpenOptions::new();
    let mut copy = options.read(true).append(true).create(true).open(copy)?;
    let done = copy.seek(SeekFrom::End(0))?;
    let from = done.saturating_sub(SEEN);
    own.seek(SeekFrom::Start(from))?;
    copy.seek(SeekFrom::Start(from))?;
    let (mut theirs, mut rest) = (Vec::new(), Vec::new());
    copy.read_to_end(&mut theirs)?;
    own.read_to_end(&mut rest)?;
    match rest.strip_prefix(theirs.as_slice()) {
        Some([]) => Ok(()),
        Some(lacking) => {
            copy.write_all(lacking)?;
            copy.sync_data()
        }
        None => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is not the beginning of this list",
        )),
    }
}

/// Every whole line with its number, from 1. Torn ones are passed over; no file is no line.
pub(super) fn read(path: &Path) -> io::Result<Vec<(usize, String)>> {
    Ok(read_on(path, 0)?.0)
}

/// As [`read`], behind the first `from` bytes, which end a line; and how many bytes were read in
/// all, to the end of the last whole line. A file that has become shorter is read from the beginning.
pub(super) fn read_on(path: &Path, from: u64) -> io::Result<(Vec<(usize, String)>, u64)> {
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        Err(error) => return Err(error),
    };
    let from = if file.metadata()?.len() < from {
        0
    } else {
        from
    };
    file.seek(SeekFrom::Start(from))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let ended = text.rfind('\n').map_or(0, |at| at + 1);
    let read = from + u64::try_from(ended).unwrap_or(u64::MAX);
    let numbered = (1..).zip(text.split_inclusive('\n'));
    let whole = numbered.filter_map(|(number, line)| Some((number, line.strip_suffix('\n')?)));
    let whole = whole.filter(|(_, line)| !line.ends_with(TORN));
    let whole = whole.map(|(number, line)| (number, line.to_owned()));
    Ok((whole.collect(), read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wherever_a_line_was_cut_the_next_one_stands_for_itself() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        assert_eq!(read(&path).unwrap(), []);
        append(&path, "first").unwrap();
        append(&path, "second").unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            append(&path, "third").unwrap();
            append(&path, "fourth").unwrap();
            let lines: Vec<_> = read(&path)
                .unwrap()
                .into_iter()
                .map(|(_, line)| line)
                .collect();
            let before = usize::from(cut > 5) + usize::from(cut > 12);
            assert_eq!(
                lines,
                [&["first", "second"][..before], &["third", "fourth"]].concat(),
                "cut at {cut}"
            );
        }
    }
}
