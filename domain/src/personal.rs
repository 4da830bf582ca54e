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

/// Something about a person: known, or erased with the person's key.
///
/// It says whose it is, so the store can seal it with that person's key before it is written
/// anywhere. In memory it is plain; on disk and on the bus it never is. Its form there is
/// `{"of": "<subject>", "sealed": "<base64>"}`; without a [`Cipher`] at hand (specifications,
/// samples) it is `{"of": "<subject>", "known": <value>}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal<T> {
    of: Uuid,
    value: Option<T>,
}

impl<T> Personal<T> {
    /// What is known about a data subject: a customer, a user, an employee.
    pub fn known(of: impl Into<Uuid>, value: T) -> Self {
        Self { of: of.into(), value: Some(value) }
    }

    /// What nobody can read any more.
    pub fn erased(of: impl Into<Uuid>) -> Self {
        Self { of: of.into(), value: None }
    }

    /// The value, unless it was erased.
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The value, unless it was erased.
    pub fn into_inner(self) -> Option<T> {
        self.value
    }

    /// Whose it is.
    pub fn of(&self) -> Uuid {
        self.of
    }
}

/// Seals and opens with the keys of data subjects.
pub trait Cipher {
    /// The sealed form of a value, in Base64. Fails when the subject has no key any more.
    fn seal(&self, subject: Uuid, plain: &[u8]) -> Result<String, String>;

    /// The value again; `None` when the subject's key was destroyed.
    fn open(&self, subject: Uuid, sealed: &str) -> Result<Option<Vec<u8>>, String>;

    /// Whether the subject's key was destroyed: then not even that is read which was recorded in
    /// the open once.
    fn is_erased(&self, subject: Uuid) -> bool;
}

thread_local! {
    static CIPHER: RefCell<Option<Rc<dyn Cipher>>> = const { RefCell::new(None) };
}

/// Puts back the cipher that was at hand before, even if a panic passes.
struct Before(Option<Rc<dyn Cipher>>);

impl Drop for Before {
    fn drop(&mut self) {
        CIPHER.set(self.0.take());
    }
}

/// Serializes with personal data sealed, or deserializes with it opened. `work` must not wait: it
/// runs to its end on this thread.
pub fn with_cipher<T>(cipher: Rc<dyn Cipher>, work: impl FnOnce() -> T) -> T {
    let _before = Before(CIPHER.replace(Some(cipher)));
    work()
}

fn cipher() -> Option<Rc<dyn Cipher>> {
    CIPHER.with_borrow(Option::clone)
}

#[derive(Serialize, Deserialize)]
struct Stored<'a, T> {
    of: Uuid,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    known: Option<T>,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    sealed: Option<Cow<'a, str>>,
}

impl<T: Serialize> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut stored = Stored { of: self.of, known: None, sealed: None };
        match (&self.value, cipher()) {
            (Some(value), Some(cipher)) => {
                let plain = serde_json::to_vec(value).map_err(S::Error::custom)?;
                let sealed = cipher.seal(self.of, &plain).map_err(S::Error::custom)?;
                stored.sealed = Some(sealed.into());
            }
            (Some(value), None) => stored.known = Some(value),
            (None, _) => {}
        }
        stored.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { of, known, sealed } = Stored::<T>::deserialize(deserializer)?;
        let value = match (sealed, cipher()) {
            (None, Some(cipher)) => known.filter(|_| !cipher.is_erased(of)),
            (None, None) => known,
            (Some(_), None) => return Err(D::Error::custom("sealed, and no cipher at hand")),
            (Some(sealed), Some(cipher)) => {
                let plain = cipher.open(of, &sealed).map_err(D::Error::custom)?;
                let value = plain.map(|plain| serde_json::from_slice(&plain));
                value.transpose().map_err(D::Error::custom)?
            }
        };
        Ok(Self { of, value })
    }
}

/// Something that is personal if it is about a person: what an organisation is called is not.
///
/// What was recorded in the open before anybody thought of that reads as public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, bound(deserialize = "T: DeserializeOwned"))]
pub enum MaybePersonal<T> {
    Public(T),
    Personal(Personal<T>),
}

impl<T> MaybePersonal<T> {
    /// About a person, if there is one.
    pub fn about(person: Option<Uuid>, value: T) -> Self {
        match person {
            Some(of) => Self::Personal(Personal::known(of, value)),
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

    /// Whose it is, if it is about a person.
    pub fn of(&self) -> Option<Uuid> {
        match self {
            Self::Public(_) => None,
            Self::Personal(value) => Some(value.of()),
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
            let turned = plain.iter().rev().copied().collect();
            String::from_utf8(turned).map_err(|why| why.to_string())
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
        let name = Personal::known(Uuid::from_u128(7), "Anna".to_owned());
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
