//! Tests of what holds for all operations, with an aggregate of their own and an unreachable database.

mod versions;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{
        Method, Request, Response, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER},
    },
};
use chrono::DateTime;
use commands::{Commands, Handler, policy::Right};
use domain::{
    Decider, DecisionContext, Id, Refusal, Text,
    identity::{Owner, Role},
};
use futures::future::BoxFuture;
use objects::{Objects, S3Settings};
use projections::{
    Projections,
    listing::{Field, Listing, OwnerColumns},
};
use sealing::{KeyRing, MasterKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use strum::EnumDiscriminants;
use thiserror::Error;
use tower::ServiceExt;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App, Contexts, GuestCode, GuestMail, IdleTimeouts, LoadedDemonstration, Settings, Tokens,
    contexts::{Version, context},
    health::Readiness,
    ingress::{Ingress, PublicSettings, TrustedProxies},
    resource::resource,
    routes::Routes,
    tokens::tests::{claims, key},
    visible::Visible,
};

/// Sends nothing.
struct NoMail;

impl GuestMail for NoMail {
    fn send_code(&self, _: GuestCode) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async { anyhow::bail!("there is no mail") })
    }

    fn forget(&self, _: Uuid) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// Nobody listens there.
fn unreachable_objects() -> Objects {
    Objects::on_s3(&S3Settings {
        endpoint: Some("http://127.0.0.1:1".into()),
        region: "here".into(),
        bucket: "none".into(),
        key_id: "id".into(),
        secret: "secret".into(),
        path_style: true,
    })
    .unwrap()
}

#[derive(Debug, Clone, Default)]
struct Lamp;

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
enum Command {
    /// Hangs up a lamp.
    Hang(Bulb),
    /// Sets how bright it is.
    SetBrightness {
        percent: u8,
    },
    /// Takes it down.
    TakeDown {},
    Explode {},
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Bulb {
    maker: Text<20>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
enum Event {
    Hung { maker: Text<20> },
}

#[derive(Debug, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
enum LampRefusal {
    #[error("it is broken")]
    Broken,
}

impl Refusal for LampRefusal {}

impl Decider for Lamp {
    const NAME: &'static str = "house.lamp";
    type Command = Command;
    type Event = Event;
    type Refusal = LampRefusal;
    type Facts = ();

    fn decide(&self, _: Command, _: &DecisionContext<()>) -> Result<Vec<Event>, LampRefusal> {
        Err(LampRefusal::Broken)
    }

    fn evolve(self, _: Event) -> Self {
        self
    }
}

impl Handler for Lamp {
    fn right(_: CommandKind) -> Right {
        Right::ServicesWrite
    }

    fn owner(&self, _: Id<Self>, _: &Command) -> Owner {
        Owner::default()
    }
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Row {
    maker: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Patch {
    percent: Option<u8>,
}

const LAMPS: Listing = Listing {
    from: "house_lamp.lamps",
    fields: &[Field::text("maker"), Field::time("hung_at")],
    search: Some("search"),
    sort: &["maker"],
    owner: OwnerColumns::NONE,
};

impl Visible for Lamp {
    const READ_RIGHT: Right = Right::ServicesRead;
    const LISTING: &'static Listing = &LAMPS;
}

/// The second version has another name for lamps.
fn lights() -> Routes {
    resource::<Lamp>("/lights").create(CommandKind::Hang).list::<Row>().routes()
}

const VERSIONS: &[Version] = &[
    Version { name: "v1", contexts: &[context("house", "Lamps.", lamps)] },
    Version { name: "v2", contexts: &[context("house", "Lights.", lights)] },
];

fn lamps() -> Routes {
    resource::<Lamp>("/lamps")
        .create(CommandKind::Hang)
        .patch(CommandKind::SetBrightness, |patch: Patch| {
            patch.percent.map(|percent| Command::SetBrightness { percent }).into_iter().collect()
        })
        .delete(|| Command::TakeDown {})
        .commands(&[CommandKind::SetBrightness, CommandKind::TakeDown])
        .list::<Row>()
        .item::<Row>()
        .history()
        .routes()
}

struct TestApi {
    api: Router,
    app: App,
}

impl TestApi {
    fn new() -> Self {
        Self::behind(None)
    }

    /// An API whose first version ends at a date.
    fn ending(date: &str) -> Self {
        let deprecations = format!("v1=2020-01-01..{date} https://book.example.com/v2");
        let (origins, rates, deprecations) =
            (vec![], Arc::default(), deprecations.parse().unwrap());
        Self::behind(Some(PublicSettings { origins, rates, deprecations, https: false }))
    }

    fn behind(public: Option<PublicSettings>) -> Self {
        let unreachable = PgConnectOptions::new().host("127.0.0.1").port(1);
        let patience = std::time::Duration::from_millis(300);
        let db =
            PgPoolOptions::new().acquire_timeout(patience).connect_lazy_with(unreachable.clone());
        let master = MasterKey::generate().unwrap();
        let commands = Commands::new(commands::Settings {
            db: db.clone(),
            appender: unreachable,
            master: master.clone(),
            clock: Arc::new(DateTime::default),
            is_world_clock: false,
        });
        let app = App::new(Settings {
            db: db.clone(),
            commands,
            projections: Projections::new(db.clone(), KeyRing::new(db, master), None),
            objects: unreachable_objects(),
            exports_kept: chrono::TimeDelta::days(7),
            scans_files: false,
            tokens: Arc::new(Tokens::new("here", &[key("k")]).unwrap()),
            deployment: Uuid::from_u128(2),
            readiness: Readiness::default(),
            rates: Arc::default(),
            public_url: "http://here".into(),
            origins: vec![],
            documents: documents::Renderer::new("/bin/false".into(), ""),
            guest_mail: Arc::new(NoMail),
            private_providers: false,
            breached: None,
            second_factor: [].into(),
            demonstration: LoadedDemonstration::default(),
            idle: IdleTimeouts::default(),
        });
        let ingress = Ingress::new(8, TrustedProxies::default(), public);
        let api = crate::router(app.clone(), &Contexts::of_versions(VERSIONS), ingress);
        Self { api, app }
    }

    async fn send(&self, role: Option<Role>, request: Request<Body>) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        if let Some(role) = role {
            let token = self.app.tokens.issue(&claims(role)).unwrap();
            self.app.authenticator.trust_token(&token, role);
            parts.headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        }
        self.api.clone().oneshot(Request::from_parts(parts, body)).await.unwrap()
    }

    async fn call(
        &self,
        role: Option<Role>,
        method: Method,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let request =
            Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let response = self.send(role, request.body(body).unwrap()).await;
        let status = response.status();
        if !status.is_success() {
            assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        }
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

#[tokio::test]
async fn what_is_nowhere_is_a_problem() {
    let api_under_test = TestApi::new();
    let (status, problem) =
        api_under_test.call(None, Method::GET, "/api/v1/candles", Value::Null).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("no_such_route")));
    let (status, problem) =
        api_under_test.call(None, Method::PUT, "/api/v1/lamps", Value::Null).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{problem}");
    let (status, _) = api_under_test
        .call(Some(Role::Admin), Method::POST, "/api/v1/lamps/nobody/take-down", Value::Null)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let path = format!("/api/v1/lamps/{}/explode", Uuid::nil());
    let (status, _) =
        api_under_test.call(Some(Role::Admin), Method::POST, &path, Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "it was left out");
}

#[tokio::test]
async fn a_trailing_slash_makes_no_difference() {
    let api_under_test = TestApi::new();
    let (status, _) = api_under_test.call(None, Method::GET, "/health/", Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) =
        api_under_test.call(Some(Role::Admin), Method::POST, "/api/v1/lamps/", json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn who_may_not_is_told_so_and_guests_are_asked_to_sign_in() {
    let api_under_test = TestApi::new();
    let lamp = json!({ "maker": "Edison" });
    let hang = |role| api_under_test.call(role, Method::POST, "/api/v1/lamps", lamp.clone());
    assert_eq!(hang(None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(hang(Some(Role::ClientUser)).await.0, StatusCode::FORBIDDEN);

    let mut request = Request::get("/api/v1/lamps").body(Body::empty()).unwrap();
    request.headers_mut().insert(AUTHORIZATION, "Bearer nonsense".parse().unwrap());
    assert_eq!(api_under_test.send(None, request).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn input_is_refused_field_by_field() {
    let api_under_test = TestApi::new();
    let brightness = format!("/api/v1/lamps/{}/set-brightness", Uuid::nil());
    let brighter = format!("/api/v1/lamps/{}", Uuid::nil());
    for (method, path, body, pointer) in [
        (Method::POST, "/api/v1/lamps", json!({}), "/maker"),
        (Method::POST, "/api/v1/lamps", json!({ "maker": "E", "watt": 1 }), "/watt"),
        (Method::POST, "/api/v1/lamps", json!({ "maker": "" }), "/maker"),
        (Method::POST, &brightness, json!({ "percent": 300 }), "/percent"),
        (Method::POST, &brightness, json!({ "percent": 3, "watt": 1 }), "/watt"),
        (Method::POST, &brightness, json!({ "percent": 3, "type": "explode" }), "/type"),
        (Method::PATCH, &brighter, json!({ "watt": 1 }), "/watt"),
        (Method::PATCH, &brighter, json!({}), ""),
        (Method::GET, "/api/v1/lamps?colour=red", Value::Null, "colour"),
    ] {
        let (status, problem) = api_under_test.call(Some(Role::Employee), method, path, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["fields"][0]["pointer"], pointer, "{problem}");
    }
}

#[tokio::test]
async fn a_body_has_its_limits() {
    let api_under_test = TestApi::new();
    let huge = json!({ "maker": "E".repeat(3 << 20) });
    let (status, problem) =
        api_under_test.call(Some(Role::Employee), Method::POST, "/api/v1/lamps", huge).await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")));
}

#[tokio::test]
async fn a_database_that_is_away_is_said_to_be_away() {
    let api_under_test = TestApi::new();
    let path = format!("/api/v1/lamps/{}", Uuid::nil());
    for request in [
        Request::get("/api/v1/lamps").body(Body::empty()).unwrap(),
        Request::delete(&path).body(Body::empty()).unwrap(),
    ] {
        let path = request.uri().to_string();
        let response = api_under_test.send(Some(Role::Employee), request).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(response.headers().contains_key(RETRY_AFTER), "{path}");
    }
}

#[tokio::test]
async fn a_request_keeps_its_name() {
    let api_under_test = TestApi::new();
    let request = Request::get("/api/v1/candles").header("x-request-id", "checkout-17");
    let response = api_under_test.send(None, request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()["x-request-id"], "checkout-17");
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["trace_id"].as_str().unwrap().len(), 32);
}

#[test]
fn every_command_describes_itself() {
    let document = json!(lamps().into_openapi());
    let hang = &document["paths"]["/lamps"]["post"];
    assert_eq!(hang["operationId"], "house.lamp.hang");
    assert_eq!(hang["summary"], "Hangs up a lamp.");
    assert!(hang["responses"].get("201").is_some());

    let set = &document["paths"]["/lamps/{id}/set-brightness"]["post"];
    let schema = &set["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(schema["required"], json!(["percent"]));
    assert!(schema["properties"].get("type").is_none(), "the path says it already");

    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    let expected = [
        "/lamps",
        "/lamps/{id}",
        "/lamps/{id}/explain",
        "/lamps/{id}/history",
        "/lamps/{id}/set-brightness",
        "/lamps/{id}/take-down",
    ];
    assert_eq!(paths, expected);
    let text = document.to_string();
    let dangling =
        text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next());
    // These two come with the whole document.
    for name in dangling.filter(|name| !["Problem", "Fault"].contains(name)) {
        assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
    }
}
