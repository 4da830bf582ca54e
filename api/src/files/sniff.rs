//! What the first bytes of a file look like.

use domain::MediaType;

/// How many bytes are looked at.
pub(super) const SNIFFED_BYTES: usize = 8 << 10;

/// The type by the signature, `text/plain` for text that has none, or else `application/octet-stream`.
pub(super) fn sniff_media_type(head: &[u8]) -> Result<MediaType, String> {
    let found = match infer::get(head) {
        Some(known) => known.mime_type(),
        None if is_markup(head) => "text/html",
        None if is_text(head) => "text/plain",
        None => "application/octet-stream",
    };
    found.parse()
}

/// Whether it is UTF-8 without control characters; the last character may be cut.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(why) if why.error_len().is_none() => {
            std::str::from_utf8(&head[..why.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text
        .contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{1b}' | '\u{c}'))
}

/// Whether a browser that guesses would take it for a page or a picture with scripts.
fn is_markup(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').to_lowercase();
    let start = text.trim_start();
    ["<!doctype", "<html", "<head", "<body", "<script", "<svg", "<?xml", "<iframe"]
        .iter()
        .any(|tag| start.starts_with(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_11_a_file_is_what_its_first_bytes_say_whatever_follows() {
        let sniffed = |head: &[u8]| sniff_media_type(head).unwrap().to_string();
        assert_eq!(sniffed(b"%PDF-1.7\n<html><script>"), "application/pdf");
        assert_eq!(sniffed(b"GIF89a\x01\x00PK\x03\x04"), "image/gif");
        assert_eq!(sniffed(b"\x89PNG\r\n\x1a\n"), "image/png");
        assert_eq!(sniffed(b"PK\x03\x04\x14\x00"), "application/zip");
        for page in ["<!DOCTYPE html>", "\u{feff} <svg onload=x>", "<script>x</script>"] {
            assert!(!["text/plain", "image/png"].contains(&&*sniffed(page.as_bytes())), "{page}");
        }
        assert_eq!(sniffed(b"a,b\r\n1,2\r\n"), "text/plain");
        assert_eq!(sniffed("Größe".as_bytes().split_last().unwrap().1), "text/plain");
        assert_eq!(sniffed(b"a\0b"), "application/octet-stream");
        assert_eq!(sniffed(b""), "text/plain");
    }
}
