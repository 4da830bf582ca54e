//! What is announced comes to everybody whom it is for and to nobody else, in their language, by mail to
//! those who want it.

use std::{fs, path::PathBuf};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

#[tokio::test]
async fn an_announcement_comes_to_its_audience_until_it_is_withdrawn() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let cabinet = async |name: &str, parent: Option<Uuid>| {
        let cabinet = admin.post("/cabinets", json!({ "name": name, "parent": parent })).await;
        cabinet.expect(StatusCode::CREATED).id()
    };
    let acme = cabinet("Acme", None).await;
    let branch = cabinet("Branch", Some(acme)).await;
    let bolt = cabinet("Bolt", None).await;
    let member = |cabinet: Uuid, reach: &str, language: &str| json!({ "membership": { "cabinet": cabinet, "reach": reach }, "language": language });
    let head = world.user_with_role(&admin, "client_admin", member(acme, "subtree", "en")).await;
    let below = world.user_with_role(&admin, "client_user", member(branch, "own", "de")).await;
    let quiet = world.user_with_role(&admin, "client_user", member(branch, "own", "fr")).await;
    let other = world.user_with_role(&admin, "client_user", member(bolt, "own", "en")).await;
    let agent = world.user_with_role(&admin, "support_agent", json!({})).await;
    let muted = json!({ "muted": ["announcement"] });
    quiet.put("/notifications/preferences", muted).await.expect(StatusCode::OK);
    world.wait_until_settled().await;

    let texts = json!({
        "en": { "title": "Closed on Friday", "text": "We are back on Monday." },
        "de": { "title": "Freitag geschlossen", "text": "Montag sind wir wieder da." },
    });
    let to = |audience: Value| json!({ "audience": audience, "texts": texts });
    let to_acme = to(json!({ "to": "cabinet", "cabinet": acme }));
    let announced = head.post("/notifications", to_acme.clone()).await;
    let announced = announced.expect(StatusCode::CREATED).id();
    world.wait_until_settled().await;
    for reader in [&below, &quiet] {
        let [notice] = &inbox(reader).await[..] else { panic!("{:?}", inbox(reader).await) };
        assert_eq!(notice["kind"], "announcement");
        assert_eq!(notice["about_id"], json!(announced));
        assert_eq!(notice["announcement"], texts);
    }
    for stranger in [&head, &other, &agent, &admin] {
        assert_eq!(inbox(stranger).await, Vec::<Value>::new());
    }
    let [mail] = &mails(&world)[..] else { panic!("{:?}", mails(&world)) };
    assert!(mail.contains("Subject: Freitag geschlossen"), "{mail}");
    assert!(mail.contains("Montag sind wir wieder da."), "{mail}");

    // Nobody reaches further than their right.
    let staff = to(json!({ "to": "staff" }));
    below.post("/notifications", to_acme).await.expect(StatusCode::FORBIDDEN);
    head.post("/notifications", staff.clone()).await.expect(StatusCode::FORBIDDEN);
    let elsewhere = to(json!({ "to": "cabinet", "cabinet": bolt }));
    head.post("/notifications", elsewhere).await.expect(StatusCode::FORBIDDEN);
    let nowhere = to(json!({ "to": "cabinet", "cabinet": Uuid::now_v7() }));
    let nowhere = agent.post("/notifications", nowhere).await;
    let nowhere = nowhere.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
    assert_eq!(nowhere["fields"][0]["pointer"], "/audience/cabinet", "{nowhere}");
    let silent = json!({ "audience": { "to": "staff" }, "texts": {} });
    agent.post("/notifications", silent).await.expect(StatusCode::UNPROCESSABLE_ENTITY);

    admin.post("/notifications", staff).await.expect(StatusCode::CREATED);
    let clients = to(json!({ "to": "role", "role": "client_user" }));
    agent.post("/notifications", clients).await.expect(StatusCode::CREATED);
    world.wait_until_settled().await;
    for (reader, count) in [(&agent, 1), (&other, 1), (&below, 2), (&head, 0), (&admin, 0)] {
        assert_eq!(inbox(reader).await.len(), count, "{}", reader.email);
    }
    let listed = head.get("/announcements").await.expect(StatusCode::OK).body;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed}");
    below.get("/announcements").await.expect(StatusCode::FORBIDDEN);

    let withdrawn = head.delete(&format!("/announcements/{announced}")).await;
    withdrawn.expect(StatusCode::OK);
    world.wait_until_settled().await;
    assert_eq!(inbox(&below).await.len(), 1);
    assert_eq!(below.get("/notifications/unread").await.body["data"]["count"], 1);
    world.stop().await;
}

async fn inbox(of: &Caller) -> Vec<Value> {
    let inbox = of.get("/notifications").await.expect(StatusCode::OK).body;
    inbox["data"].as_array().unwrap().clone()
}

fn mails(world: &World) -> Vec<String> {
    let Ok(folder) = fs::read_dir(world.data().join("mail")) else { return Vec::new() };
    let files = folder.map(|file| file.unwrap().path());
    files.map(|file: PathBuf| fs::read_to_string(file).unwrap()).collect()
}
