use std::{path::PathBuf, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Answer, Caller, PASSWORD, World};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

#[tokio::test]
async fn iam_9_whoever_is_invited_by_mail_becomes_a_member_once() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let cabinet = create(&admin, "/cabinets", json!({ "name": "Acme" })).await;
    let boss = json!({ "membership": { "cabinet": cabinet, "reach": "subtree" } });
    let boss = world.someone(&admin, "client_admin", boss).await;

    let invitations = format!("/cabinets/{cabinet}/invitations");
    let invitation =
        json!({ "email": "otto@example.org", "role": "client_user", "reach": "cabinet" });
    boss.post(&invitations, invitation.clone()).await.expect(StatusCode::CREATED);
    let above = json!({ "email": "otto@example.org", "role": "client_admin", "reach": "subtree" });
    boss.post(&invitations, above).await.expect(StatusCode::CREATED);
    let token = token_of(&world).await;

    let guest = world.guest();
    let account = json!({ "name": "Otto", "password": "correct horse battery staple" });
    let accept = json!({ "token": token, "account": account });
    guest.post("/invitations/accept", accept.clone()).await.expect(StatusCode::OK);
    let again = guest.post("/invitations/accept", accept).await.expect(StatusCode::CONFLICT);
    assert_eq!(again.body["invariant"], "IAM-9", "{}", again.body);
    let forged = json!({ "token": "AAAA", "account": account });
    guest.post("/invitations/accept", forged).await.expect(StatusCode::UNPROCESSABLE_ENTITY);

    let otto = world.login("otto@example.org").await;
    let me = otto.get("/me").await.expect(StatusCode::OK).body;
    assert_eq!(me["data"]["cabinet"], cabinet.to_string(), "{me}");

    // One that was taken back makes no account, and neither is there one afterwards.
    let mistake = json!({ "email": "eva@example.org", "role": "client_user" });
    let mistake = create(&boss, &invitations, mistake).await;
    let token = token_for(&world, "eva@example.org").await;
    let withdraw = format!("/invitations/{mistake}/withdraw");
    boss.post(&withdraw, json!({})).await.expect(StatusCode::OK);
    let late = json!({ "token": token, "account": { "name": "Eva", "password": PASSWORD } });
    let late = guest.post("/invitations/accept", late).await.expect(StatusCode::CONFLICT);
    assert_eq!(late.body["invariant"], "IAM-9", "{}", late.body);
    let eva = json!({ "login": "eva@example.org", "password": PASSWORD });
    guest.post("/jwt", eva).await.expect(StatusCode::UNAUTHORIZED);
    let eva = json!({ "email": "eva@example.org", "name": "Eva", "role": "client_user" });
    let eva = create(&admin, "/users", eva).await;
    world.settled().await;

    // Whoever is a client makes nobody a member by an id, and learns nothing of whose it is.
    let members = format!("/cabinets/{cabinet}/members");
    let mut told = vec![];
    for user in [eva, Uuid::now_v7()] {
        boss.get(&format!("/users/{user}")).await.expect(StatusCode::NOT_FOUND);
        let member = json!({ "user": user, "role": "client_user" });
        let refused = boss.post(&members, member).await;
        told.push(refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body["fields"].clone());
        boss.get(&format!("/users/{user}")).await.expect(StatusCode::NOT_FOUND);
    }
    assert!(told[0].is_array() && told[0] == told[1], "{told:?}");
    let elsewhere = create(&admin, "/cabinets", json!({ "name": "Bolt" })).await;
    let foreign = format!("/cabinets/{elsewhere}/members");
    let member = json!({ "user": eva, "role": "client_user" });
    boss.post(&foreign, member.clone()).await.expect(StatusCode::NOT_FOUND);
    admin.post(&foreign, member).await.expect(StatusCode::CREATED);
    let nobody = json!({ "user": Uuid::now_v7(), "role": "client_user" });
    admin.post(&foreign, nobody).await.expect(StatusCode::UNPROCESSABLE_ENTITY);

    // Neither does an issue name what others have, nor does attaching tell what there is.
    for (field, pointer) in [("linked_to", "/linked_to"), ("license", "/license")] {
        let mut issue = json!({ "title": "No print", "text": "It jams." });
        issue[field] = json!(Uuid::now_v7());
        let refused = boss.post("/issues", issue).await;
        let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body.to_string();
        assert!(refused.contains(pointer), "{refused}");
    }
    let attach = format!("/cabinets/{cabinet}/attach");
    for parent in [elsewhere, Uuid::now_v7()] {
        boss.post(&attach, json!({ "parent": parent })).await.expect(StatusCode::OK);
    }

    // Those who administer a cabinet hear of its members; and whoever wants to leaves.
    world.settled().await;
    let otto_id = who(&otto).await;
    let audit = boss.get(&format!("/audit?topic=identity.user&id={otto_id}")).await;
    let audit = audit.expect(StatusCode::OK).body.to_string();
    assert!(audit.contains("UserRegistered"), "{audit}");
    let leave = format!("/me/cabinets/{cabinet}");
    otto.delete(&leave).await.expect(StatusCode::OK);
    world.settled().await;
    boss.get(&format!("/users/{otto_id}")).await.expect(StatusCode::NOT_FOUND);
    boss.delete(&leave).await.expect(StatusCode::CONFLICT);
    world.stop().await;
}

#[tokio::test]
async fn iam_9_who_accepted_when_a_process_ended_finishes_it() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let cabinet = create(&admin, "/cabinets", json!({ "name": "Acme" })).await;
    let invitation = json!({ "email": "otto@example.org", "role": "client_user" });
    create(&admin, &format!("/cabinets/{cabinet}/invitations"), invitation).await;
    let token = token_of(&world).await;
    world.stop().await;
    world.run(&[("FAILPOINTS", "invitation.after_accept=return")]).await;
    let accept = json!({ "token": token, "account": { "name": "Otto", "password": PASSWORD } });
    let guest = world.guest();
    let lost = guest.begin(Method::POST, "/invitations/accept", &[], Some(accept.clone()));
    assert!(lost.await.is_err());
    world.died().await;
    world.run(&[]).await;
    let again = world.guest().post("/invitations/accept", accept).await;
    again.expect(StatusCode::OK);
    let otto = world.login("otto@example.org").await;
    let me = otto.get("/me").await.expect(StatusCode::OK).body;
    assert_eq!(me["data"]["cabinet"], cabinet.to_string(), "{me}");
    world.stop().await;
}

#[tokio::test]
async fn org_7_whoever_was_removed_can_do_nothing_there_within_a_minute() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let [first, second] = [
        create(&admin, "/cabinets", json!({ "name": "Acme" })).await,
        create(&admin, "/cabinets", json!({ "name": "Bolt" })).await,
    ];
    let home = json!({ "membership": { "cabinet": first, "reach": "cabinet" } });
    let client = world.someone(&admin, "client_user", home).await;
    let me = client.get("/me").await.expect(StatusCode::OK).body;
    let user: Uuid = me["data"]["user"].as_str().unwrap().parse().unwrap();

    // ORG-8: he acts in one at a time, and where he is no member not at all.
    let choose = json!({ "cabinet": second });
    let refused = client.post("/me/cabinet", choose.clone()).await.expect(StatusCode::CONFLICT);
    assert_eq!(refused.body["invariant"], "ORG-8");
    let member = json!({ "user": user, "role": "client_admin", "reach": "subtree" });
    let joined = admin.post(&format!("/cabinets/{second}/members"), member).await;
    joined.expect(StatusCode::CREATED);
    let chosen = client.post("/me/cabinet", choose).await.expect(StatusCode::OK);
    let token = chosen.body["data"]["access_token"].as_str().map(str::to_owned);
    let elsewhere = holding(&client, token);
    // No token renews itself.
    assert!(until(&elsewhere) <= until(&client));
    let me = elsewhere.get("/me").await.expect(StatusCode::OK).body;
    assert_eq!(me["data"]["cabinet"], second.to_string(), "{me}");
    assert_eq!(me["data"]["role"], "client_admin", "{me}");
    elsewhere.get(&format!("/cabinets/{first}")).await.expect(StatusCode::NOT_FOUND);
    elsewhere.get(&format!("/cabinets/{second}")).await.expect(StatusCode::OK);

    // What somebody does in one is not theirs in the other, and nobody there learns where they are.
    let issue = json!({ "title": "No print", "text": "It jams." });
    let issue = create(&elsewhere, "/issues", issue).await;
    let home = json!({ "membership": { "cabinet": first, "reach": "cabinet" } });
    let boss = world.someone(&admin, "client_admin", home).await;
    world.settled().await;
    let (item, comments) = (format!("/issues/{issue}"), format!("/issues/{issue}/comments"));
    elsewhere.get(&item).await.expect(StatusCode::OK);
    for hidden in [&item, &comments, &format!("{item}/history")] {
        client.get(hidden).await.expect(StatusCode::NOT_FOUND);
    }
    let answers = client.post(&comments, json!({ "text": "Still here." })).await;
    answers.expect(StatusCode::NOT_FOUND);
    let mine = client.get("/me/cabinets").await.expect(StatusCode::OK).body;
    assert_eq!(mine["data"].as_array().unwrap().len(), 2, "{mine}");
    let seen = boss.get(&format!("/users/{user}")).await.expect(StatusCode::OK).body;
    assert!(seen["data"]["cabinet"].is_null() && seen["data"]["reach"].is_null(), "{seen}");
    let known = admin.get(&format!("/users/{user}")).await.expect(StatusCode::OK).body;
    assert_eq!(known["data"]["cabinet"], second.to_string(), "{known}");
    let found = boss.get(&format!("/users?filter[cabinet]={second}")).await;
    assert_eq!(found.expect(StatusCode::OK).body["data"], json!([]));
    for told in [format!("/users/{user}/history"), format!("/audit?actor={user}")] {
        let told = boss.get(&told).await.expect(StatusCode::OK).body.to_string();
        assert!(!told.contains("CabinetChosen") && !told.contains(&second.to_string()), "{told}");
    }

    // Below a cabinet, whoever's reach ends with it neither puts anything nor takes anything out.
    let child = json!({ "name": "Child", "parent": first });
    let made = boss.post("/cabinets", child.clone()).await.expect(StatusCode::FORBIDDEN);
    assert_eq!(made.body["right"], "cabinets_create", "{}", made.body);
    let child = create(&admin, "/cabinets", child).await;
    world.settled().await;
    let detach = format!("/cabinets/{child}/detach");
    boss.post(&detach, json!({})).await.expect(StatusCode::NOT_FOUND);

    // ORG-3: he is the only one who administers it, until the business looks after it.
    let path = format!("/cabinets/{second}/members/{user}");
    let last = admin.delete(&path).await.expect(StatusCode::CONFLICT);
    assert_eq!(last.body["invariant"], "ORG-3");
    let policy = json!({ "vendor_managed": true });
    let set = admin.post(&format!("/cabinets/{second}/set-policy"), policy).await;
    set.expect(StatusCode::OK);
    admin.delete(&path).await.expect(StatusCode::OK);
    let begun = Instant::now();
    while elsewhere.get(&format!("/cabinets/{second}")).await.status == StatusCode::OK {
        assert!(begun.elapsed() < Duration::from_mins(1), "he is still in");
        sleep(Duration::from_millis(500)).await;
    }
    elsewhere.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    client.get("/me").await.expect(StatusCode::OK);
    client.get(&item).await.expect(StatusCode::NOT_FOUND);
    admin.post(&comments, json!({ "text": "For you alone." })).await.expect(StatusCode::CREATED);
    world.settled().await;
    let told = client.get("/notifications").await.expect(StatusCode::OK).body.to_string();
    assert!(!told.contains("issue_commented"), "{told}");
    world.stop().await;
}

#[tokio::test]
async fn org_3_the_business_looks_after_a_cabinet_whose_last_administrator_is_kept_out() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    for way in ["lock", "grant-role", "deactivate"] {
        let cabinet = create(&admin, "/cabinets", json!({ "name": way })).await;
        let of_it = json!({ "membership": { "cabinet": cabinet, "reach": "cabinet" } });
        let users = [
            world.someone(&admin, "client_admin", of_it.clone()).await,
            world.someone(&admin, "client_admin", of_it).await,
        ];
        world.settled().await;
        for (user, managed) in users.iter().zip([false, true]) {
            let me = user.get("/me").await.expect(StatusCode::OK).body;
            let user = format!("/users/{}", me["data"]["user"].as_str().unwrap());
            let done = match way {
                "lock" => admin.post(&format!("{user}/lock"), json!({})).await,
                "grant-role" => {
                    let role = json!({ "role": "employee" });
                    admin.post(&format!("{user}/grant-role"), role).await
                }
                _ => admin.delete(&user).await,
            };
            done.expect(StatusCode::OK);
            world.settled().await;
            let history = admin.get(&format!("/cabinets/{cabinet}/history")).await;
            let history = history.expect(StatusCode::OK).body.to_string();
            assert_eq!(history.contains("CabinetPolicySet"), managed, "{way}: {history}");
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn a_key_is_good_for_what_it_was_issued_for_and_for_nothing_once_it_is_revoked() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let cabinet = create(&admin, "/cabinets", json!({ "name": "Acme" })).await;
    let boss = json!({ "membership": { "cabinet": cabinet, "reach": "subtree" } });
    let boss = world.someone(&admin, "client_admin", boss).await;

    let program =
        json!({ "name": "ERP", "role": "client_user", "cabinet": cabinet, "reach": "cabinet" });
    let program = create(&boss, "/service-accounts", program).await;
    let key = json!({ "name": "first", "rights": ["licenses_read"] });
    let keys = format!("/service-accounts/{program}/keys");
    let issued = boss.post(&keys, key).await.expect(StatusCode::CREATED);
    let secret = issued.body["data"]["secret"].as_str().unwrap().to_owned();
    world.settled().await;
    let erp = holding(&world.guest(), Some(secret.clone()));
    erp.get("/licenses").await.expect(StatusCode::OK);
    erp.get("/issues").await.expect(StatusCode::FORBIDDEN);
    let wrong = holding(&world.guest(), Some(secret.replace("sbk_", "sbk_0")));
    wrong.get("/licenses").await.expect(StatusCode::UNAUTHORIZED);

    let known = boss.get("/service-accounts").await.expect(StatusCode::OK).body.to_string();
    let (_, hidden) = secret.rsplit_once('_').unwrap();
    assert!(!known.contains(hidden) && !known.contains("hash"), "{known}");
    boss.delete(&format!("{keys}/{}", issued.id())).await.expect(StatusCode::OK);
    let begun = Instant::now();
    while erp.get("/licenses").await.status == StatusCode::OK {
        assert!(begun.elapsed() < Duration::from_mins(1), "it is still good");
        sleep(Duration::from_millis(500)).await;
    }
    world.stop().await;
}

#[tokio::test]
async fn iam_8_what_an_agent_does_for_a_client_names_both() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let cabinet = create(&admin, "/cabinets", json!({ "name": "Acme" })).await;
    let agent = world.someone(&admin, "support_agent", json!({})).await;
    let home = json!({ "membership": { "cabinet": cabinet, "reach": "subtree" } });
    let client = world.someone(&admin, "client_admin", home).await;
    let [client_id, agent_id, admin_id] =
        [who(&client).await, who(&agent).await, who(&admin).await];

    let reason = json!({ "reason": "ticket 7" });
    let upwards = agent.post(&format!("/users/{admin_id}/impersonate"), reason.clone()).await;
    assert_eq!(upwards.expect(StatusCode::CONFLICT).body["invariant"], "IAM-8");
    let path = format!("/users/{client_id}/impersonate");
    client.post(&path, reason.clone()).await.expect(StatusCode::FORBIDDEN);
    agent.post(&path, json!({})).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let lent = agent.post(&path, reason).await.expect(StatusCode::CREATED);
    let token = lent.body["data"]["access_token"].as_str().map(str::to_owned);
    let as_client = holding(&world.guest(), token);

    let issue = json!({ "title": "No print", "text": "It jams." });
    let issue = as_client.post("/issues", issue).await.expect(StatusCode::CREATED);
    world.settled().await;
    let history = admin.get(&format!("/issues/{}/history", issue.id())).await;
    let opened = &history.expect(StatusCode::OK).body["data"][0];
    assert_eq!(opened["actor"], agent_id, "{opened}");
    assert_eq!(opened["on_behalf_of"], client_id, "{opened}");
    let members = format!("/cabinets/{cabinet}/invitations");
    let invite = json!({ "email": "otto@example.org", "role": "client_user" });
    as_client.post(&members, invite).await.expect(StatusCode::FORBIDDEN);

    let end = format!("/impersonations/{}/end", lent.id());
    agent.post(&end, json!({})).await.expect(StatusCode::OK);
    let begun = Instant::now();
    while as_client.get("/me").await.status == StatusCode::OK {
        assert!(begun.elapsed() < Duration::from_mins(1), "he still acts");
        sleep(Duration::from_millis(500)).await;
    }
    world.stop().await;
}

async fn create(by: &Caller, path: &str, body: Value) -> Uuid {
    by.post(path, body).await.expect(StatusCode::CREATED).id()
}

/// The same with another token.
fn holding(caller: &Caller, token: Option<String>) -> Caller {
    let mut caller = caller.clone();
    caller.token = token;
    caller
}

/// Until when a token is good.
fn until(caller: &Caller) -> u64 {
    let claims = caller.token.as_deref().unwrap().split('.').nth(1).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
    serde_json::from_slice::<Value>(&claims).unwrap()["exp"].as_u64().unwrap()
}

async fn who(caller: &Caller) -> String {
    let Answer { body, .. } = caller.get("/me").await.expect(StatusCode::OK);
    body["data"]["user"].as_str().unwrap().to_owned()
}

/// What the first invitation in the mail carries.
async fn token_of(world: &World) -> String {
    token_for(world, "").await
}

/// What the first invitation to an address carries.
async fn token_for(world: &World, address: &str) -> String {
    let begun = Instant::now();
    loop {
        let letters = std::fs::read_dir(world.data().join("mail")).ok().into_iter().flatten();
        let letters = letters.map(|file| file.unwrap().path());
        let mut letters: Vec<PathBuf> =
            letters.filter(|file| file.extension().is_some_and(|it| it == "eml")).collect();
        letters.sort();
        for letter in letters {
            // Long lines are folded as quoted-printable.
            let text = std::fs::read_to_string(letter).unwrap().replace("=\r\n", "");
            if let Some((_, token)) = text.split_once("invitations#")
                && text.contains(address)
            {
                return token.split_whitespace().next().unwrap().to_owned();
            }
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "no mail came");
        sleep(Duration::from_millis(100)).await;
    }
}
