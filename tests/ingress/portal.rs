//! The portal as browsers get it: its page under every address of it, its assets for ever and compressed,
//! under a strict policy; and a plain word where the program was built without it.

use std::path::Path;

use reqwest::{Client, StatusCode, redirect::Policy};
use tests::world::World;

#[tokio::test]
async fn the_portal_is_one_page_with_assets_that_are_kept_for_ever() {
    let mut world = World::start().await;
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    let get = async |path: &str, accept: &str| {
        let request = browser.get(world.url(path)).header("accept", accept);
        request.header("accept-encoding", "gzip, br").send().await.unwrap()
    };
    let home = get("/", "text/html").await;
    assert_eq!(
        (home.status(), &home.headers()["location"]),
        (StatusCode::SEE_OTHER, &"/app/".parse().unwrap())
    );

    let page = get("/app/customers", "text/html").await;
    let missing = get("/app/assets/none.js", "*/*").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(missing.headers()["content-type"], "application/problem+json");
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/dist");
    if !dist.join("index.html").exists() {
        assert_eq!(page.status(), StatusCode::NOT_FOUND);
        assert!(page.text().await.unwrap().contains("web/build"));
        return world.stop().await;
    }

    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["cache-control"], "no-cache");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    for part in ["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"] {
        assert!(policy.contains(part), "{policy}");
    }
    let tag = page.headers()["etag"].clone();
    let again = browser.get(world.url("/app/")).header("if-none-match", tag);
    assert_eq!(
        again.header("accept", "text/html").send().await.unwrap().status(),
        StatusCode::NOT_MODIFIED
    );

    let html = std::fs::read_to_string(dist.join("index.html")).unwrap();
    let script = html.split("src=\"").find(|rest| rest.starts_with("/app/assets/")).unwrap();
    let asset = get(script.split('"').next().unwrap(), "*/*").await;
    assert_eq!(asset.status(), StatusCode::OK);
    assert_eq!(asset.headers()["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(asset.headers()["content-encoding"], "br");
    assert!(asset.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    world.stop().await;
}
