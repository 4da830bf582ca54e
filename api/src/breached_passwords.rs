//! Passwords that were seen in breaches (IAM-5), from a local list: nothing is sent to other services.

use std::{
    cmp::Ordering,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use domain::to_hexadecimal;

/// The length of a SHA-1 in hexadecimal.
const HASH_LENGTH: usize = 40;
/// An upper bound of the length of lines.
const MAX_LINE: u64 = 100;

/// A list of passwords in a file: one SHA-1 in hexadecimal a line, sorted, perhaps with `:` and a
/// number after it, as the downloader of "Pwned Passwords" writes it. It may be of any size: it is
/// searched on disk, with some 30 short reads.
#[derive(Debug)]
pub struct BreachedPasswords(PathBuf);

impl BreachedPasswords {
    /// Opens a list, and checks its first line.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let mut first = String::new();
        let file = File::open(path).with_context(|| format!("{} is not there", path.display()))?;
        BufReader::new(file.take(MAX_LINE)).read_line(&mut first)?;
        let hash = first.get(..HASH_LENGTH).unwrap_or_default();
        let is_hash =
            hash.len() == HASH_LENGTH && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
        ensure!(is_hash, "{} does not begin with a SHA-1 in hexadecimal", path.display());
        Ok(Self(path.to_owned()))
    }

    /// Whether the list has a password.
    pub fn contains(&self, password: &str) -> io::Result<bool> {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        let mut file = BufReader::with_capacity(256, File::open(&self.0)?);
        find(&mut file, &to_hexadecimal(hash.as_ref()))
    }
}

/// Whether a line begins with a hash: a binary search over the range of bytes in which the line would
/// begin, as lines differ in length.
fn find(list: &mut (impl BufRead + Seek), hash: &str) -> io::Result<bool> {
    let (mut from, mut to) = (0, list.seek(SeekFrom::End(0))?);
    let mut line = Vec::new();
    while from < to {
        let middle = from + (to - from) / 2;
        let mut begin = middle;
        if middle > 0 {
            // Skip the rest of a line that began before.
            list.seek(SeekFrom::Start(middle - 1))?;
            line.clear();
            begin = middle - 1 + read_line(list, &mut line)?;
        } else {
            list.rewind()?;
        }
        if begin >= to {
            to = middle;
            continue;
        }
        line.clear();
        let end = begin + read_line(list, &mut line)?;
        let found = line.get(..HASH_LENGTH).unwrap_or(&line).to_ascii_lowercase();
        match found.as_slice().cmp(hash.as_bytes()) {
            Ordering::Equal => return Ok(true),
            Ordering::Less => from = end,
            Ordering::Greater => to = middle,
        }
    }
    Ok(false)
}

/// Reads up to the end of a line, and returns the number of bytes.
fn read_line(list: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    list.by_ref().take(MAX_LINE).read_until(b'\n', line).map(|read| read as u64)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn iam_5_every_line_of_a_list_is_found_and_nothing_else() {
        let hashes: Vec<_> = (0..300_u32)
            .map(|number| digest(&SHA1_FOR_LEGACY_USE_ONLY, &number.to_be_bytes()))
            .map(|hash| to_hexadecimal(hash.as_ref()))
            .collect();
        let (mut listed, others) = (hashes[..150].to_vec(), &hashes[150..]);
        listed.sort();
        // The lines are of several lengths.
        let lines = listed.iter().zip([1, 10, 10_000].into_iter().cycle());
        let lines = lines.map(|(hash, seen)| format!("{}:{seen}\r\n", hash.to_uppercase()));
        let text: String = lines.collect();
        for text in [text.as_str(), text.trim_end()] {
            let mut list = Cursor::new(text);
            assert!(listed.iter().all(|hash| find(&mut list, hash).unwrap()));
            assert!(!others.iter().any(|hash| find(&mut list, hash).unwrap()));
        }
        assert!(!find(&mut Cursor::new(""), &listed[0]).unwrap());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        assert!(BreachedPasswords::open(&path).is_err());
        std::fs::write(&path, "password\n").unwrap();
        assert!(BreachedPasswords::open(&path).is_err());
        // SHA-1 of `correct horse battery staple`.
        std::fs::write(&path, "ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42:9\n").unwrap();
        let list = BreachedPasswords::open(&path).unwrap();
        assert!(list.contains("correct horse battery staple").unwrap());
        assert!(!list.contains("seven purple lanterns over water").unwrap());
    }
}
