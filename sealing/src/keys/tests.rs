//! Sealing an event and opening it again, in its place and elsewhere.

use domain::{
    Meta, Personal, Recorded,
    identity::user::{Event, Language, User},
};

use super::*;

const ANNA: Uuid = Uuid::from_u128(7);

#[test]
fn what_is_sealed_opens_in_its_event_and_its_field_and_nowhere_else() {
    let (keys, sealed) = sealed();
    assert!(!sealed.data.contains("Anna"), "{}", sealed.data);
    assert_eq!(open(&keys, 1, &sealed.data).unwrap().event, event());
    assert!(open(&keys, 2, &sealed.data).is_err(), "moved to another event");

    let data: serde_json::Value = serde_json::from_str(&sealed.data).unwrap();
    let mut swapped = data.clone();
    swapped["name"] = data["email"].clone();
    swapped["email"] = data["name"].clone();
    assert!(open(&keys, 1, &swapped.to_string()).is_err(), "two fields exchanged");
    let mut copied = data.clone();
    copied["email"] = data["name"].clone();
    assert!(open(&keys, 1, &copied.to_string()).is_err(), "one copied over the other");
    let mut stripped = data.clone();
    let text = data["name"]["sealed"].as_str().unwrap();
    stripped["name"]["sealed"] = text.strip_prefix(FIELD_BOUND_PREFIX).unwrap().into();
    assert!(open(&keys, 1, &stripped.to_string()).is_err(), "told to be older than it is");
}

#[test]
fn what_was_sealed_before_fields_were_named_still_opens() {
    let (keys, sealed) = sealed();
    let key = keys.by_subject[&ANNA].as_ref().unwrap();
    let context = EventLocation { stream: "identity.user", id: ANNA, version: 1 }.context();
    let mut data: serde_json::Value = serde_json::from_str(&sealed.data).unwrap();
    let old = key.0.seal(context.as_bytes(), b"\"Anna Berg\"").unwrap();
    data["name"]["sealed"] = STANDARD_NO_PAD.encode(old).into();
    assert_eq!(open(&keys, 1, &data.to_string()).unwrap().event, event());
}

#[test]
fn of_an_erased_person_nothing_is_read_not_even_what_was_never_sealed() {
    let (_, sealed) = sealed();
    let mut data: serde_json::Value = serde_json::from_str(&sealed.data).unwrap();
    data["name"] = serde_json::json!({ "of": ANNA, "known": "Anna Berg" });
    let Event::Registered { email, name, .. } =
        open(&SubjectKeys::all_erased([ANNA]), 1, &data.to_string()).unwrap().event
    else {
        panic!("it is another event");
    };
    assert_eq!((email, name), (Personal::erased(ANNA), Personal::erased(ANNA)));
}

fn sealed() -> (SubjectKeys, SealedEvent) {
    let mut keys = SubjectKeys::default();
    keys.create(&MasterKey::generate().unwrap(), ANNA).unwrap();
    let location = EventLocation { stream: "identity.user", id: ANNA, version: 1 };
    let sealed = keys.seal_event::<User>(location, &event()).unwrap();
    assert_eq!(sealed.subjects, [ANNA]);
    (keys, sealed)
}

fn event() -> Event {
    Event::Registered {
        email: Personal::sealed(ANNA, "anna@example.org".parse().unwrap()),
        name: Personal::sealed(ANNA, "Anna Berg".parse().unwrap()),
        language: Language::En,
        zone: "UTC".parse().unwrap(),
    }
}

fn open(keys: &SubjectKeys, version: i32, data: &str) -> Result<Recorded<Event>, EventFormatError> {
    let meta = Meta { subjects: vec![ANNA], ..Meta::default() };
    let raw = RawEvent {
        position: 1,
        stream: "identity.user".into(),
        id: ANNA,
        version,
        kind: "UserRegistered".into(),
        schema: 1,
        data: RawValue::from_string(data.to_owned()).unwrap(),
        meta,
        recorded_at: chrono::DateTime::UNIX_EPOCH,
    };
    keys.open_event::<User>(&raw)
}
