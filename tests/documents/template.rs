//! Templates from outside: what they change in documents, and that none is published that makes no document.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Answer, Caller, World};

use crate::licensing::document::{
    Document, HOLDER, checked_pdf, code_in, document, license, text_of,
};

const TEMPLATES: &str = "/document-templates";

#[tokio::test]
async fn doc_2_a_document_is_made_by_the_template_of_its_moment() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let (license, stranger) = license(&world, &admin).await;
    let path = format!("/licenses/{license}");
    let built_in = document(&admin, &path).await;
    let before = create(&admin, Value::Null, "# Ours\n\n{{ holder }} {{ verify_url }}").await;
    let ours = document(&admin, &path).await;
    assert!(ours.text.starts_with(&format!("Ours {HOLDER}")), "{}", ours.text);
    assert_eq!(ours.pdf, document(&admin, &path).await.pdf, "DOC-1");
    says_its_template(&world, (&built_in, Value::Null), (&ours, json!(1))).await;

    // One of the product goes before, and its next version before that.
    let product = admin.get(&path).await.body["data"]["product_id"].clone();
    let of_product = create(&admin, product, "# Of CAD\n\n{{ verify_url }}").await;
    let first = document(&admin, &path).await;
    let publish = format!("{TEMPLATES}/{}/publish", of_product.id());
    let second = json!({ "text": "# Of CAD again\n\n{{ verify_url }}" });
    let published = admin.post(&publish, second.clone()).await.expect(StatusCode::OK);
    assert!(document(&admin, &path).await.text.starts_with("Of CAD again"));

    // As of a moment, a document is what it was.
    for (position, then) in [
        (before.position() - 1, &built_in),
        (before.position(), &ours),
        (of_product.position(), &first),
    ] {
        let again = document(&admin, &format!("{path}?as_of={position}")).await;
        assert_eq!((&again.text, &again.tag), (&then.text, &then.tag));
        assert_eq!(again.pdf, then.pdf, "the same bytes");
    }
    admin.delete(&format!("{TEMPLATES}/{}", of_product.id())).await.expect(StatusCode::OK);
    assert_eq!(document(&admin, &path).await.pdf, ours.pdf, "it is retired");
    admin.post(&publish, second).await.expect(StatusCode::OK);
    assert!(document(&admin, &path).await.text.starts_with("Of CAD again"), "and in use again");

    versions_are_kept(&admin, &of_product, published.position()).await;
    it_begins_with_the_built_in_one(&admin, &of_product, &path).await;
    stranger.get(TEMPLATES).await.expect(StatusCode::FORBIDDEN);
    stranger.post(&publish, json!({ "text": "# Mine" })).await.expect(StatusCode::FORBIDDEN);
    world.stop().await;
}

/// What a new template can begin with makes the document that there was without one, from the fields that are listed.
async fn it_begins_with_the_built_in_one(admin: &Caller, template: &Answer, license: &str) {
    let built_in = format!("{TEMPLATES}/built-in?kind=license&language=en");
    let built_in = admin.get(&built_in).await.expect(StatusCode::OK).body["data"].clone();
    assert_eq!(built_in["fields"]["holder"], "Example GmbH & Co. KG");
    let publish = format!("{TEMPLATES}/{}/publish", template.id());
    let text = json!({ "text": built_in["text"] });
    admin.post(&publish, text).await.expect(StatusCode::OK);
    let made = document(admin, license).await;
    assert!(made.text.contains("This licence gives its holder"), "{}", made.text);
    // Whoever has it already is not sent it again.
    let known = [("accept", "application/pdf".to_owned()), ("if-none-match", made.tag)];
    let again = admin.begin(Method::GET, license, &known, None).await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
}

/// An English template for licences of a product, or of all others.
async fn create(admin: &Caller, product: Value, text: &str) -> Answer {
    admin.post(TEMPLATES, template(&product, text)).await.expect(StatusCode::CREATED)
}

fn template(product: &Value, text: &str) -> Value {
    json!({ "kind": "license", "language": "en", "product": product, "text": text })
}

/// Two documents of one version of a licence, and the versions of their templates.
async fn says_its_template(world: &World, one: (&Document, Value), other: (&Document, Value)) {
    assert_ne!(one.0.tag, other.0.tag);
    let codes = [&one, &other].map(|(document, _)| code_in(&document.text));
    assert_ne!(codes[0], codes[1], "a code names the template as well");
    for (code, version) in codes.iter().zip([one.1, other.1]) {
        let said = world.guest().get(&format!("/verify/{code}")).await.expect(StatusCode::OK).body;
        assert_eq!(
            (&said["data"]["verdict"], &said["data"]["template_version"]),
            (&json!("valid"), &version)
        );
    }
}

/// A template was created, published, retired and published again.
async fn versions_are_kept(admin: &Caller, created: &Answer, published: i64) {
    let path = format!("{TEMPLATES}/{}", created.id());
    let history = admin.get(&format!("{path}/history")).await.expect(StatusCode::OK).body;
    let texts = history["data"].as_array().unwrap().iter().map(|event| &event["data"]["text"]);
    let texts: Vec<_> = texts.filter_map(Value::as_str).collect();
    let again = "# Of CAD again\n\n{{ verify_url }}";
    assert_eq!(texts, ["# Of CAD\n\n{{ verify_url }}", again, again], "{history}");
    let then = admin.get_at(&format!("{path}?as_of={published}"), published).await;
    let then = &then.expect(StatusCode::OK).body["data"];
    assert_eq!((&then["template_version"], &then["retired"]), (&json!(2), &json!(false)));
    let taken = template(&then["product"], "# Another");
    let taken = admin.post(TEMPLATES, taken).await.expect(StatusCode::CONFLICT);
    assert_eq!(taken.body["invariant"], "DOC-6");
}

#[tokio::test]
async fn doc_7_what_makes_no_document_is_not_published_and_tells_where_it_is_wrong() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let doubles = format!("{{% set a = 'x' * 10000 %}}{}", "{% set a = a ~ a %}".repeat(40));
    let loops = "{% for a in terms %}".repeat(18) + "x" + &"{% endfor %}".repeat(18);
    for (text, line, column) in [
        ("a\n\nä {{ nothing }}", json!(3), json!(6)),
        ("a\n{% include 'other' %}", json!(2), json!(4)),
        ("{{ load('/etc/passwd') }}", json!(1), json!(4)),
        ("![a](/etc/passwd)", Value::Null, Value::Null),
        ("![](qr:x)", Value::Null, Value::Null),
        (&doubles, Value::Null, Value::Null),
    ] {
        let refused = preview(&admin, text, Value::Null).await;
        let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
        let fault = &refused["errors"][0];
        assert_eq!((&fault["line"], &fault["column"]), (&line, &column), "{text}: {refused}");
        assert!(fault["message"].as_str().is_some_and(|message| !message.is_empty()));
        assert_eq!(refused["fields"][0]["pointer"], "/text");
        not_published(&admin, text).await;
    }
    not_published(&admin, &loops).await;
    // What only shows for some.
    let partly = "{% if revoked %}{{ nothing }}{% endif %}fine";
    preview(&admin, partly, Value::Null).await.expect(StatusCode::OK);
    not_published(&admin, partly).await;
    let listed = admin.get(TEMPLATES).await.expect(StatusCode::OK).body;
    assert_eq!(listed["data"], json!([]));
    world.stop().await;
}

async fn not_published(admin: &Caller, text: &str) {
    let refused = admin.post(TEMPLATES, template(&Value::Null, text)).await;
    let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
    assert_eq!(refused["invariant"], "DOC-7", "{refused}");
    assert!(refused["errors"][0]["message"].is_string(), "{refused}");
}

/// The answer to a preview, without its PDF.
async fn preview(caller: &Caller, text: &str, license: Value) -> Answer {
    let path = format!("{TEMPLATES}/preview");
    let body = json!({ "kind": "license", "language": "de", "text": text, "license": license });
    caller.post(&path, body).await
}

#[tokio::test]
async fn a_preview_shows_a_licence_that_one_may_see_and_its_code_verifies_nothing() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let (license, stranger) = license(&world, &admin).await;
    let body = |license: Value| {
        let text = "# {{ holder }}\n\n{{ quantity }} {{ verify_url }}";
        json!({ "kind": "license", "language": "de", "text": text, "license": license })
    };
    let shown = async |license: Value| {
        let path = format!("{TEMPLATES}/preview");
        let answer = admin.begin(Method::POST, &path, &[], Some(body(license))).await.unwrap();
        text_of(&checked_pdf(answer).await)
    };
    let sample = shown(Value::Null).await;
    assert!(sample.starts_with("Example GmbH & Co. KG 10 "), "{sample}");
    let real = shown(json!(license)).await;
    assert!(real.starts_with(&format!("{HOLDER} 25 ")), "{real}");
    let (_, code) = real.split_once("/verify/").unwrap();
    world.guest().get(&format!("/verify/{code}")).await.expect(StatusCode::NOT_FOUND);
    let nobody = json!("01890a5d-ac96-774b-bcce-b302099a8057");
    let unknown = preview(&admin, "# A", nobody).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unknown.body["fields"][0]["pointer"], "/license");
    preview(&stranger, "# A", json!(license)).await.expect(StatusCode::FORBIDDEN);
    let at_once = futures::future::join_all((0..4).map(|_| preview(&admin, "# A", Value::Null)));
    let at_once = at_once.await;
    let status = |status| at_once.iter().filter(|answer| answer.status == status).count();
    let (made, refused) = (status(StatusCode::OK), status(StatusCode::TOO_MANY_REQUESTS));
    assert!(made > 0 && refused > 0 && made + refused == 4, "one at a time: {made}, {refused}");
    the_template_fails_for_one_licence(&world, &admin, license).await;
    world.stop().await;
}

/// Whoever may mend it is told where; everybody is told that there is no document, and gets no other.
async fn the_template_fails_for_one_licence(world: &World, admin: &Caller, license: uuid::Uuid) {
    let path = format!("/licenses/{license}");
    let row = admin.get(&path).await.expect(StatusCode::OK).body["data"].clone();
    let membership = json!({ "membership": { "cabinet": row["cabinet_id"], "reach": "cabinet" } });
    let client = world.user_with_role(admin, "client_user", membership).await;
    let failing = "{% if quantity == 25 %}\n{{ nothing }}\n{% endif %}";
    let created = create(admin, Value::Null, failing).await;
    let pdf = format!("{path}?format=pdf");
    let told = admin.get(&pdf).await.expect(StatusCode::CONFLICT).body;
    assert_eq!((&told["code"], &told["errors"][0]["line"]), (&json!("template_fault"), &json!(2)));
    assert_eq!(told["template"], created.id().to_string());
    let told = client.get(&pdf).await.expect(StatusCode::CONFLICT).body;
    assert_eq!((&told["code"], told.get("errors")), (&json!("template_fault"), None));
    admin
        .post(&format!("{TEMPLATES}/{}/retire", created.id()), json!({}))
        .await
        .expect(StatusCode::OK);
    document(&client, &path).await;
}
