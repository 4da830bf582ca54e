//! Where in the data of an event its sealed values stand. A ciphertext is bound to its place, so that
//! two of one event and person cannot be exchanged by whoever writes the table.

use std::{collections::HashMap, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The place of each sealed value, as a JSON pointer (RFC 6901), by the value itself.
#[derive(Debug, Default)]
pub(crate) struct Places(HashMap<String, Option<String>>);

impl Places {
    /// Finds them in the JSON text of an event's data.
    pub(crate) fn of(data: &str) -> serde_json::Result<Self> {
        let (mut places, mut path) = (Self::default(), String::new());
        let mut json = serde_json::Deserializer::from_str(data);
        Walk { places: &mut places, path: &mut path, sealed: false }.deserialize(&mut json)?;
        Ok(places)
    }

    /// Where a value stands; nothing if it is not there, or there twice, which no value is of
    /// itself.
    pub(crate) fn find(&self, sealed: &str) -> Option<&str> {
        self.0.get(sealed)?.as_deref()
    }

    fn insert(&mut self, sealed: &str, path: &str) {
        let twice = |place: &mut Option<String>| *place = None;
        self.0.entry(sealed.to_owned()).and_modify(twice).or_insert_with(|| Some(path.to_owned()));
    }
}

/// One value of the text, and all that is in it.
struct Walk<'a> {
    places: &'a mut Places,
    path: &'a mut String,
    /// Whether it stands where sealed values do.
    sealed: bool,
}

impl Walk<'_> {
    fn enter<E: Error>(
        &mut self,
        name: impl fmt::Display,
        value: impl FnOnce(Walk<'_>) -> Result<(), E>,
        sealed: bool,
    ) -> Result<(), E> {
        let before = self.path.len();
        if !sealed {
            self.path.push('/');
            self.path.push_str(&name.to_string().replace('~', "~0").replace('/', "~1"));
        }
        value(Walk { places: self.places, path: self.path, sealed })?;
        self.path.truncate(before);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the data of an event")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let sealed = name == "sealed";
            self.enter(name, |value| map.next_value_seed(value), sealed)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut more = true;
        for index in 0.. {
            if !more {
                break;
            }
            let next = |value: Walk<'_>| {
                more = items.next_element_seed(value)?.is_some();
                Ok(())
            };
            self.enter(index, next, false)?;
        }
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if self.sealed {
            self.places.insert(text, self.path);
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
        let places = Places::of(data).unwrap();
        assert_eq!(places.find("A"), Some("/names"));
        assert_eq!(places.find("B"), Some("/points/0/value"));
        assert_eq!(places.find("C"), Some("/points/1/a~1b"));
        assert_eq!(places.find("D"), None, "a copy of another's value");
        assert_eq!(places.find("E"), None);
    }
}
