//! Members, service accounts and impersonation: what each may do in an organisation, and until
//! when.

use std::{path::PathBuf, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Answer, Caller, PASSWORD, World};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

#[tokio::test]
async fn iam_9_an_invitation_by_mail_makes_a_member_once() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let cabinet = create(&admin, "/cabinets", json!({ "name": "Acme" })).await;
    let client_admin = json!({ "membership": { "cabinet": cabinet, "reach": "subtree" } });
    let client_admin = world.user_with_role(&admin, "client_admin", client_admin).await;

    let invitations = format!("/cabinets/{cabinet}/invitations");
    let invitation =
        json!({ "email": "otto@example.org", "role": "client_user", "reach": "cabinet" });
    client_admin.post(&invitations, invitation.clone()).await.expect(StatusCode::CREATED);
    let higher = json!({ "email": "pia@example.org", "role": "client_admin", "reach": "subtree" });
    client_admin.post(&invitations, higher).await.expect(StatusCode::CREATED);
    let tagged = json!({ "email": "Otto+2@example.org", "role": "client_user" });
    let second = client_admin.post(&invitations, tagged).await.expect(StatusCode::CONFLICT);
    assert_eq!(second.body["invariant"], "ORG-10", "{}", second.body);
    let token = invitation_token_for(&world, "otto@example.org").await;

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

    // A withdrawn invitation cannot be accepted, and creates no account.
    let mistake = json!({ "email": "eva@example.org", "role": "client_user" });
    let mistake = create(&client_admin, &invitations, mistake).await;
    let token = invitation_token_for(&world, "eva@example.org").await;
    let withdraw = format!("/invitations/{mistake}/withdraw");
    client_admin.post(&withdraw, json!({})).await.expect(StatusCode::OK);
    let late = json!({ "token": token, "account": { "name": "Eva", "password": PASSWORD } });
    let late = guest.post("/invitations/accept", late).await.expect(StatusCode::CONFLICT);
    assert_eq!(late.body["invariant"], "IAM-9", "{}", late.body);
    let eva = json!({ "login": "eva@example.org", "password": PASSWORD });
    guest.post("/jwt", eva).await.expect(StatusCode::UNAUTHORIZED);
    let eva = json!({ "email": "eva@example.org", "name": "Eva", "role": "client_user" });
    let eva = create(&admin, "/users", eva).await;
    world.wait_until_settled().await;

    // A client cannot make somebody a member by a user's id, nor find out whether the id exists.
    let members = format!("/cabinets/{cabinet}/members");
    let mut answers = vec![];
    for user in [eva, Uuid::now_v7()] {
        client_admin.get(&format!("/users/{user}")).await.expect(StatusCode::NOT_FOUND);
        let member = json!({ "user": user, "role": "client_user" });
        let refused = client_admin.post(&members, member).await;
        answers.push(refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body["fields"].clone());
        client_admin.get(&format!("/users/{user}")).await.expect(StatusCode::NOT_FOUND);
    }
    assert!(answers[0].is_array() && answers[0] == answers[1], "{answers:?}");
    let other_cabinet = create(&admin, "/cabinets", json!({ "name": "Bolt" })).await;
    let foreign = format!("/cabinets/{other_cabinet}/members");
    let member = json!({ "user": eva, "role": "client_user" });
    client_admin.post(&foreign, member.clone()).await.expect(StatusCode::NOT_FOUND);
    admin.post(&foreign, member).await.expect(StatusCode::CREATED);
    let unknown = json!({ "user": Uuid::now_v7(), "role": "client_user" });
    admin.post(&foreign, unknown).await.expect(StatusCode::UNPROCESSABLE_ENTITY);

    // An issue cannot refer to items of others, and attaching does not reveal which cabinets exist.
    for (field, pointer) in [("linked_to", "/linked_to"), ("license", "/license")] {
        let mut issue = json!({ "title": "No print", "text": "It jams." });
        issue[field] = json!(Uuid::now_v7());
        let refused = client_admin.post("/issues", issue).await;
        let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body.to_string();
        assert!(refused.contains(pointer), "{refused}");
    }
    let attach = format!("/cabinets/{cabinet}/attach");
    for parent in [other_cabinet, Uuid::now_v7()] {
        client_admin.post(&attach, json!({ "parent": parent })).await.expect(StatusCode::OK);
    }

    // Administrators of a cabinet see events of its members; a member can leave.
    world.wait_until_settled().await;
    let otto_id = user_id(&otto).await;
    let audit = client_admin.get(&format!("/audit?topic=identity.user&id={otto_id}")).await;
    let audit = audit.expect(StatusCode::OK).body.to_string();
    assert!(audit.contains("UserRegistered"), "{audit}");
    let leave = format!("/me/cabinets/{cabinet}");
    otto.delete(&leave).await.expect(StatusCode::OK);
    world.wait_until_settled().await;
    client_admin.get(&format!("/users/{otto_id}")).await.expect(StatusCode::NOT_FOUND);
    client_admin.delete(&leave).await.expect(StatusCode::CONFLICT);
    world.stop().await;
}

#[tokio::test]
async fn org_4_what_somebody_sent_and_issued_is_no_better_than_their_right() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let parent = create(&admin, "/cabinets", json!({ "name": "Holding" })).await;
    let child = create(&admin, "/cabinets", json!({ "name": "Acme", "parent": parent })).await;
    let home = json!({ "membership": { "cabinet": parent, "reach": "subtree" } });
    let owner = world.user_with_role(&admin, "client_admin", home.clone()).await;
    let leaver = world.user_with_role(&admin, "client_admin", home).await;
    let below = json!({ "membership": { "cabinet": child, "reach": "cabinet" } });
    let own = world.user_with_role(&admin, "client_admin", below).await;
    let employee = world.user_with_role(&admin, "employee", json!({})).await;

    let invite = async |sender: &Caller, cabinet: Uuid, email: &str| {
        let invitation = json!({ "email": email, "role": "client_user" });
        create(sender, &format!("/cabinets/{cabinet}/invitations"), invitation).await;
        invitation_token_for(&world, email).await
    };
    let key = async |issuer: &Caller| {
        let program = json!({ "name": "ERP", "role": "client_admin", "cabinet": child,
            "reach": "cabinet" });
        let program = create(issuer, "/service-accounts", program).await;
        let rights = json!({ "name": "first", "rights": ["licenses_read", "members_manage"] });
        let issued = issuer.post(&format!("/service-accounts/{program}/keys"), rights).await;
        let secret = issued.expect(StatusCode::CREATED).body["data"]["secret"].clone();
        with_token(&world.guest(), Some(secret.as_str().unwrap().to_owned()))
    };
    let from_above = invite(&owner, child, "from.above@example.org").await;
    let from_below = invite(&own, child, "from.below@example.org").await;
    let from_leaver = invite(&leaver, parent, "from.leaver@example.org").await;
    let from_employee = invite(&employee, child, "from.employee@example.org").await;
    let (foreign_key, own_key) = (key(&owner).await, key(&own).await);
    for program in [&foreign_key, &own_key] {
        program.get("/licenses").await.expect(StatusCode::OK);
    }
    let from_program = invite(&foreign_key, child, "from.program@example.org").await;

    // Mails to one mailbox are few, whoever sends them to whatever cabinet.
    let mut refused = vec![];
    for number in 0..5 {
        let branch = json!({ "name": format!("Branch {number}"), "parent": parent });
        let branch = create(&owner, "/cabinets", branch).await;
        let email = format!("often+{number}@example.org");
        let often = json!({ "email": email, "role": "client_user" });
        let sent = owner.post(&format!("/cabinets/{branch}/invitations"), often).await;
        refused.push(sent.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, [false, false, false, true, true]);

    admin.post(&format!("/cabinets/{child}/detach"), json!({})).await.expect(StatusCode::OK);
    let leaver = user_id(&leaver).await;
    admin.delete(&format!("/cabinets/{parent}/members/{leaver}")).await.expect(StatusCode::OK);
    let employee = user_id(&employee).await;
    admin.post(&format!("/users/{employee}/lock"), json!({})).await.expect(StatusCode::OK);

    let guest = world.guest();
    let accept = async |token: &str| {
        let account = json!({ "name": "Somebody", "password": PASSWORD });
        guest.post("/invitations/accept", json!({ "token": token, "account": account })).await
    };
    for token in [from_above, from_leaver, from_employee, from_program] {
        let late = accept(&token).await.expect(StatusCode::CONFLICT).body;
        assert_eq!(
            (&late["code"], &late["invariant"]),
            (&json!("sender_lost_right"), &json!("ORG-4"))
        );
    }
    accept(&from_below).await.expect(StatusCode::OK);
    let begun = Instant::now();
    while foreign_key.get("/licenses").await.status != StatusCode::UNAUTHORIZED {
        assert!(begun.elapsed() < Duration::from_mins(1), "it is still good");
        sleep(Duration::from_millis(500)).await;
    }
    own_key.get("/licenses").await.expect(StatusCode::OK);
    world.stop().await;
}

#[tokio::test]
async fn iam_9_an_acceptance_that_a_process_did_not_finish_can_be_repeated() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let cabinet = create(&admin, "/cabinets", json!({ "name": "Acme" })).await;
    let invitation = json!({ "email": "otto@example.org", "role": "client_user" });
    create(&admin, &format!("/cabinets/{cabinet}/invitations"), invitation).await;
    let token = first_invitation_token(&world).await;
    world.stop().await;
    world.run(&[("FAILPOINTS", "invitation.after_accept=return")]).await;
    let accept = json!({ "token": token, "account": { "name": "Otto", "password": PASSWORD } });
    let guest = world.guest();
    let unanswered = guest.begin(Method::POST, "/invitations/accept", &[], Some(accept.clone()));
    assert!(unanswered.await.is_err());
    world.wait_for_exit().await;
    world.run(&[]).await;
    let again = world.guest().post("/invitations/accept", accept).await;
    again.expect(StatusCode::OK);
    let otto = world.login("otto@example.org").await;
    let me = otto.get("/me").await.expect(StatusCode::OK).body;
    assert_eq!(me["data"]["cabinet"], cabinet.to_string(), "{me}");
    world.stop().await;
}

#[tokio::test]
async fn org_7_a_removed_member_can_do_nothing_there_within_a_minute() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let [first, second] = [
        create(&admin, "/cabinets", json!({ "name": "Acme" })).await,
        create(&admin, "/cabinets", json!({ "name": "Bolt" })).await,
    ];
    let home = json!({ "membership": { "cabinet": first, "reach": "cabinet" } });
    let client = world.user_with_role(&admin, "client_user", home).await;
    let me = client.get("/me").await.expect(StatusCode::OK).body;
    let user: Uuid = me["data"]["user"].as_str().unwrap().parse().unwrap();

    // ORG-8: they act in one cabinet at a time, and only where they are a member.
    let choose = json!({ "cabinet": second });
    let refused = client.post("/me/cabinet", choose.clone()).await.expect(StatusCode::CONFLICT);
    assert_eq!(refused.body["invariant"], "ORG-8");
    let member = json!({ "user": user, "role": "client_admin", "reach": "subtree" });
    let joined = admin.post(&format!("/cabinets/{second}/members"), member).await;
    joined.expect(StatusCode::CREATED);
    let chosen = client.post("/me/cabinet", choose).await.expect(StatusCode::OK);
    let token = chosen.body["data"]["access_token"].as_str().map(str::to_owned);
    let in_second = with_token(&client, token);
    // Choosing a cabinet does not extend the token.
    assert!(expires_at(&in_second) <= expires_at(&client));
    let me = in_second.get("/me").await.expect(StatusCode::OK).body;
    assert_eq!(me["data"]["cabinet"], second.to_string(), "{me}");
    assert_eq!(me["data"]["role"], "client_admin", "{me}");
    in_second.get(&format!("/cabinets/{first}")).await.expect(StatusCode::NOT_FOUND);
    in_second.get(&format!("/cabinets/{second}")).await.expect(StatusCode::OK);

    // What they own in one cabinet they do not see from the other, whose administrators do not
    // learn where else they are a member.
    let issue = json!({ "title": "No print", "text": "It jams." });
    let issue = create(&in_second, "/issues", issue).await;
    let home = json!({ "membership": { "cabinet": first, "reach": "cabinet" } });
    let client_admin = world.user_with_role(&admin, "client_admin", home).await;
    world.wait_until_settled().await;
    let (item, comments) = (format!("/issues/{issue}"), format!("/issues/{issue}/comments"));
    in_second.get(&item).await.expect(StatusCode::OK);
    for hidden in [&item, &comments, &format!("{item}/history")] {
        client.get(hidden).await.expect(StatusCode::NOT_FOUND);
    }
    let comment = client.post(&comments, json!({ "text": "Still here." })).await;
    comment.expect(StatusCode::NOT_FOUND);
    let mine = client.get("/me/cabinets").await.expect(StatusCode::OK).body;
    assert_eq!(mine["data"].as_array().unwrap().len(), 2, "{mine}");
    let visible = client_admin.get(&format!("/users/{user}")).await.expect(StatusCode::OK).body;
    assert!(
        visible["data"]["cabinet"].is_null() && visible["data"]["reach"].is_null(),
        "{visible}"
    );
    let full = admin.get(&format!("/users/{user}")).await.expect(StatusCode::OK).body;
    assert_eq!(full["data"]["cabinet"], second.to_string(), "{full}");
    let filtered = client_admin.get(&format!("/users?filter[cabinet]={second}")).await;
    assert_eq!(filtered.expect(StatusCode::OK).body["data"], json!([]));
    // What they were called before, and where they were, is theirs.
    let history = client_admin.get(&format!("/users/{user}/history")).await;
    history.expect(StatusCode::NOT_FOUND);
    let events = client_admin.get(&format!("/audit?actor={user}")).await.expect(StatusCode::OK);
    let events = events.body.to_string();
    assert!(!events.contains("CabinetChosen") && !events.contains(&second.to_string()), "{events}");

    // An administrator whose reach is one cabinet neither creates nor detaches cabinets below it.
    let child = json!({ "name": "Child", "parent": first });
    let refused_creation =
        client_admin.post("/cabinets", child.clone()).await.expect(StatusCode::FORBIDDEN);
    assert_eq!(refused_creation.body["right"], "cabinets_create", "{}", refused_creation.body);
    let child = create(&admin, "/cabinets", child).await;
    world.wait_until_settled().await;
    let detach = format!("/cabinets/{child}/detach");
    client_admin.post(&detach, json!({})).await.expect(StatusCode::NOT_FOUND);

    // ORG-3: they are its only administrator, until the business manages it.
    let path = format!("/cabinets/{second}/members/{user}");
    let last = admin.delete(&path).await.expect(StatusCode::CONFLICT);
    assert_eq!(last.body["invariant"], "ORG-3");
    let policy = json!({ "vendor_managed": true });
    let set = admin.post(&format!("/cabinets/{second}/set-policy"), policy).await;
    set.expect(StatusCode::OK);
    admin.delete(&path).await.expect(StatusCode::OK);
    let begun = Instant::now();
    while in_second.get(&format!("/cabinets/{second}")).await.status == StatusCode::OK {
        assert!(begun.elapsed() < Duration::from_mins(1), "he is still in");
        sleep(Duration::from_millis(500)).await;
    }
    in_second.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    client.get("/me").await.expect(StatusCode::OK);
    client.get(&item).await.expect(StatusCode::NOT_FOUND);
    admin.post(&comments, json!({ "text": "For you alone." })).await.expect(StatusCode::CREATED);
    world.wait_until_settled().await;
    let inbox = client.get("/notifications").await.expect(StatusCode::OK).body.to_string();
    assert!(!inbox.contains("issue_commented"), "{inbox}");
    world.stop().await;
}

#[tokio::test]
async fn org_3_a_cabinet_that_loses_its_last_administrator_becomes_vendor_managed() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    for method in ["lock", "grant-role", "deactivate"] {
        let cabinet = create(&admin, "/cabinets", json!({ "name": method })).await;
        let member = json!({ "membership": { "cabinet": cabinet, "reach": "cabinet" } });
        let users = [
            world.user_with_role(&admin, "client_admin", member.clone()).await,
            world.user_with_role(&admin, "client_admin", member).await,
        ];
        world.wait_until_settled().await;
        for (user, managed) in users.iter().zip([false, true]) {
            let me = user.get("/me").await.expect(StatusCode::OK).body;
            let user = format!("/users/{}", me["data"]["user"].as_str().unwrap());
            let done = match method {
                "lock" => admin.post(&format!("{user}/lock"), json!({})).await,
                "grant-role" => {
                    let role = json!({ "role": "employee" });
                    admin.post(&format!("{user}/grant-role"), role).await
                }
                _ => admin.delete(&user).await,
            };
            done.expect(StatusCode::OK);
            world.wait_until_settled().await;
            let history = admin.get(&format!("/cabinets/{cabinet}/history")).await;
            let history = history.expect(StatusCode::OK).body.to_string();
            assert_eq!(history.contains("CabinetPolicySet"), managed, "{method}: {history}");
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn a_key_is_good_for_what_it_was_issued_for_and_for_nothing_once_it_is_revoked() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let cabinet = create(&admin, "/cabinets", json!({ "name": "Acme" })).await;
    let client_admin = json!({ "membership": { "cabinet": cabinet, "reach": "subtree" } });
    let client_admin = world.user_with_role(&admin, "client_admin", client_admin).await;

    let program =
        json!({ "name": "ERP", "role": "client_user", "cabinet": cabinet, "reach": "cabinet" });
    let program = create(&client_admin, "/service-accounts", program).await;
    let key = json!({ "name": "first", "rights": ["licenses_read"] });
    let keys = format!("/service-accounts/{program}/keys");
    let issued = client_admin.post(&keys, key).await.expect(StatusCode::CREATED);
    let more = json!({ "name": "more", "rights": ["licenses_read", "operations"] });
    let refused = client_admin.post(&keys, more).await;
    assert_eq!(refused.body["code"], "lacks_right", "{}", refused.body);
    let secret = issued.body["data"]["secret"].as_str().unwrap().to_owned();
    world.wait_until_settled().await;
    let erp = with_token(&world.guest(), Some(secret.clone()));
    erp.get("/licenses").await.expect(StatusCode::OK);
    erp.get("/issues").await.expect(StatusCode::FORBIDDEN);
    let wrong = with_token(&world.guest(), Some(secret.replace("sbk_", "sbk_0")));
    wrong.get("/licenses").await.expect(StatusCode::UNAUTHORIZED);

    let listed =
        client_admin.get("/service-accounts").await.expect(StatusCode::OK).body.to_string();
    let (_, hidden) = secret.rsplit_once('_').unwrap();
    assert!(!listed.contains(hidden) && !listed.contains("hash"), "{listed}");
    client_admin.delete(&format!("{keys}/{}", issued.id())).await.expect(StatusCode::OK);
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
    let agent = world.user_with_role(&admin, "support_agent", json!({})).await;
    let home = json!({ "membership": { "cabinet": cabinet, "reach": "subtree" } });
    let client = world.user_with_role(&admin, "client_admin", home).await;
    let [client_id, agent_id, admin_id] =
        [user_id(&client).await, user_id(&agent).await, user_id(&admin).await];

    let reason = json!({ "reason": "ticket 7" });
    let upwards = agent.post(&format!("/users/{admin_id}/impersonate"), reason.clone()).await;
    assert_eq!(upwards.expect(StatusCode::CONFLICT).body["invariant"], "IAM-8");
    let path = format!("/users/{client_id}/impersonate");
    client.post(&path, reason.clone()).await.expect(StatusCode::FORBIDDEN);
    agent.post(&path, json!({})).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let impersonation = agent.post(&path, reason).await.expect(StatusCode::CREATED);
    let token = impersonation.body["data"]["access_token"].as_str().map(str::to_owned);
    let as_client = with_token(&world.guest(), token);

    let issue = json!({ "title": "No print", "text": "It jams." });
    let issue = as_client.post("/issues", issue).await.expect(StatusCode::CREATED);
    world.wait_until_settled().await;
    let history = admin.get(&format!("/issues/{}/history", issue.id())).await;
    let opened = &history.expect(StatusCode::OK).body["data"][0];
    assert_eq!(opened["actor"], agent_id, "{opened}");
    assert_eq!(opened["on_behalf_of"], client_id, "{opened}");
    let members = format!("/cabinets/{cabinet}/invitations");
    let invite = json!({ "email": "otto@example.org", "role": "client_user" });
    as_client.post(&members, invite).await.expect(StatusCode::FORBIDDEN);

    // Who signs out by this token ends the impersonation, and nothing else.
    as_client.post("/auth/logout", json!({})).await.expect(StatusCode::NO_CONTENT);
    agent.get("/me").await.expect(StatusCode::OK);
    let begun = Instant::now();
    while as_client.get("/me").await.status == StatusCode::OK {
        assert!(begun.elapsed() < Duration::from_mins(1), "he still acts");
        sleep(Duration::from_millis(500)).await;
    }
    world.stop().await;
}

async fn create(caller: &Caller, path: &str, body: Value) -> Uuid {
    caller.post(path, body).await.expect(StatusCode::CREATED).id()
}

/// The same caller with another token.
fn with_token(caller: &Caller, token: Option<String>) -> Caller {
    let mut caller = caller.clone();
    caller.token = token;
    caller
}

/// When a caller's token expires, in seconds since 1970.
fn expires_at(caller: &Caller) -> u64 {
    let claims = caller.token.as_deref().unwrap().split('.').nth(1).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
    serde_json::from_slice::<Value>(&claims).unwrap()["exp"].as_u64().unwrap()
}

async fn user_id(caller: &Caller) -> String {
    let Answer { body, .. } = caller.get("/me").await.expect(StatusCode::OK);
    body["data"]["user"].as_str().unwrap().to_owned()
}

/// The token of the first invitation that was mailed.
async fn first_invitation_token(world: &World) -> String {
    invitation_token_for(world, "").await
}

/// The token of the first invitation that was mailed to an address.
async fn invitation_token_for(world: &World, address: &str) -> String {
    let begun = Instant::now();
    loop {
        let mails = std::fs::read_dir(world.data().join("mail")).ok().into_iter().flatten();
        let mails = mails.map(|file| file.unwrap().path());
        let mut mails: Vec<PathBuf> = mails
            .filter(|file| file.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        mails.sort();
        for mail in mails {
            // Long lines are folded as quoted-printable.
            let text =
                std::fs::read_to_string(mail).unwrap().replace("=\r\n", "").replace("=3D", "=");
            if let Some((_, token)) = text.split_once("/invitation?token=")
                && text.contains(address)
            {
                return token.split_whitespace().next().unwrap().to_owned();
            }
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "no mail came");
        sleep(Duration::from_millis(100)).await;
    }
}
