//! Events between memory and disk: their names, their data, and their older shapes.
//!
//! In Rust an event is short and read qualified, `customer::Event::Created`; outside it is the
//! aggregate's name and the variant's, `CustomerCreated`. Only this file maps between the two.

use serde::{
    Deserializer, Serialize,
    de::{self, DeserializeOwned, Visitor},
    forward_to_deserialize_any,
};
use thiserror::Error;

use crate::{Decider, RawEvent, Recorded};

/// A stored event that this program cannot read, or one that cannot be written.
#[derive(Debug, Error)]
pub enum EventFormatError {
    #[error("{0} is no event of {1}")]
    Foreign(String, &'static str),
    #[error("{kind} in shape {schema}: {why}")]
    Unreadable { kind: String, schema: i16, why: serde_json::Error },
    /// A newer version of the program wrote it.
    #[error("{kind} in shape {schema} is of a newer version than this one")]
    Newer { kind: String, schema: i16 },
    #[error("{0} does not serialize as a variant with named fields")]
    Shapeless(&'static str),
}

/// `Customer` of `crm.customer`, `PurchaseEvent` of `purchasing.purchase_event`.
pub fn wire_aggregate(name: &str) -> String {
    let parts = name.rsplit('.').next().unwrap_or(name).split('_');
    let capitalized = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    };
    parts.map(capitalized).collect::<Vec<String>>().concat()
}

/// `CustomerCreated` of `Created`.
pub fn wire_name<D: Decider>(variant: &str) -> String {
    wire_aggregate(D::NAME) + variant
}

/// `Created` of `CustomerCreated`.
pub fn variant_of<D: Decider>(wire: &str) -> Option<&str> {
    wire.strip_prefix(wire_aggregate(D::NAME).as_str())
}

/// The present shape of a variant's data.
pub fn schema_version_of<D: Decider>(variant: &str) -> i16 {
    let upcasters = D::UPCASTERS.iter().filter(|up| up.variant == variant);
    upcasters.map(|up| up.from + 1).max().unwrap_or(1)
}

/// The variant and the data of an event, as JSON text.
pub fn encode<D: Decider>(event: &D::Event) -> Result<(String, String), EventFormatError> {
    // `{"Created":{…}}`: serde's externally tagged form, taken apart without parsing it.
    let text = text(event).ok_or(EventFormatError::Shapeless(D::NAME))?;
    let parts = text.strip_prefix("{\"").and_then(|text| text.strip_suffix('}'));
    let (variant, data) = parts
        .and_then(|parts| parts.split_once("\":"))
        .ok_or(EventFormatError::Shapeless(D::NAME))?;
    if !data.starts_with('{') {
        return Err(EventFormatError::Shapeless(D::NAME));
    }
    Ok((variant.to_owned(), data.to_owned()))
}

fn text(event: &impl Serialize) -> Option<String> {
    serde_json::to_string(event).ok()
}

/// An event from its wire name, the number of its shape and its data.
pub fn decode<D: Decider>(
    wire: &str,
    schema: i16,
    data: &str,
) -> Result<D::Event, EventFormatError> {
    let foreign = || EventFormatError::Foreign(wire.to_owned(), D::NAME);
    let variant = variant_of::<D>(wire).ok_or_else(foreign)?;
    let newer = || EventFormatError::Newer { kind: wire.to_owned(), schema };
    if schema > schema_version_of::<D>(variant) {
        return Err(newer());
    }
    let broken = |why| {
        if variants::<D::Event>().contains(&variant) {
            EventFormatError::Unreadable { kind: wire.to_owned(), schema, why }
        } else {
            newer()
        }
    };
    let mut upcasters: Vec<_> =
        D::UPCASTERS.iter().filter(|up| up.variant == variant && up.from >= schema).collect();
    if upcasters.is_empty() {
        return read(variant, data).map_err(broken);
    }
    upcasters.sort_by_key(|up| up.from);
    let mut data = serde_json::from_str(data).map_err(broken)?;
    for up in upcasters {
        (up.up)(&mut data);
    }
    read(variant, &data.to_string()).map_err(broken)
}

impl RawEvent {
    /// The event that this is of `D`, in its present shape.
    pub fn decode<D: Decider>(&self) -> Result<Recorded<D::Event>, EventFormatError> {
        if self.stream != D::NAME {
            return Err(EventFormatError::Foreign(self.kind.clone(), D::NAME));
        }
        Ok(Recorded {
            position: self.position,
            stream: self.stream.clone(),
            id: self.id,
            version: self.version,
            recorded_at: self.recorded_at,
            meta: self.meta.clone(),
            event: decode::<D>(&self.kind, self.schema, self.data.get())?,
        })
    }
}

fn read<E: DeserializeOwned>(variant: &str, data: &str) -> serde_json::Result<E> {
    serde_json::from_str(&format!("{{\"{variant}\":{data}}}"))
}

/// The names of an enum's variants, as serde passes them to a deserializer.
fn variants<E: DeserializeOwned>() -> &'static [&'static str] {
    let mut variants: &[&str] = &[];
    // The error is expected: only the names are wanted.
    let _ = E::deserialize(Variants(&mut variants));
    variants
}

struct Variants<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Variants<'_> {
    type Error = de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("nothing is read"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = variants;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;
    use thiserror::Error;
    use utoipa::ToSchema;

    use super::*;
    use crate::{DecisionContext, Refusal, Upcaster};

    #[derive(Debug, Clone, Default)]
    struct Lamp;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
    enum Event {
        Lit { lumens: u32 },
        Broken {},
    }

    #[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
    #[error("no")]
    struct No;

    impl Refusal for No {}

    impl Decider for Lamp {
        const NAME: &'static str = "house.desk_lamp";
        const UPCASTERS: &'static [Upcaster] = &[
            Upcaster { variant: "Lit", from: 2, up: |data| data["lumens"] = json!(data["lm"]) },
            Upcaster { variant: "Lit", from: 1, up: |data| data["lm"] = json!(800) },
        ];
        type Command = ();
        type Event = Event;
        type Refusal = No;
        type Facts = ();

        fn decide(&self, (): (), _: &DecisionContext<()>) -> Result<Vec<Event>, No> {
            Err(No)
        }

        fn evolve(self, _: Event) -> Self {
            self
        }
    }

    #[test]
    fn an_event_is_named_after_its_aggregate_and_comes_back_as_it_was() {
        assert_eq!(wire_name::<Lamp>("Lit"), "DeskLampLit");
        for event in [Event::Lit { lumens: 400 }, Event::Broken {}] {
            let (variant, data) = encode::<Lamp>(&event).unwrap();
            let wire = wire_name::<Lamp>(&variant);
            assert_eq!(
                decode::<Lamp>(&wire, schema_version_of::<Lamp>(&variant), &data).unwrap(),
                event
            );
        }
    }

    #[test]
    fn older_shapes_are_brought_up_step_by_step() {
        assert_eq!((schema_version_of::<Lamp>("Lit"), schema_version_of::<Lamp>("Broken")), (3, 1));
        let first = decode::<Lamp>("DeskLampLit", 1, "{}").unwrap();
        assert_eq!(first, Event::Lit { lumens: 800 });
        let second = decode::<Lamp>("DeskLampLit", 2, r#"{"lm":90}"#).unwrap();
        assert_eq!(second, Event::Lit { lumens: 90 });
    }

    #[test]
    fn what_cannot_be_read_says_so() {
        assert!(matches!(
            decode::<Lamp>("CustomerCreated", 1, "{}"),
            Err(EventFormatError::Foreign(..))
        ));
        assert!(matches!(
            decode::<Lamp>("DeskLampLit", 3, "{}"),
            Err(EventFormatError::Unreadable { .. })
        ));
        // What a newer version may have written is no fault of the log.
        for (kind, schema) in [("DeskLampMelted", 1), ("DeskLampLit", 4)] {
            let read = decode::<Lamp>(kind, schema, r#"{"lumens": 5}"#);
            assert!(matches!(read, Err(EventFormatError::Newer { .. })), "{read:?}");
        }
    }
}
