//! Products in a real database: the uniqueness of their SKUs.

use commands::{CommandEnvelope, Failure};
use domain::{
    catalog::product::{Command, Product},
    identity::{Actor, Role},
};
use serde_json::json;
use tests::database::Database;
use uuid::Uuid;

#[tokio::test]
async fn a_sku_names_one_product_however_it_is_spelled() {
    let database = Database::new().await;
    let commands = database.commands();
    let employee = Actor::new(Uuid::from_u128(1), Role::Employee);
    let create = |sku: &str| {
        let create = json!({ "type": "create", "sku": sku, "name": "Cad" });
        let create: Command = serde_json::from_value(create).unwrap();
        CommandEnvelope::<Product>::create(create, employee.clone())
    };
    commands.execute(create("cad")).await.unwrap();
    let again = commands.execute(create("CAD")).await;
    assert!(matches!(&again, Err(Failure::Taken { what, .. }) if what == "sku"), "{again:?}");
    database.stop().await;
}
