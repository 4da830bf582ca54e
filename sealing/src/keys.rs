use std::{cell::RefCell, collections::HashMap, fmt, rc::Rc, sync::Arc};

use aws_lc_rs::{error::Unspecified, rand};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use domain::{Broken, Cipher, Decider, Raw, Recorded, encode, opening, sealing};
use thiserror::Error;
use uuid::Uuid;

use crate::{MasterKey, master::Aead};

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
    fn associated_data(&self) -> Vec<u8> {
        format!("{}/{}/{}", self.stream, self.id, self.version).into_bytes()
    }
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
}

/// The keys of some people, as they were a moment ago; `None` where the key was destroyed.
#[derive(Debug, Clone, Default)]
pub struct Keys(pub(crate) Arc<HashMap<Uuid, Option<Arc<DataKey>>>>);

impl Keys {
    /// Makes a key for someone who has none.
    pub fn make(&mut self, master: &MasterKey, subject: Uuid) -> Result<NewKey, Unspecified> {
        let mut key = [0; 32];
        rand::fill(&mut key)?;
        let wrapped = master.wrap(subject.as_bytes(), &key)?;
        let key = Arc::new(DataKey(Aead::new(&key)?));
        Arc::make_mut(&mut self.0).insert(subject, Some(key));
        Ok(NewKey { subject, wrapped })
    }

    /// Keys that open nothing of these people: all that is personal is met as erased. For those who
    /// must know what happened and need not know to whom.
    pub fn blind(subjects: impl IntoIterator<Item = Uuid>) -> Self {
        Self(Arc::new(subjects.into_iter().map(|subject| (subject, None)).collect()))
    }

    /// Takes over the keys of others.
    pub fn extend(&mut self, others: &Self) {
        let others = others.0.iter().map(|(subject, key)| (*subject, key.clone()));
        Arc::make_mut(&mut self.0).extend(others);
    }

    pub fn knows(&self, subject: Uuid) -> bool {
        self.0.contains_key(&subject)
    }

    /// Whether what was sealed for somebody can be opened.
    pub fn opens(&self, subject: Uuid) -> bool {
        self.0.get(&subject).is_some_and(Option::is_some)
    }

    /// The event as it may be written: what is personal in it sealed.
    pub fn encode<D: Decider>(
        &self,
        place: Place<'_>,
        event: &D::Event,
    ) -> Result<Sealed, SealingError> {
        let cipher = Rc::new(Bound::new(self.clone(), place));
        let encoded = sealing(cipher.clone(), || encode::<D>(event));
        let used = cipher.used.take();
        let missing: Vec<_> =
            used.iter().copied().filter(|subject| !self.knows(*subject)).collect();
        if !missing.is_empty() {
            return Err(SealingError::Missing(missing));
        }
        if let Some(erased) = used.iter().find(|subject| matches!(self.0.get(subject), Some(None)))
        {
            return Err(SealingError::Erased(*erased));
        }
        let (variant, data) = encoded?;
        Ok(Sealed { variant, data, subjects: used })
    }

    /// The event again; what was sealed with a destroyed key is erased in it.
    pub fn decode<D: Decider>(&self, raw: &Raw) -> Result<Recorded<D::Event>, Broken> {
        if raw.meta.subjects.is_empty() {
            return raw.decode::<D>();
        }
        let place = Place { stream: &raw.stream, id: raw.id, version: raw.version };
        opening(Rc::new(Bound::new(self.clone(), place)), || raw.decode::<D>())
    }
}

/// Keys bound to the place of one event.
struct Bound {
    keys: Keys,
    associated: Vec<u8>,
    used: RefCell<Vec<Uuid>>,
}

impl Bound {
    fn new(keys: Keys, place: Place<'_>) -> Self {
        Self { keys, associated: place.associated_data(), used: RefCell::default() }
    }
}

impl Cipher for Bound {
    fn seal(&self, subject: Uuid, plain: &[u8]) -> Result<String, String> {
        let mut used = self.used.borrow_mut();
        if !used.contains(&subject) {
            used.push(subject);
        }
        match self.keys.0.get(&subject) {
            Some(Some(key)) => {
                let sealed = key.0.seal(&self.associated, plain).map_err(|why| why.to_string())?;
                Ok(STANDARD_NO_PAD.encode(sealed))
            }
            // The caller sees whose key is missing and discards what was written.
            Some(None) | None => Ok(String::new()),
        }
    }

    fn open(&self, subject: Uuid, sealed: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(known) = self.keys.0.get(&subject) else {
            return Err(format!("the key of {subject} was not fetched"));
        };
        let Some(key) = known else { return Ok(None) };
        let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|why| why.to_string())?;
        let plain = key.0.open(&self.associated, &sealed);
        plain.map(Some).map_err(|_| format!("sealed data of {subject} does not open here"))
    }
}
