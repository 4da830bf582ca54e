//! Macros from outside: agents keep them, clients never see them.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::World;

#[tokio::test]
async fn sup_11_of_the_macros_in_use_a_name_has_one_and_clients_see_none() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let agent = world.user_with_role(&admin, "support_agent", json!({})).await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;

    let hello = |name: &str| json!({ "name": name, "text": "Good day." });
    let first = agent.post("/macros", hello("Hello")).await.expect(StatusCode::CREATED).id();
    let first = format!("/macros/{first}");
    let taken = agent.post("/macros", hello(" hello")).await.expect(StatusCode::CONFLICT);
    assert_eq!(taken.body["invariant"], "SUP-11");

    // A retired one gives its name away, and gets it back when it is free.
    agent.delete(&first).await.expect(StatusCode::OK);
    let second = agent.post("/macros", hello("HELLO")).await.expect(StatusCode::CREATED).id();
    let restore = format!("{first}/restore");
    let taken = agent.post(&restore, json!({})).await.expect(StatusCode::CONFLICT);
    assert_eq!(taken.body["invariant"], "SUP-11");
    let rename = json!({ "name": "Übergabe" });
    agent.patch(&format!("/macros/{second}"), rename).await.expect(StatusCode::OK);
    let restored = agent.post(&restore, json!({})).await.expect(StatusCode::OK);

    let product = "01890a5d-ac96-774b-bcce-b302099a8057";
    let unknown = json!({ "name": "Lost", "text": "Gone.", "product": product });
    let unknown = agent.post("/macros", unknown).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unknown.body["fields"][0]["pointer"], "/product", "{}", unknown.body);

    let position = restored.position();
    let found = agent.get_at("/macros?q=good&sort=name", position).await.expect(StatusCode::OK);
    let names = found.body["data"].as_array().unwrap().iter().map(|row| row["name"].clone());
    assert_eq!(names.collect::<Vec<Value>>(), ["Hello", "Übergabe"]);
    let found = agent.get_at("/macros?q=ÜBER", position).await.expect(StatusCode::OK);
    assert_eq!(found.body["data"][0]["name"], "Übergabe");
    client.get_at("/macros", position).await.expect(StatusCode::FORBIDDEN);
    client.get_at(&first, position).await.expect(StatusCode::FORBIDDEN);
    client.post("/macros", hello("Mine")).await.expect(StatusCode::FORBIDDEN);
    world.stop().await;
}
