use commands::{Failure, Order};
use domain::{
    Id,
    identity::{Actor, Role},
    organizations::cabinet::{Cabinet, CabinetId, Command},
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
    let desk = database.commands();
    let employee = Actor::new(Uuid::from_u128(1), Role::Employee);
    let create = command(json!({ "type": "create", "name": "Acme", "tax_id": "DE 123456789" }));
    let first = Order::<Cabinet>::create(create.clone(), employee.clone());
    let id = first.id();
    desk.execute(first).await.unwrap();

    let second = desk.execute(Order::<Cabinet>::create(create.clone(), employee.clone())).await;
    let Err(Failure::Taken { what, rule }) = second else { panic!("{second:?}") };
    assert_eq!((what.as_str(), rule.as_str()), ("tax_id", "ORG-5"));

    let clear = command(json!({ "type": "change_details", "tax_id": null }));
    desk.execute(Order::new(id, clear, employee.clone())).await.unwrap();
    desk.execute(Order::<Cabinet>::create(create, employee)).await.unwrap();
    database.stop().await;
}

#[tokio::test]
async fn a_client_admin_opens_cabinets_below_his_own_and_nowhere_else() {
    let database = Database::new().await;
    let desk = database.commands();
    let own: CabinetId = Id::derived(&["own"]);
    let create = |parent: Option<CabinetId>| {
        command(json!({ "type": "create", "name": "Acme", "parent": parent }))
    };
    let employee = Actor::new(Uuid::from_u128(1), Role::Employee);
    desk.execute(Order::new(own, create(None), employee)).await.unwrap();

    let reach = domain::identity::Reach::Subtree;
    let admin = Actor::new(Uuid::from_u128(2), Role::ClientAdmin);
    let admin = Actor { reach, cabinet: Some(own), reachable: vec![own], ..admin };
    desk.execute(Order::<Cabinet>::create(create(Some(own)), admin.clone())).await.unwrap();
    let beside = desk.execute(Order::<Cabinet>::create(create(None), admin)).await;
    assert!(matches!(beside, Err(Failure::Forbidden)), "{beside:?}");
    database.stop().await;
}
