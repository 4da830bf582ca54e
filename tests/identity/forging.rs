//! S-05: nothing but a token of ours is one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::World;

#[tokio::test]
async fn what_is_no_access_token_of_ours_is_refused_and_never_told_why() {
    let mut world = World::start().await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let token = client.token.clone().unwrap();
    let [header, claims, signature]: [&str; 3] =
        token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let kid = read(header)["kid"].clone();
    let admin = {
        let mut claims = read(claims);
        claims["roles"] = json!(["admin"]);
        write(&claims)
    };

    let mut forged = vec![
        format!("{header}.{admin}.{signature}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        token[..token.len() - 4].to_owned(),
        token.replacen('.', "..", 1),
        client.refresh_token.clone().unwrap(),
        "x".repeat(6_000),
    ];
    for wrong in [
        json!({ "alg": "none", "typ": "at+jwt", "kid": kid }),
        json!({ "alg": "HS256", "typ": "at+jwt", "kid": kid }),
        json!({ "alg": "RS256", "typ": "at+jwt", "kid": kid }),
        json!({ "alg": "EdDSA", "typ": "JWT", "kid": kid }),
        json!({ "alg": "EdDSA", "typ": "at+jwt" }),
        json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "../../dev/null" }),
        json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "' or 1 = 1 --" }),
        json!({ "alg": "EdDSA", "typ": "at+jwt", "jku": "http://evil.example", "kid": "evil" }),
        json!({ "alg": "EdDSA", "typ": "at+jwt", "jwk": { "kty": "OKP" }, "kid": kid }),
    ] {
        forged.push(format!("{}.{admin}.{signature}", write(&wrong)));
        forged.push(format!("{}.{claims}.{signature}", write(&wrong)));
    }
    let mut told = Vec::new();
    for token in &forged {
        let mut answer = client.with(Some(token)).get("/me").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
        answer.body.as_object_mut().unwrap().remove("trace_id");
        told.push(answer.body);
    }
    assert!(told.iter().all(|body| *body == told[0]), "{told:?}");
    client.get("/me").await.expect(StatusCode::OK);
    world.stop().await;
}

fn read(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn write(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}
