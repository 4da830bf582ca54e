//! Names of files, safe to save under on any system.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use crate::macros::text_newtype;

/// The longest name that file systems take, in bytes.
const MAX_BYTES: usize = 255;
/// What a file is called whose name has nothing in it that can be kept.
const UNNAMED: &str = "file";

/// What a file is called: one part of a path, of 255 bytes at most, without characters that hide or turn
/// around what comes after, and no name of a device of Windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, min_length = 1, max_length = 255, example = "printout.pdf")]
pub struct FileName(String);

text_newtype!(FileName);

impl FileName {
    /// The nearest name to what a client calls a file: of a path only the last part.
    pub fn cleaned(text: &str) -> Self {
        let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
        let kept: String = last.nfc().filter(|c| !is_forbidden(*c)).collect();
        let kept = kept.trim().trim_end_matches(['.', ' ']);
        let named = match kept.trim_start_matches('.') {
            "" => UNNAMED.to_owned(),
            _ if is_device(kept) => format!("_{kept}"),
            _ => kept.to_owned(),
        };
        Self(cut(&named))
    }

    /// What follows the last dot, in lower case.
    pub fn extension(&self) -> Option<String> {
        let (stem, extension) = self.0.rsplit_once('.')?;
        (!stem.is_empty() && !extension.is_empty()).then(|| extension.to_lowercase())
    }
}

impl FromStr for FileName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let cleaned = Self::cleaned(text);
        if cleaned.0 == text {
            Ok(cleaned)
        } else {
            Err(format!("is no name that a file can have everywhere; {cleaned} would be one"))
        }
    }
}

/// Whether a character is for control, turns the direction around, or is taken by Windows.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '"' | '*' | ':' | '<' | '>' | '?' | '|')
}

/// Whether Windows takes a name for a device, whatever follows a dot in it.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let is_numbered = |device: &str| {
        let number = stem.strip_prefix(device).unwrap_or_default();
        number.chars().count() == 1 && number.chars().all(|c| "123456789¹²³".contains(c))
    };
    ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str())
        || ["COM", "LPT"].iter().any(|d| is_numbered(d))
}

/// A name cut to its length; the extension stays.
fn cut(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() < 20 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let end = stem.floor_char_boundary(MAX_BYTES - extension.len());
    format!("{}{extension}", stem[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_11_a_name_is_one_part_of_a_path_and_shows_what_it_is() {
        for (typed, kept) in [
            ("printout.pdf", "printout.pdf"),
            (r"..\..\x", "x"),
            ("/etc/passwd", "passwd"),
            ("../..", "file"),
            ("a\r\nX: y", "aX y"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("nul\0.txt", "_nul.txt"),
            ("CON", "_CON"),
            ("con.txt", "_con.txt"),
            ("COM1.log", "_COM1.log"),
            ("COM10", "COM10"),
            ("  a.txt. . ", "a.txt"),
            ("\"; filename=\"b.exe", "; filename=b.exe"),
            ("", "file"),
            (".htaccess", ".htaccess"),
            ("Größe.png", "Größe.png"),
        ] {
            let name = FileName::cleaned(typed);
            assert_eq!(name.as_str(), kept, "{typed:?}");
            assert_eq!(name.as_str().parse::<FileName>().as_ref(), Ok(&name), "{typed:?}");
        }
        assert!("a/b".parse::<FileName>().is_err());
    }

    #[test]
    fn a_long_name_is_cut_between_characters_and_keeps_its_extension() {
        let name = FileName::cleaned(&format!("{}.pdf", "é".repeat(255)));
        assert!(name.as_str().len() <= 255 && name.as_str().ends_with("é.pdf"), "{name}");
        assert_eq!(FileName::cleaned(&"x".repeat(300)).as_str().len(), 255);
        assert_eq!(name.extension().as_deref(), Some("pdf"));
        assert_eq!(FileName::cleaned("A.TAR.GZ").extension().as_deref(), Some("gz"));
        assert_eq!(FileName::cleaned(".profile").extension(), None);
    }
}
