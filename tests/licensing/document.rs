//! The document of a licence: what other programs see in it, that it stays the same, what its code says, and that
//! no template takes more than its own process with it.

use std::process::Command;

use documents::{Error, Job, RenderError, Renderer, Source};
use domain::Language;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tests::world::{Caller, World, program_path};
use uuid::Uuid;

use crate::site::Browser;

pub(crate) const HOLDER: &str = "Müller | Straßenbau «Ёлка» *GmbH*";
/// A signed link, in Base64.
const CODE_LENGTH: usize = 86;
/// The first sentence in each language, the last day of the term, and how much longer the licence works.
const TEXTS: [(&str, &str, &str, &str); 4] = [
    ("en", "This licence gives its holder the right", "31 December 2030", "Days of grace 14"),
    ("de", "Diese Lizenz gibt ihrem Inhaber das Recht", "31. Dezember 2030", "Tage Nachfrist 14"),
    ("ru", "Эта лицензия даёт её владельцу право", "31 декабря 2030", "Льготный срок, дней 14"),
    ("fr", "Cette licence donne à son titulaire le droit", "31 décembre 2030", "Jours de grâce 14"),
];

#[tokio::test]
async fn doc_1_and_doc_3_a_licence_is_a_document_that_stays_the_same_and_can_be_verified() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let (license, stranger) = license(&world, &admin).await;
    let path = format!("/licenses/{license}");
    let mut codes = vec![];
    for (language, about, last_day, grace) in TEXTS {
        // The account says how somebody reads, whatever their browser does.
        read_in(&admin, language).await;
        let Document { pdf, text, .. } = document(&admin, &path).await;
        assert_eq!(pdf, document(&admin, &path).await.pdf, "DOC-1, in {language}");
        for part in [about, last_day, grace, HOLDER, "CAD <Pro>", "Vendor & Söhne"] {
            assert!(text.contains(part), "{part:?} in {language}: {text}");
        }
        codes.push(code_in(&text));
    }
    assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
    read_in(&admin, "en").await;
    stranger.get(&format!("{path}?format=pdf")).await.expect(StatusCode::NOT_FOUND);
    admin.get("/licenses?format=docx").await.expect(StatusCode::BAD_REQUEST);
    let other = admin.get("/business?format=pdf").await.expect(StatusCode::BAD_REQUEST);
    assert_eq!(other.body["code"], "unsupported_format");
    the_code_says_what_the_document_is_worth(&world, &admin, &path, &codes[0]).await;
    world.stop().await;
}

/// A licence of 25 seats, and somebody who may not see it.
pub(crate) async fn license(world: &World, admin: &Caller) -> (Uuid, Caller) {
    let business = json!({
        "name": "Vendor & Söhne", "slug": "vendor", "zone": "Europe/Berlin", "currency": "EUR",
        "languages": ["de"], "hours": [], "texts": { "de": { "about": "Seit 1998." } },
        "accent": { "light": "#0e5c56", "dark": "#4fc3b3" },
    });
    admin.post("/business/set-up", business).await.expect(StatusCode::OK);
    let acme = admin.post("/cabinets", json!({ "name": HOLDER })).await.id();
    let other = admin.post("/cabinets", json!({ "name": "Other" })).await.id();
    let membership = json!({ "membership": { "cabinet": other, "reach": "cabinet" } });
    let stranger = world.user_with_role(admin, "client_user", membership).await;
    let product = json!({ "sku": "CAD", "name": "CAD <Pro>" });
    let product = admin.post("/products", product).await.id();
    let policy = json!({ "policy": { "term": { "days": 90 }, "grace_days": 14, "notices": [30] } });
    let policy = admin.post(&format!("/products/{product}/set-issuance-policy"), policy).await;
    policy.expect(StatusCode::OK);
    let issue = json!({ "cabinet": acme, "product": product, "quantity": 25,
        "from": "2019-12-31T23:00:00Z", "until": "2030-12-31T23:00:00Z" });
    let license = admin.post("/licenses", issue).await.expect(StatusCode::CREATED).id();
    world.wait_until_settled().await;
    (license, stranger)
}

async fn the_code_says_what_the_document_is_worth(
    world: &World,
    admin: &Caller,
    path: &str,
    code: &str,
) {
    let (guest, browser) = (world.guest(), Browser::new(world));
    let verify = format!("/verify/{code}");
    let says = async |verdict: &str, status: &str, text: &str| {
        let answer = guest.get(&verify).await.expect(StatusCode::OK);
        assert_eq!(
            (&answer.body["data"]["verdict"], &answer.body["data"]["status"]),
            (&json!(verdict), &json!(status))
        );
        let (license, issued_at) =
            (&answer.body["data"]["license"], &answer.body["data"]["issued_at"]);
        assert!(path.ends_with(license.as_str().unwrap()) && issued_at.is_string());
        assert_eq!(answer.body["data"]["product"], "CAD <Pro>");
        let number = license.as_str().unwrap();
        let page =
            browser.get(&verify).await.says(StatusCode::OK, &[text, "CAD &lt;Pro&gt;", number]);
        assert!(!page.html.contains("Müller") && !answer.body.to_string().contains("Müller"));
    };
    says("valid", "active", "Das Dokument ist gültig").await;
    let reason = || json!({ "reason": "unpaid" });
    admin.post(&format!("{path}/suspend"), reason()).await.expect(StatusCode::OK);
    says("superseded", "suspended", "Die Lizenz ist ausgesetzt.").await;
    admin.post(&format!("{path}/revoke"), reason()).await.expect(StatusCode::OK);
    says("revoked", "revoked", "Die Lizenz wurde widerrufen").await;
    let mut forged = code.to_owned();
    forged.replace_range(40..42, if &code[40..42] == "AA" { "BB" } else { "AA" });
    for none_of_ours in [&forged, "x"] {
        guest.get(&format!("/verify/{none_of_ours}")).await.expect(StatusCode::NOT_FOUND);
        let page = browser.get(&format!("/verify/{none_of_ours}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
}

/// A licence as a document.
pub(crate) struct Document {
    pub(crate) pdf: Vec<u8>,
    pub(crate) tag: String,
    /// Its words, with one space between them.
    pub(crate) text: String,
}

/// Lets the account of an administrator have a language.
pub(crate) async fn read_in(admin: &Caller, language: &str) {
    let me = admin.get("/me").await.expect(StatusCode::OK).body["data"]["user"].clone();
    let path = format!("/users/{}", me.as_str().unwrap());
    admin.patch(&path, json!({ "language": language })).await.expect(StatusCode::OK);
}

/// A document that other programs find nothing wrong with, with its fonts in it.
pub(crate) async fn document(caller: &Caller, path: &str) -> Document {
    let headers = [("accept", "application/pdf".to_owned()), ("accept-language", "fr".to_owned())];
    let answer = caller.begin(Method::GET, path, &headers, None).await.unwrap();
    let tag = answer.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
    let pdf = checked_pdf(answer).await;
    Document { text: text_of(&pdf), tag: tag.unwrap(), pdf }
}

/// The PDF of an answer.
pub(crate) async fn checked_pdf(answer: Response) -> Vec<u8> {
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.text().await);
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    let pdf = answer.bytes().await.unwrap().to_vec();
    let checked = run("qpdf", &["--check"], &pdf, &[]);
    assert!(checked.contains("No syntax or stream encoding errors found"), "{checked}");
    let fonts = run("pdffonts", &[], &pdf, &[]);
    for font in fonts.lines().skip(2) {
        assert!(font.contains("NotoSans") && font.contains("yes yes yes"), "{font}");
    }
    let about = run("pdfinfo", &[], &pdf, &[]);
    assert!(about.contains("Tagged:          yes"), "{about}");
    pdf
}

pub(crate) fn text_of(pdf: &[u8]) -> String {
    run("pdftotext", &["-layout"], pdf, &["-"]).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The code of the address, which is broken over lines.
pub(crate) fn code_in(text: &str) -> String {
    let (_, code) = text.split_once("/verify/").unwrap();
    code.chars().filter(|character| *character != ' ').take(CODE_LENGTH).collect()
}

/// What a program prints about a file.
fn run(program: &str, before: &[&str], file: &[u8], after: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document.pdf");
    std::fs::write(&path, file).unwrap();
    let mut command = Command::new(program);
    let output = command.args(before).arg(&path).args(after).output().unwrap();
    assert!(output.status.success(), "{program}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_template_that_loops_or_explodes_takes_nobody_with_it() {
    let renderer = Renderer::new(program_path(), "render");
    let doubled = format!("{{% set a = 'x' * 10000 %}}{}", "{% set a = a ~ a %}".repeat(40));
    let loops = "{% for a in long %}".repeat(12) + "x" + &"{% endfor %}".repeat(12);
    let doubled = renderer.render(&job(&doubled)).await;
    assert!(matches!(doubled, Err(RenderError::TooMuch)), "{doubled:?}");
    let loops = renderer.render(&job(&loops)).await;
    let of_line =
        |why: &RenderError| matches!(why, RenderError::Document(Error::Template { line: 1, .. }));
    assert!(loops.as_ref().is_err_and(of_line), "{loops:?}");
    let wrong = renderer.render(&job("a\n\n{{ nothing }}")).await;
    assert!(wrong.is_err_and(|why| why.to_string().starts_with("line 3, column 4: ")));
    for elsewhere in ["![a](/etc/passwd)", "![a](https://example.com/a.png)"] {
        let refused = renderer.render(&job(elsewhere)).await;
        assert!(matches!(refused, Err(RenderError::Document(Error::Content(_)))), "{refused:?}");
    }
    let pdf = renderer.render(&job("# Title\n\n{{ long }}")).await.unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7"));
}

fn job(markdown: &str) -> Job {
    let Value::Object(data) = json!({ "long": "word ".repeat(100) }) else { unreachable!() };
    Job {
        source: Source::Template { markdown: markdown.to_owned(), data },
        language: Language::En,
        title: "A test".into(),
        author: "Nobody".into(),
        id: "1".into(),
        date: "2030-01-01T00:00:00Z".parse().unwrap(),
        accent: None,
    }
}
