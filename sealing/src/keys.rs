//! Keys of data subjects, and events with what is personal in them sealed or opened.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    fmt,
    rc::Rc,
    sync::Arc,
};

use aws_lc_rs::{error::Unspecified, rand};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use domain::{Broken, Cipher, Decider, Raw, Recorded, encode, with_cipher};
use serde_json::value::RawValue;
use thiserror::Error;
use uuid::Uuid;

use crate::{MasterKey, master::Aead, places::Places};

/// Begins what is bound to its field. What is older is bound to its event only, and begins with
/// Base64, in which there is no such sign.
const BOUND: &str = "f:";

/// A person's key, ready for use.
pub(crate) struct DataKey(Aead);

impl DataKey {
    pub(crate) fn unwrap(
        master: &MasterKey,
        subject: Uuid,
        wrapped: &[u8],
    ) -> Result<Self, Unspecified> {
        let key = master.unwrap(subject.as_bytes(), wrapped)?;
        Ok(Self(Aead::new(&key.try_into().map_err(|_| Unspecified)?)?))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

/// A key that was made while something was sealed, and must be stored with it.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub subject: Uuid,
    pub wrapped: Vec<u8>,
}

/// Where an event stands: what its ciphertexts are bound to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub stream: &'a str,
    pub id: Uuid,
    pub version: i32,
}

impl Place<'_> {
    fn of_event(&self) -> String {
        format!("{}/{}/{}", self.stream, self.id, self.version)
    }
}

/// What the ciphertext in a field of an event is bound to.
fn bound(event: &str, field: &str) -> Vec<u8> {
    format!("{event}#{field}").into_bytes()
}

/// An event as it may be written: its variant, its data, and whose keys it took.
#[derive(Debug)]
pub struct Sealed {
    pub variant: String,
    pub data: String,
    pub subjects: Vec<Uuid>,
}

/// Why an event could not be sealed.
#[derive(Debug, Error)]
pub enum SealingError {
    /// Keys of these people must be fetched first.
    #[error("keys of {} people are not at hand", .0.len())]
    Missing(Vec<Uuid>),
    #[error("{0} was erased: nothing new can be written about this person")]
    Erased(Uuid),
    #[error(transparent)]
    Broken(#[from] Broken),
    #[error("a value cannot be sealed: {0}")]
    Failed(String),
}

/// The keys of some people, as they were a moment ago; `None` where the key was destroyed.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    pub(crate) known: Arc<HashMap<Uuid, Option<Arc<DataKey>>>>,
    /// Whose keys were made here and are nowhere yet.
    pub(crate) made: Vec<Uuid>,
}

impl Keys {
    /// Makes a key for someone who has none.
    pub fn make(&mut self, master: &MasterKey, subject: Uuid) -> Result<NewKey, Unspecified> {
        let mut key = [0; 32];
        rand::fill(&mut key)?;
        let wrapped = master.wrap(subject.as_bytes(), &key)?;
        let key = Arc::new(DataKey(Aead::new(&key)?));
        Arc::make_mut(&mut self.known).insert(subject, Some(key));
        self.made.push(subject);
        Ok(NewKey { subject, wrapped })
    }

    /// Keys that open nothing of these people: all that is personal is met as erased. For those who
    /// must know what happened and need not know to whom.
    pub fn blind(subjects: impl IntoIterator<Item = Uuid>) -> Self {
        let known = subjects.into_iter().map(|subject| (subject, None)).collect();
        Self { known: Arc::new(known), made: Vec::new() }
    }

    /// Takes over the keys of others.
    pub fn extend(&mut self, others: &Self) {
        let others = others.known.iter().map(|(subject, key)| (*subject, key.clone()));
        Arc::make_mut(&mut self.known).extend(others);
    }

    pub fn knows(&self, subject: Uuid) -> bool {
        self.known.contains_key(&subject)
    }

    /// Whether what was sealed for somebody can be opened.
    pub fn opens(&self, subject: Uuid) -> bool {
        self.known.get(&subject).is_some_and(Option::is_some)
    }

    /// The event as it may be written: what is personal in it sealed.
    pub fn encode<D: Decider>(
        &self,
        place: Place<'_>,
        event: &D::Event,
    ) -> Result<Sealed, SealingError> {
        let draft = Rc::new(Draft::new());
        let encoded = with_cipher(draft.clone(), || encode::<D>(event));
        let values = draft.values.take();
        let mut subjects: Vec<Uuid> = Vec::new();
        for (subject, _) in &values {
            if !subjects.contains(subject) {
                subjects.push(*subject);
            }
        }
        let missing: Vec<_> =
            subjects.iter().copied().filter(|subject| !self.knows(*subject)).collect();
        if !missing.is_empty() {
            return Err(SealingError::Missing(missing));
        }
        let erased = |subject: &&Uuid| matches!(self.known.get(subject), Some(None));
        if let Some(erased) = subjects.iter().find(erased) {
            return Err(SealingError::Erased(*erased));
        }
        let (variant, mut data) = encoded?;
        if !values.is_empty() {
            let failed = |why: &dyn fmt::Display| SealingError::Failed(why.to_string());
            let places = Places::of(&data).map_err(|why| failed(&why))?;
            let event = place.of_event();
            for (index, (subject, plain)) in values.iter().enumerate() {
                let label = draft.label(index);
                let field = places.find(&label).ok_or_else(|| failed(&"it stands nowhere"))?;
                let key = self.known.get(subject).and_then(Option::as_ref);
                let key = key.ok_or(SealingError::Erased(*subject))?;
                let sealed = key.0.seal(&bound(&event, field), plain);
                let sealed = sealed.map_err(|why| failed(&why))?;
                data = data.replace(&label, &format!("{BOUND}{}", STANDARD_NO_PAD.encode(sealed)));
            }
        }
        Ok(Sealed { variant, data, subjects })
    }

    /// The event again; what was sealed with a destroyed key is erased in it.
    pub fn decode<D: Decider>(&self, raw: &Raw) -> Result<Recorded<D::Event>, Broken> {
        if raw.meta.subjects.is_empty() {
            return raw.decode::<D>();
        }
        let place = Place { stream: &raw.stream, id: raw.id, version: raw.version };
        with_cipher(Rc::new(Opener::new(self.clone(), place, &raw.data)), || raw.decode::<D>())
    }
}

/// Collects what is to be sealed; in its place stand labels, as no value knows where it stands.
struct Draft {
    /// Occurs in no other text.
    token: String,
    values: RefCell<Vec<(Uuid, Vec<u8>)>>,
}

impl Draft {
    fn new() -> Self {
        let token = Uuid::now_v7().simple().to_string();
        Self { token, values: RefCell::default() }
    }

    fn label(&self, index: usize) -> String {
        format!("{}.{index}.", self.token)
    }
}

impl Cipher for Draft {
    fn seal(&self, subject: Uuid, plain: &[u8]) -> Result<String, String> {
        let mut values = self.values.borrow_mut();
        values.push((subject, plain.to_vec()));
        Ok(self.label(values.len() - 1))
    }

    fn open(&self, _: Uuid, _: &str) -> Result<Option<Vec<u8>>, String> {
        Err("a draft is only written".into())
    }

    fn is_erased(&self, _: Uuid) -> bool {
        false
    }
}

/// Opens what is sealed in one event.
struct Opener {
    keys: Keys,
    event: String,
    data: Box<RawValue>,
    /// Found when the first value is opened: without keys there is nothing to be found.
    places: OnceCell<Result<Places, String>>,
}

impl Opener {
    fn new(keys: Keys, place: Place<'_>, data: &RawValue) -> Self {
        let (event, places) = (place.of_event(), OnceCell::new());
        Self { keys, event, data: data.to_owned(), places }
    }

    /// What a value is bound to that stands in this event.
    fn associated(&self, sealed: &str) -> Result<Vec<u8>, String> {
        if !sealed.starts_with(BOUND) {
            return Ok(self.event.clone().into_bytes());
        }
        let places = || Places::of(self.data.get()).map_err(|why| why.to_string());
        let places = self.places.get_or_init(places).as_ref().map_err(String::clone)?;
        let field = places.find(sealed).ok_or("a sealed value stands twice in an event")?;
        Ok(bound(&self.event, field))
    }
}

impl Cipher for Opener {
    fn seal(&self, _: Uuid, _: &[u8]) -> Result<String, String> {
        Err("what is read is not written".into())
    }

    fn open(&self, subject: Uuid, sealed: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(known) = self.keys.known.get(&subject) else {
            return Err(format!("the key of {subject} was not fetched"));
        };
        let Some(key) = known else { return Ok(None) };
        let associated = self.associated(sealed)?;
        let text = sealed.strip_prefix(BOUND).unwrap_or(sealed);
        let text = STANDARD_NO_PAD.decode(text).map_err(|why| why.to_string())?;
        let plain = key.0.open(&associated, &text);
        plain.map(Some).map_err(|_| format!("sealed data of {subject} does not open here"))
    }

    fn is_erased(&self, subject: Uuid) -> bool {
        matches!(self.keys.known.get(&subject), Some(None))
    }
}

#[cfg(test)]
mod tests;
