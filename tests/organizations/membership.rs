//! Concurrent commands cannot remove the last administrator of a cabinet.

use commands::{CommandEnvelope, Failure};
use domain::{
    Id,
    identity::{
        Actor, Reach, Role,
        user::{self, UserId},
    },
    organizations::{
        cabinet::{self, CabinetId},
        membership::{Command, Grant, MembershipId, Rank, Refusal},
    },
};
use serde_json::json;
use tests::database::Database;
use uuid::Uuid;

#[tokio::test]
async fn org_3_of_two_administrators_who_leave_at_once_one_stays() {
    let database = Database::new().await;
    let commands = database.commands();
    let admin = Actor::new(Uuid::from_u128(1), Role::Admin);
    let cabinet = CabinetId::new();
    let create: cabinet::Command =
        serde_json::from_value(json!({ "type": "create", "name": "Acme" })).unwrap();
    commands.execute(CommandEnvelope::new(cabinet, create, admin.clone())).await.unwrap();
    let grant = Grant { role: Rank::ClientAdmin, reach: Reach::Subtree };
    let users: [UserId; 2] = [Id::new(), Id::new()];
    for user in users {
        let register: user::Command = serde_json::from_value(json!({
            "type": "register", "email": format!("{user}@example.org"), "name": "Anna",
            "role": "client_user",
        }))
        .unwrap();
        commands.execute(CommandEnvelope::new(user, register, admin.clone())).await.unwrap();
        let join = Command::Join { cabinet, user, grant };
        let id = MembershipId::in_cabinet_of_user(cabinet, user);
        commands.execute(CommandEnvelope::new(id, join, admin.clone())).await.unwrap();
    }

    let leave = |user| {
        let id = MembershipId::in_cabinet_of_user(cabinet, user);
        commands.execute(CommandEnvelope::new(id, Command::Remove {}, admin.clone()))
    };
    let [first, second] = users;
    let (first_outcome, second_outcome) = tokio::join!(leave(first), leave(second));
    let refusals: Vec<_> =
        [first_outcome, second_outcome].into_iter().filter_map(Result::err).collect();
    let [Failure::Refused(refusal)] = &refusals[..] else { panic!("{refusals:?}") };
    assert_eq!(*refusal, Refusal::LastAdministrator);

    let [first, second] = users.map(|user| MembershipId::in_cabinet_of_user(cabinet, user));
    let remaining = match commands.aggregates().load(first).await.unwrap().grant() {
        Some(_) => first,
        None => second,
    };
    let demote = Command::Change { role: Some(Rank::ClientUser), reach: None };
    let demoted = commands.execute(CommandEnvelope::new(remaining, demote, admin)).await;
    assert!(matches!(demoted, Err(Failure::Refused(Refusal::LastAdministrator))), "{demoted:?}");
    database.stop().await;
}
