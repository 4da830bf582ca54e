//! Rules about cabinets: tax ids, the tree, closing, and which commands a client administrator may
//! give.

use commands::{CommandEnvelope, Failure};
use domain::{
    Id,
    identity::{Actor, Role},
    organizations::cabinet::{Cabinet, CabinetId, Command, Refusal},
    support::issue::Issue,
};
use serde_json::{Value, json};
use tests::database::Database;
use uuid::Uuid;

fn command(command: Value) -> Command {
    serde_json::from_value(command).unwrap()
}

#[tokio::test]
async fn org_5_a_tax_id_belongs_to_one_cabinet_until_that_lets_go_of_it() {
    let database = Database::new().await;
    let commands = database.commands();
    let employee = Actor::new(Uuid::from_u128(1), Role::Employee);
    let create = command(json!({ "type": "create", "name": "Acme", "tax_id": "DE 123456789" }));
    let first = CommandEnvelope::<Cabinet>::create(create.clone(), employee.clone());
    let id = first.id();
    commands.execute(first).await.unwrap();

    let second = commands
        .execute(CommandEnvelope::<Cabinet>::create(create.clone(), employee.clone()))
        .await;
    let Err(Failure::Taken { what, rule, .. }) = second else { panic!("{second:?}") };
    assert_eq!((what.as_str(), rule.as_str()), ("tax_id", "ORG-5"));

    let clear = command(json!({ "type": "change_details", "tax_id": null }));
    commands.execute(CommandEnvelope::new(id, clear, employee.clone())).await.unwrap();
    commands.execute(CommandEnvelope::<Cabinet>::create(create, employee)).await.unwrap();
    database.stop().await;
}

#[tokio::test]
async fn a_client_admin_opens_cabinets_below_their_own_and_nowhere_else() {
    let database = Database::new().await;
    let commands = database.commands();
    let own: CabinetId = Id::derived(&["own"]);
    let create = |parent: Option<CabinetId>| {
        command(json!({ "type": "create", "name": "Acme", "parent": parent }))
    };
    let employee = Actor::new(Uuid::from_u128(1), Role::Employee);
    commands.execute(CommandEnvelope::new(own, create(None), employee)).await.unwrap();

    let reach = domain::identity::Reach::Subtree;
    let admin = Actor::new(Uuid::from_u128(2), Role::ClientAdmin);
    let admin = Actor { reach, cabinet: Some(own), reachable: vec![own], ..admin };
    commands
        .execute(CommandEnvelope::<Cabinet>::create(create(Some(own)), admin.clone()))
        .await
        .unwrap();
    let beside = commands.execute(CommandEnvelope::<Cabinet>::create(create(None), admin)).await;
    assert!(matches!(beside, Err(Failure::Forbidden { .. })), "{beside:?}");
    database.stop().await;
}

#[tokio::test]
async fn org_1_of_two_moves_that_would_close_a_circle_one_is_refused() {
    let database = Database::new().await;
    let commands = database.commands();
    let employee = Actor::new(Uuid::from_u128(1), Role::Employee);
    let [first, second] = ["first", "second"].map(|name| CabinetId::derived(&[name]));
    for id in [first, second] {
        let create = command(json!({ "type": "create", "name": "Acme" }));
        commands.execute(CommandEnvelope::new(id, create, employee.clone())).await.unwrap();
    }
    let attach = |id, parent: CabinetId| {
        let attach = command(json!({ "type": "attach", "parent": parent }));
        commands.execute(CommandEnvelope::new(id, attach, employee.clone()))
    };

    let (first_outcome, second_outcome) =
        tokio::join!(attach(first, second), attach(second, first));
    let refusals: Vec<_> =
        [first_outcome, second_outcome].into_iter().filter_map(Result::err).collect();
    let [Failure::Refused(refusal)] = &refusals[..] else { panic!("{refusals:?}") };
    assert_eq!(*refusal, Refusal::Cycle);
    database.stop().await;
}

#[tokio::test]
async fn org_6_a_cabinet_stays_open_as_long_as_there_is_something_in_it() {
    let database = Database::new().await;
    let commands = database.commands();
    let employee = Actor::new(Uuid::from_u128(1), Role::Employee);
    let agent = Actor::new(Uuid::from_u128(2), Role::SupportAgent);
    let (parent, child): (CabinetId, CabinetId) = (Id::new(), Id::new());
    for (id, above) in [(parent, None), (child, Some(parent))] {
        let create = command(json!({ "type": "create", "name": "Acme", "parent": above }));
        commands.execute(CommandEnvelope::new(id, create, employee.clone())).await.unwrap();
    }
    let issue: Id<Issue> = Id::new();
    let open = json!({
        "type": "open", "title": "No print", "text": "It jams.", "cabinet": parent,
        "reporter": Uuid::from_u128(3),
    });
    let open = serde_json::from_value(open).unwrap();
    commands.execute(CommandEnvelope::new(issue, open, agent.clone())).await.unwrap();

    let close = |id| {
        commands.execute(CommandEnvelope::new(
            id,
            command(json!({ "type": "close" })),
            employee.clone(),
        ))
    };
    let refused = close(parent).await;
    let Err(Failure::Refused(refusal)) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal, Refusal::NotEmpty { children: 1, licenses: 0, issues: 1 });

    close(child).await.unwrap();
    let end = serde_json::from_value(json!({ "type": "close" })).unwrap();
    commands.execute(CommandEnvelope::new(issue, end, agent)).await.unwrap();
    close(parent).await.unwrap();
    assert_eq!(database.faults().await, [""; 0]);
    database.stop().await;
}

#[tokio::test]
async fn org_8_a_command_on_a_cabinet_out_of_reach_is_refused() {
    let database = Database::new().await;
    let commands = database.commands();
    let employee = Actor::new(Uuid::from_u128(1), Role::Employee);
    let [own, other]: [CabinetId; 2] = [Id::new(), Id::new()];
    for id in [own, other] {
        let create = command(json!({ "type": "create", "name": "Acme" }));
        commands.execute(CommandEnvelope::new(id, create, employee.clone())).await.unwrap();
    }
    let reach = domain::identity::Reach::Subtree;
    let admin = Actor::new(Uuid::from_u128(2), Role::ClientAdmin);
    // They may be a member of the other cabinet, too, but act in one at a time.
    let admin = Actor { reach, cabinet: Some(own), reachable: vec![own], ..admin };
    let rename = || command(json!({ "type": "change_details", "name": "Ours" }));
    commands.execute(CommandEnvelope::new(own, rename(), admin.clone())).await.unwrap();
    let refused = commands.execute(CommandEnvelope::new(other, rename(), admin)).await;
    assert!(matches!(refused, Err(Failure::Forbidden { .. })), "{refused:?}");
    database.stop().await;
}
