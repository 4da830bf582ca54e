//! Specification of files.

use uuid::Uuid;

use super::*;
use crate::{access::Actor, spec::Spec};

const ANNA: Uuid = Uuid::from_u128(0xa);

#[test]
fn a_file_is_uploaded_once() {
    File::given([]).when(Command::Upload(file())).then([uploaded()]);
    File::given([uploaded()]).when(Command::Upload(file())).refused(Refusal::AlreadyUploaded);
    File::given([]).when(Command::Delete {}).refused(Refusal::NotUploaded);
}

#[test]
fn fil_1_a_file_is_no_larger_than_what_it_is_for_allows() {
    let most = Purpose::IssueAttachment.max_size();
    let sized = |size| Command::Upload(NewFile { size, ..file() });
    File::given([]).when(sized(most + 1)).refused(Refusal::FileTooLarge { most });
}

#[test]
fn fil_2_what_a_browser_would_run_is_not_taken() {
    for wrong in ["text/html", "image/svg+xml", "application/x-msdownload"] {
        let html = NewFile { media_type: media_type(wrong), sniffed: media_type(wrong), ..file() };
        let refused = File::default().decide(Command::Upload(html), &case());
        assert!(matches!(refused, Err(Refusal::TypeNotAllowed { .. })), "{wrong}: {refused:?}");
    }
}

#[test]
fn fil_3_a_file_is_what_it_says() {
    let html = media_type("text/html");
    let hidden = NewFile { sniffed: html.clone(), ..file() };
    File::given([]).when(Command::Upload(hidden)).refused(Refusal::TypeMismatch { sniffed: html });
    let misnamed = NewFile { name: FileName::cleaned("printout.exe"), ..file() };
    File::given([]).when(Command::Upload(misnamed)).refused(Refusal::ExtensionMismatch);
    let table = NewFile {
        name: FileName::cleaned("hours.xlsx"),
        media_type: media_type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        sniffed: media_type("application/zip"),
        ..file()
    };
    assert!(File::default().decide(Command::Upload(table), &case()).is_ok());
}

#[test]
fn fil_4_what_was_found_to_be_harmful_stays_so() {
    let reason = || Text::<200>::try_from("Eicar-Test-Signature".to_owned()).unwrap();
    let quarantined = || Event::Quarantined { reason: reason() };
    let quarantine = || Command::Quarantine { reason: reason() };
    File::given([uploaded()]).when(Command::MarkClean {}).then([Event::FoundClean {}]);
    File::given([uploaded(), Event::FoundClean {}]).when(quarantine()).then([quarantined()]);
    File::given([uploaded(), quarantined()]).when(Command::MarkClean {}).then([]);
    File::given([uploaded(), Event::Deleted {}]).when(quarantine()).refused(Refusal::Deleted);
}

#[test]
fn fil_5_what_is_in_use_is_deleted_where_it_is_used() {
    let used = || File::given([uploaded()]).knowing(Facts { in_use: true });
    used().when(Command::Delete {}).refused(Refusal::InUse);
    used().by(Actor::system("test")).when(Command::Delete {}).then([Event::Deleted {}]);
    File::given([uploaded()]).when(Command::Delete {}).then([Event::Deleted {}]);
}

#[test]
fn fil_6_what_nobody_uses_is_deleted_in_the_end() {
    let delete = || Command::DeleteUnused {};
    File::given([uploaded()]).when(delete()).then([Event::Deleted {}]);
    File::given([uploaded(), Event::Deleted {}]).when(delete()).then([]);
    File::given([uploaded()]).knowing(Facts { in_use: true }).when(delete()).then([]);
}

fn case() -> DecisionContext<Facts> {
    DecisionContext {
        id: Uuid::nil(),
        by: Actor::system("test"),
        now: crate::spec::now(),
        facts: Facts::default(),
    }
}

fn file() -> NewFile {
    NewFile {
        owner: ANNA.into(),
        name: FileName::cleaned("printout.pdf"),
        media_type: media_type("application/pdf"),
        sniffed: media_type("application/pdf"),
        size: 7,
        sha256: Sha256::new(&[7; 32]),
        purpose: Purpose::IssueAttachment,
    }
}

fn uploaded() -> Event {
    let NewFile { owner, name, media_type, sniffed, size, sha256, purpose } = file();
    let name = Personal::sealed(owner, name);
    Event::Uploaded { owner, name, media_type, sniffed, size, sha256, purpose }
}

fn media_type(text: &str) -> MediaType {
    text.parse().unwrap()
}
