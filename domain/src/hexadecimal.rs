//! Bytes as text.

use std::fmt::Write;

/// Two hexadecimal digits for each byte.
pub fn to_hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
