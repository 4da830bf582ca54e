//! How rows of a CSV file become purchases.

use figment::{
    Figment,
    providers::{Format, Toml},
};

use super::*;

fn mapping() -> CsvMapping {
    let mapping = r#"
        source = "webshop"
        type = "purchase.recorded"
        id = "{Order}-1"
        time = "{Date}T00:00:00Z"
        group_by = "Order"
        [data]
        order = "{Order}"
        sequence = 1
        "organisation.name" = "{Company}"
        "organisation.tax_id" = "{VAT id}"
        "total.amount" = "{Total:cents}"
        "total.currency" = "EUR"
        [line]
        line = "{#}"
        product = "{SKU}"
        quantity = "{Quantity:int}"
        "price.amount" = "{Price:cents}"
        "price.currency" = "EUR"
    "#;
    Figment::from(Toml::string(mapping)).extract().unwrap()
}

const HEADINGS: &str = "Order,Date,Company,VAT id,SKU,Quantity,Price,Total\n";

#[test]
fn rows_of_one_order_are_lines_of_one_purchase_that_the_inbox_understands() {
    let rows = "7,2026-01-02,Acme,DE123456789,ide,3,12.5,137.50\n\
                7,2026-01-02,Acme,DE123456789,db,1,100,137.50\n\
                8,2026-01-03,,ESB12345678,ide,1,5,5\n";
    let events = mapping().map_to_events(format!("{HEADINGS}{rows}").as_bytes()).unwrap();
    assert_eq!(events.len(), 2);
    let lines = json!([
        { "line": 1, "product": "ide", "quantity": 3,
          "price": { "amount": 1250, "currency": "EUR" } },
        { "line": 2, "product": "db", "quantity": 1,
          "price": { "amount": 10000, "currency": "EUR" } },
    ]);
    assert_eq!(events[0]["data"]["lines"], lines);
    assert_eq!(events[0]["time"], "2026-01-02T00:00:00Z");
    assert!(events[1]["data"]["organisation"].get("name").is_none(), "empty is left out");
    for event in events {
        domain::purchasing::feed::parse(&event.to_string()).unwrap();
    }
}

#[test]
fn a_wrong_row_is_named() {
    let rows = "7,2026-01-02,Acme,,ide,many,1,1\n";
    let wrong = mapping().map_to_events(format!("{HEADINGS}{rows}").as_bytes()).unwrap_err();
    let message = format!("{wrong:#}");
    assert!(
        message.contains("line 2") && message.contains("`many` is no whole number"),
        "{message}"
    );
}

#[test]
fn another_separator_is_named_and_can_be_set() {
    let rows = format!("{HEADINGS}7,2026-01-02,Acme,DE1,ide,3,12.5,137.50\n").replace(',', ";");
    let wrong = mapping().map_to_events(rows.as_bytes()).unwrap_err().to_string();
    assert!(wrong.contains("`separator = \";\"`"), "{wrong}");
    let mapping = CsvMapping { separator: ';', ..mapping() };
    assert_eq!(mapping.map_to_events(rows.as_bytes()).unwrap().len(), 1);
}

#[test]
fn a_column_that_is_missing_is_named_with_those_there_are() {
    let wrong = mapping().map_to_events("Order,Date\n1,2026-01-01\n".as_bytes()).unwrap_err();
    let message = format!("{wrong:#}");
    assert!(message.contains("The CSV file has no column") && message.contains("Order, Date."));
}

#[test]
fn amounts_are_read_exactly() {
    assert_eq!(cents("0.1"), Some(10));
    assert_eq!(cents("-12"), Some(-1200));
    assert_eq!(cents("1.234"), None);
    assert_eq!(cents("1e3"), None);
}
