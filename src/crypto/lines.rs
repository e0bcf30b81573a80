//! A file that only grows by lines. What a line says is its owner's.

use std::collections::HashSet;
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

/// Appends to `copy` what it lacks of `path`, and waits until the disk has it. Where the copy is not the
/// beginning of the file it is brought up line by line; nothing of it is taken away. Others who write to
/// it at that moment are waited for. No file is nothing to follow.
pub(super) fn follow(path: &Path, copy: &Path) -> io::Result<()> {
    let mut own = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        own => own?,
    };
    let mut options = OpenOptions::new();
    let mut copy = options.read(true).append(true).create(true).open(copy)?;
    match copy.lock() {
        // A disk that knows no locks is better followed without than not at all.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
        locked => locked?,
    }
    let done = copy.seek(SeekFrom::End(0))?;
    let from = done.saturating_sub(SEEN);
    own.seek(SeekFrom::Start(from))?;
    copy.seek(SeekFrom::Start(from))?;
    let (mut theirs, mut rest) = (Vec::new(), Vec::new());
    copy.read_to_end(&mut theirs)?;
    own.read_to_end(&mut rest)?;
    let lacks = if let Some(more) = rest.strip_prefix(theirs.as_slice()) {
        let whole = more.iter().rposition(|byte| *byte == b'\n');
        more.get(..whole.map_or(0, |at| at + 1))
            .unwrap_or_default()
            .to_vec()
    } else {
        own.seek(SeekFrom::Start(0))?;
        copy.seek(SeekFrom::Start(0))?;
        let (mut theirs, mut all) = (Vec::new(), Vec::new());
        copy.read_to_end(&mut theirs)?;
        own.read_to_end(&mut all)?;
        lacking(&theirs, &all)
    };
    if lacks.is_empty() {
        return Ok(());
    }
    copy.write_all(&lacks)?;
    copy.sync_data()
}

/// What has to be written behind `there`, so that it has every whole line of `all`.
pub(crate) fn lacking(there: &[u8], all: &[u8]) -> Vec<u8> {
    let mut seen: HashSet<_> = whole(there).collect();
    let lines: Vec<_> = whole(all).filter(|line| seen.insert(*line)).collect();
    let mut lacks = Vec::new();
    if !lines.is_empty() && there.last().is_some_and(|byte| *byte != b'\n') {
        lacks.extend(TORN.as_bytes());
        lacks.push(b'\n');
    }
    lacks.extend(lines.concat());
    lacks
}

fn whole(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines.filter(|line| {
        line.strip_suffix(b"\n")
            .is_some_and(|line| !line.ends_with(TORN.as_bytes()))
    })
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

    /// Two destructions at once, a drill's lines, a line twice, a cut one: whatever lies there, the
    /// copy gets every line, and none twice.
    #[test]
    fn a_copy_gets_every_line_whatever_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        let (path, copy) = (dir.path().join("lines"), dir.path().join("copy"));
        let lines = |file: &Path| -> Vec<String> {
            let all = read(file).unwrap().into_iter();
            all.map(|(_, line)| line).collect()
        };
        for line in ["first", "first", "second"] {
            append(&path, line).unwrap();
        }
        for there in ["", "fir", "first\n", "second\n", "foreign\nfirst\ncut of"] {
            std::fs::write(&copy, there).unwrap();
            follow(&path, &copy).unwrap();
            let followed = lines(&copy);
            assert!(lines(&path).iter().all(|line| followed.contains(line)));
            let foreign = there.starts_with("foreign");
            assert_eq!(followed.contains(&"foreign".to_owned()), foreign);
            let length = std::fs::read(&copy).unwrap().len();
            follow(&path, &copy).unwrap();
            assert_eq!(std::fs::read(&copy).unwrap().len(), length, "{there:?}");
        }
        std::fs::remove_file(&copy).unwrap();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (path, copy) = (&path, &copy);
                scope.spawn(move || {
                    for m in 0..16 {
                        append(path, &format!("{n} {m}")).unwrap();
                        follow(path, copy).unwrap();
                    }
                });
            }
        });
        assert_eq!(lines(&copy), lines(&path));
        assert_eq!(lines(&copy).len(), 3 + 8 * 16);
    }
}
