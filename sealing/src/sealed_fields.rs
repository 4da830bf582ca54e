//! Finds the fields of an event's data that hold sealed values. A ciphertext is bound to its field, so
//! that nobody who can write the table can swap two of one event and person.

use std::{collections::HashMap, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The JSON pointer (RFC 6901) of each sealed value, by the value itself; `None` for one that occurs
/// twice.
#[derive(Debug, Default)]
pub(crate) struct SealedFields(HashMap<String, Option<String>>);

impl SealedFields {
    /// Finds them in the JSON text of an event's data.
    pub(crate) fn parse(data: &str) -> serde_json::Result<Self> {
        let (mut fields, mut path) = (Self::default(), String::new());
        let mut json = serde_json::Deserializer::from_str(data);
        Collector { fields: &mut fields, path: &mut path, sealed: false }.deserialize(&mut json)?;
        Ok(fields)
    }

    /// The pointer of a value; `None` if it does not occur, or occurs twice (so it was copied).
    pub(crate) fn pointer_of(&self, sealed: &str) -> Option<&str> {
        self.0.get(sealed)?.as_deref()
    }

    fn insert(&mut self, sealed: &str, path: &str) {
        let mark_ambiguous = |pointer: &mut Option<String>| *pointer = None;
        self.0
            .entry(sealed.to_owned())
            .and_modify(mark_ambiguous)
            .or_insert_with(|| Some(path.to_owned()));
    }
}

/// Visits a JSON value and everything in it.
struct Collector<'a> {
    fields: &'a mut SealedFields,
    path: &'a mut String,
    /// Whether the value is that of a field `sealed`.
    sealed: bool,
}

impl Collector<'_> {
    fn descend<E: Error>(
        &mut self,
        name: impl fmt::Display,
        value: impl FnOnce(Collector<'_>) -> Result<(), E>,
        sealed: bool,
    ) -> Result<(), E> {
        let before = self.path.len();
        if !sealed {
            self.path.push('/');
            self.path.push_str(&name.to_string().replace('~', "~0").replace('/', "~1"));
        }
        value(Collector { fields: self.fields, path: self.path, sealed })?;
        self.path.truncate(before);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Collector<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Collector<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the data of an event")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let sealed = name == "sealed";
            self.descend(name, |value| map.next_value_seed(value), sealed)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut more = true;
        for index in 0.. {
            if !more {
                break;
            }
            let next = |value: Collector<'_>| {
                more = items.next_element_seed(value)?.is_some();
                Ok(())
            };
            self.descend(index, next, false)?;
        }
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if self.sealed {
            self.fields.insert(text, self.path);
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sealed_value_has_one_place() {
        let data = r#"{"names":{"of":"x","sealed":"A"},"n":[1,2.5,null,true],
            "points":[{"value":{"sealed":"B"}},{"a/b":{"sealed":"C"}}],
            "one":{"sealed":"D"},"other":{"sealed":"D"}}"#;
        let fields = SealedFields::parse(data).unwrap();
        assert_eq!(fields.pointer_of("A"), Some("/names"));
        assert_eq!(fields.pointer_of("B"), Some("/points/0/value"));
        assert_eq!(fields.pointer_of("C"), Some("/points/1/a~1b"));
        assert_eq!(fields.pointer_of("D"), None, "a copy of another's value");
        assert_eq!(fields.pointer_of("E"), None);
    }
}
