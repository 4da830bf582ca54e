//! Macros for newtypes over text and for enums that are displayed by their serialized names.

/// A newtype over `String` that is parsed by its [`FromStr`](std::str::FromStr), which checks a text and
/// brings it into its one spelling. Serde reads and writes it as that text
/// (`try_from = "String", into = "String"`).
macro_rules! text_newtype {
    ($name:ty $(, $($generics:tt)*)?) => {
        impl$(<$($generics)*>)? $name {
            /// The text in its one spelling.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl$(<$($generics)*>)? TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl$(<$($generics)*>)? From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl$(<$($generics)*>)? std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// A newtype over an array of bytes for a code of that many capital letters. Serde reads and writes it as
/// text (`try_from = "String", into = "String"`).
macro_rules! letter_code {
    ($name:ident, $what:literal) => {
        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text.as_bytes().try_into() {
                    Ok(letters) if text.bytes().all(|letter| letter.is_ascii_uppercase()) => {
                        Ok(Self(letters))
                    }
                    _ => Err(format!(concat!("'{}' is no ", $what), text)),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.to_string()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.iter().try_for_each(|&letter| write!(f, "{}", char::from(letter)))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    };
}

/// Displays enums without fields by the names that serde writes: `support_agent`.
macro_rules! display_as_serialized {
    ($($name:ty),+) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                serde::Serialize::serialize(self, f)
            }
        }
    )+};
}

pub(crate) use {display_as_serialized, letter_code, text_newtype};
