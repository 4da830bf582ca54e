//! Personal data, readable only as long as its owner's key exists.

use std::{borrow::Cow, cell::RefCell, rc::Rc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _},
    ser::Error as _,
};
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, OneOfBuilder, RefOr, Schema, SchemaFormat, schema::Type,
    },
};
use uuid::Uuid;

/// A value about a person: readable, or erased with the person's key.
///
/// It names its data subject, so that the store can seal it with that subject's key. In memory it is
/// plain; on disk and on the bus it never is. Its form there is
/// `{"of": "<subject>", "sealed": "<base64>"}`; without a [`Cipher`] (specifications, samples) it is
/// `{"of": "<subject>", "known": <value>}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal<T> {
    subject: Uuid,
    value: Option<T>,
}

impl<T> Personal<T> {
    /// A value that is sealed with the key of its data subject (a customer, a user, an employee)
    /// whenever it is stored.
    pub fn sealed(subject: impl Into<Uuid>, value: T) -> Self {
        Self { subject: subject.into(), value: Some(value) }
    }

    /// A value that nobody can read any more.
    pub fn erased(subject: impl Into<Uuid>) -> Self {
        Self { subject: subject.into(), value: None }
    }

    /// The value, unless it was erased.
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The value, unless it was erased.
    pub fn into_inner(self) -> Option<T> {
        self.value
    }

    /// The person it is about.
    pub fn subject(&self) -> Uuid {
        self.subject
    }
}

/// Seals and opens with the keys of data subjects.
pub trait Cipher {
    /// The sealed form of a value, in Base64. Fails when the subject has no key any more.
    fn seal(&self, subject: Uuid, plain: &[u8]) -> Result<String, String>;

    /// The value again; `None` when the subject's key was destroyed.
    fn open(&self, subject: Uuid, sealed: &str) -> Result<Option<Vec<u8>>, String>;

    /// Whether the subject's key was destroyed: then values that were once recorded in the open are
    /// not read either.
    fn is_erased(&self, subject: Uuid) -> bool;
}

thread_local! {
    static CIPHER: RefCell<Option<Rc<dyn Cipher>>> = const { RefCell::new(None) };
}

/// Restores the previous cipher when dropped, even after a panic.
struct PreviousCipher(Option<Rc<dyn Cipher>>);

impl Drop for PreviousCipher {
    fn drop(&mut self) {
        CIPHER.set(self.0.take());
    }
}

/// Runs `operation` with a cipher: what it serializes is sealed, what it deserializes is opened. It
/// must not wait, because it runs to its end on this thread.
pub fn with_cipher<T>(cipher: Rc<dyn Cipher>, operation: impl FnOnce() -> T) -> T {
    let _previous = PreviousCipher(CIPHER.replace(Some(cipher)));
    operation()
}

fn cipher() -> Option<Rc<dyn Cipher>> {
    CIPHER.with_borrow(Option::clone)
}

#[derive(Serialize, Deserialize)]
struct Stored<'a, T> {
    #[serde(rename = "of")]
    subject: Uuid,
    #[serde(
        default = "Option::default",
        rename = "known",
        skip_serializing_if = "Option::is_none"
    )]
    plain: Option<T>,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    sealed: Option<Cow<'a, str>>,
}

impl<T: Serialize> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut stored = Stored { subject: self.subject, plain: None, sealed: None };
        match (&self.value, cipher()) {
            (Some(value), Some(cipher)) => {
                let plain = serde_json::to_vec(value).map_err(S::Error::custom)?;
                let sealed = cipher.seal(self.subject, &plain).map_err(S::Error::custom)?;
                stored.sealed = Some(sealed.into());
            }
            (Some(value), None) => stored.plain = Some(value),
            (None, _) => {}
        }
        stored.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { subject, plain, sealed } = Stored::<T>::deserialize(deserializer)?;
        let value = match (sealed, cipher()) {
            (None, Some(cipher)) => plain.filter(|_| !cipher.is_erased(subject)),
            (None, None) => plain,
            (Some(_), None) => return Err(D::Error::custom("sealed, and no cipher at hand")),
            (Some(sealed), Some(cipher)) => {
                let plain = cipher.open(subject, &sealed).map_err(D::Error::custom)?;
                let value = plain.map(|plain| serde_json::from_slice(&plain));
                value.transpose().map_err(D::Error::custom)?
            }
        };
        Ok(Self { subject, value })
    }
}

/// A value that is personal if it is about a person: the name of an organisation is not.
///
/// Old events that recorded it in the open read as public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, bound(deserialize = "T: DeserializeOwned"))]
pub enum MaybePersonal<T> {
    Public(T),
    Personal(Personal<T>),
}

impl<T> MaybePersonal<T> {
    /// Personal if a person is named, public otherwise.
    pub fn about(person: Option<Uuid>, value: T) -> Self {
        match person {
            Some(subject) => Self::Personal(Personal::sealed(subject, value)),
            None => Self::Public(value),
        }
    }

    /// The value, unless it was erased.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Public(value) => Some(value),
            Self::Personal(value) => value.get(),
        }
    }

    /// The person it is about, if it is about one.
    pub fn subject(&self) -> Option<Uuid> {
        match self {
            Self::Public(_) => None,
            Self::Personal(value) => Some(value.subject()),
        }
    }
}

/// The published form is plain or sealed.
impl<T: ToSchema> ComposeSchema for MaybePersonal<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let sealed = <Personal<T> as ComposeSchema>::compose(Vec::new());
        OneOfBuilder::new().item(T::schema()).item(sealed).into()
    }
}

impl<T: ToSchema> ToSchema for MaybePersonal<T> {
    fn name() -> Cow<'static, str> {
        format!("MaybeSealed_{}", T::name()).into()
    }
}

/// The published form is the sealed one, whatever is inside.
impl<T> ComposeSchema for Personal<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let uuid = SchemaFormat::KnownFormat(KnownFormat::Uuid);
        let text = || ObjectBuilder::new().schema_type(Type::String);
        ObjectBuilder::new()
            .description(Some("Personal data, sealed with the key of its subject; see Sealed."))
            .property("of", text().format(Some(uuid)))
            .property("sealed", text())
            .required("of")
            .into()
    }
}

impl<T> ToSchema for Personal<T> {
    fn name() -> Cow<'static, str> {
        "Sealed".into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Reverse;

    impl Cipher for Reverse {
        fn seal(&self, _: Uuid, plain: &[u8]) -> Result<String, String> {
            let reversed = plain.iter().rev().copied().collect();
            String::from_utf8(reversed).map_err(|why| why.to_string())
        }

        fn open(&self, subject: Uuid, sealed: &str) -> Result<Option<Vec<u8>>, String> {
            Ok((subject != Uuid::nil()).then(|| sealed.bytes().rev().collect()))
        }

        fn is_erased(&self, subject: Uuid) -> bool {
            subject == Uuid::nil()
        }
    }

    #[test]
    fn what_is_personal_is_never_plain_when_a_cipher_is_at_hand() {
        let name = Personal::sealed(Uuid::from_u128(7), "Anna".to_owned());
        let stored = with_cipher(Rc::new(Reverse), || serde_json::to_string(&name)).unwrap();
        assert!(!stored.contains("Anna"), "{stored}");
        let read: Personal<String> =
            with_cipher(Rc::new(Reverse), || serde_json::from_str(&stored)).unwrap();
        assert_eq!(read, name);
    }

    #[test]
    fn without_its_key_it_is_erased() {
        let stored = json!({ "of": Uuid::nil(), "sealed": "x" }).to_string();
        let read: Personal<String> =
            with_cipher(Rc::new(Reverse), || serde_json::from_str(&stored)).unwrap();
        assert_eq!(read, Personal::erased(Uuid::nil()));
        assert!(serde_json::from_str::<Personal<String>>(&stored).is_err(), "no cipher at hand");
    }
}
