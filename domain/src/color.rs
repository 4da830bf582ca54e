//! Colours, and how well they stand out from what is behind them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A colour of the sRGB space, as `#0e5c56`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^#[0-9A-Fa-f]{6}$", example = "#0e5c56")]
pub struct Color([u8; 3]);

impl Color {
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Red, green and blue.
    pub const fn channels(self) -> [u8; 3] {
        self.0
    }

    /// The contrast with another colour by WCAG 2.2: from 1, the same, to 21, black on white.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| match f64::from(channel) / 255.0 {
            dark if dark <= 0.04045 => dark / 12.92,
            light => ((light + 0.055) / 1.055).powf(2.4),
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl FromStr for Color {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|digits| {
            digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        });
        let parsed = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = parsed.ok_or("is no colour such as #0e5c56")?.to_be_bytes();
        Ok(Self::new(red, green, blue))
    }
}

impl TryFrom<String> for Color {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_in_any_case_and_written_in_one() {
        assert_eq!(color("#0E5c56").to_string(), "#0e5c56");
        for bad in ["", "0e5c56", "#0e5c5", "#0e5c567", "#0e5c5g", "#+e5c56", "teal"] {
            assert!(bad.parse::<Color>().is_err(), "{bad}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let rounded = |one, other| (color(one).contrast(color(other)) * 100.0).round();
        assert_eq!(rounded("#000000", "#ffffff").to_string(), "2100");
        assert_eq!(rounded("#777777", "#ffffff").to_string(), "448");
        assert_eq!(rounded("#ffffff", "#777777").to_string(), "448");
        assert_eq!(rounded("#0e5c56", "#0e5c56").to_string(), "100");
    }

    fn color(text: &str) -> Color {
        text.parse().unwrap()
    }
}
