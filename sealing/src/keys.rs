//! Keys of data subjects; seals and opens the personal fields of events with them.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    fmt,
    rc::Rc,
    sync::Arc,
};

use aws_lc_rs::{error::Unspecified, rand};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use domain::{Cipher, Decider, EventFormatError, RawEvent, Recorded, encode, with_cipher};
use serde_json::value::RawValue;
use thiserror::Error;
use uuid::Uuid;

use crate::{MasterKey, master::Aead, sealed_fields::SealedFields};

/// Marks ciphertexts that are bound to their field. Older ones are bound to their event only, and have
/// no prefix; a colon does not occur in Base64.
const FIELD_BOUND_PREFIX: &str = "f:";

/// The key of a person, unwrapped.
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

/// A key that was created while something was sealed, and must be stored with it.
#[derive(Debug, Clone)]
pub struct NewSubjectKey {
    pub subject: Uuid,
    pub wrapped: Vec<u8>,
}

/// Identifies an event: its ciphertexts are bound to it.
#[derive(Debug, Clone, Copy)]
pub struct EventLocation<'a> {
    pub stream: &'a str,
    pub id: Uuid,
    pub version: i32,
}

impl EventLocation<'_> {
    fn context(&self) -> String {
        format!("{}/{}/{}", self.stream, self.id, self.version)
    }
}

/// The associated data of the ciphertext in a field of an event.
fn associated_data(event: &str, field: &str) -> Vec<u8> {
    format!("{event}#{field}").into_bytes()
}

/// An event as it may be stored: its variant, its data, and whose keys seal something in it.
#[derive(Debug)]
pub struct SealedEvent {
    pub variant: String,
    pub data: String,
    pub subjects: Vec<Uuid>,
}

/// Why an event could not be sealed.
#[derive(Debug, Error)]
pub enum SealingError {
    /// The keys of these people must be fetched first.
    #[error("keys of {} people are not at hand", .0.len())]
    Missing(Vec<Uuid>),
    #[error("{0} was erased: nothing new can be written about this person")]
    Erased(Uuid),
    #[error(transparent)]
    Broken(#[from] EventFormatError),
    #[error("a value cannot be sealed: {0}")]
    Failed(String),
}

/// The keys of some people, as they were a moment ago.
#[derive(Debug, Clone, Default)]
pub struct SubjectKeys {
    /// `None` where the key was destroyed.
    pub(crate) by_subject: Arc<HashMap<Uuid, Option<Arc<DataKey>>>>,
    /// Whose keys were created here and are not stored yet.
    pub(crate) created: Vec<Uuid>,
}

impl SubjectKeys {
    /// Creates a key for a person who has none.
    pub fn create(
        &mut self,
        master: &MasterKey,
        subject: Uuid,
    ) -> Result<NewSubjectKey, Unspecified> {
        let mut key = [0; 32];
        rand::fill(&mut key)?;
        let wrapped = master.wrap(subject.as_bytes(), &key)?;
        let key = Arc::new(DataKey(Aead::new(&key)?));
        Arc::make_mut(&mut self.by_subject).insert(subject, Some(key));
        self.created.push(subject);
        Ok(NewSubjectKey { subject, wrapped })
    }

    /// Keys that open nothing of these people: their personal data reads as erased. For code that must
    /// know what happened but not to whom.
    pub fn all_erased(subjects: impl IntoIterator<Item = Uuid>) -> Self {
        let by_subject = subjects.into_iter().map(|subject| (subject, None)).collect();
        Self { by_subject: Arc::new(by_subject), created: Vec::new() }
    }

    /// Adds other keys.
    pub fn add_all(&mut self, others: &Self) {
        let others = others.by_subject.iter().map(|(subject, key)| (*subject, key.clone()));
        Arc::make_mut(&mut self.by_subject).extend(others);
    }

    /// Whether the key of a person was fetched, even if it was destroyed.
    pub fn has_entry_for(&self, subject: Uuid) -> bool {
        self.by_subject.contains_key(&subject)
    }

    /// Whether data sealed for a person can be opened.
    pub fn can_open(&self, subject: Uuid) -> bool {
        self.by_subject.get(&subject).is_some_and(Option::is_some)
    }

    /// Seals the personal fields of an event.
    pub fn seal_event<D: Decider>(
        &self,
        location: EventLocation<'_>,
        event: &D::Event,
    ) -> Result<SealedEvent, SealingError> {
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
            subjects.iter().copied().filter(|subject| !self.has_entry_for(*subject)).collect();
        if !missing.is_empty() {
            return Err(SealingError::Missing(missing));
        }
        let erased = |subject: &&Uuid| matches!(self.by_subject.get(subject), Some(None));
        if let Some(erased) = subjects.iter().find(erased) {
            return Err(SealingError::Erased(*erased));
        }
        let (variant, mut data) = encoded?;
        if !values.is_empty() {
            let failed = |why: &dyn fmt::Display| SealingError::Failed(why.to_string());
            let sealed_fields = SealedFields::parse(&data).map_err(|why| failed(&why))?;
            let event = location.context();
            for (index, (subject, plain)) in values.iter().enumerate() {
                let label = draft.label(index);
                let field =
                    sealed_fields.pointer_of(&label).ok_or_else(|| failed(&"it stands nowhere"))?;
                let key = self.by_subject.get(subject).and_then(Option::as_ref);
                let key = key.ok_or(SealingError::Erased(*subject))?;
                let sealed = key.0.seal(&associated_data(&event, field), plain);
                let sealed = sealed.map_err(|why| failed(&why))?;
                data = data.replace(
                    &label,
                    &format!("{FIELD_BOUND_PREFIX}{}", STANDARD_NO_PAD.encode(sealed)),
                );
            }
        }
        Ok(SealedEvent { variant, data, subjects })
    }

    /// Opens an event; fields that were sealed with a destroyed key read as erased.
    pub fn open_event<D: Decider>(
        &self,
        raw: &RawEvent,
    ) -> Result<Recorded<D::Event>, EventFormatError> {
        if raw.meta.subjects.is_empty() {
            return raw.decode::<D>();
        }
        let location = EventLocation { stream: &raw.stream, id: raw.id, version: raw.version };
        with_cipher(Rc::new(Opener::new(self.clone(), location, &raw.data)), || raw.decode::<D>())
    }
}

/// Collects the values to be sealed while an event is serialized. Labels stand in their place until it
/// is known in which field each value is.
struct Draft {
    /// Random, so that labels occur in no other text.
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

/// Opens the sealed values of one event.
struct Opener {
    keys: SubjectKeys,
    event: String,
    data: Box<RawValue>,
    /// Computed when the first value is opened: without keys it is not needed.
    sealed_fields: OnceCell<Result<SealedFields, String>>,
}

impl Opener {
    fn new(keys: SubjectKeys, location: EventLocation<'_>, data: &RawValue) -> Self {
        let (event, sealed_fields) = (location.context(), OnceCell::new());
        Self { keys, event, data: data.to_owned(), sealed_fields }
    }

    /// The associated data of a sealed value of this event.
    fn associated_data_of(&self, sealed: &str) -> Result<Vec<u8>, String> {
        if !sealed.starts_with(FIELD_BOUND_PREFIX) {
            return Ok(self.event.clone().into_bytes());
        }
        let sealed_fields = || SealedFields::parse(self.data.get()).map_err(|why| why.to_string());
        let sealed_fields =
            self.sealed_fields.get_or_init(sealed_fields).as_ref().map_err(String::clone)?;
        let field =
            sealed_fields.pointer_of(sealed).ok_or("a sealed value stands twice in an event")?;
        Ok(associated_data(&self.event, field))
    }
}

impl Cipher for Opener {
    fn seal(&self, _: Uuid, _: &[u8]) -> Result<String, String> {
        Err("what is read is not written".into())
    }

    fn open(&self, subject: Uuid, sealed: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(entry) = self.keys.by_subject.get(&subject) else {
            return Err(format!("the key of {subject} was not fetched"));
        };
        let Some(key) = entry else { return Ok(None) };
        let associated_data = self.associated_data_of(sealed)?;
        let text = sealed.strip_prefix(FIELD_BOUND_PREFIX).unwrap_or(sealed);
        let text = STANDARD_NO_PAD.decode(text).map_err(|why| why.to_string())?;
        let plain = key.0.open(&associated_data, &text);
        plain.map(Some).map_err(|_| format!("sealed data of {subject} does not open here"))
    }

    fn is_erased(&self, subject: Uuid) -> bool {
        matches!(self.keys.by_subject.get(&subject), Some(None))
    }
}

#[cfg(test)]
mod tests;
