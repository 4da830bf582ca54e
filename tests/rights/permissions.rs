//! The other half of the matrix: principals whom the table allows an operation succeed with it, and
//! lists hold exactly what their reader may see.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::atomic::{AtomicI64, Ordering},
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::Caller;

use super::{
    fixture::{Fixture, Principal, create},
    matrix::{ExpectedAnswer, Operation, expected, operations},
    table::{Owner, RightsTable, Scope, covers},
};
use crate::scheduling::salon::start_in_days;

/// The recipes for successful commands, from `recipes.txt`.
#[derive(Default)]
struct Recipes {
    /// How to create each kind of item.
    items: HashMap<String, Vec<Step>>,
    /// For each operation, the item that it needs and its body.
    commands: HashMap<String, (String, String)>,
    /// Operations that other tests cover.
    tested_elsewhere: HashSet<String>,
}

enum Step {
    Item(String),
    Request { save_as: String, by_principal: bool, method: Method, path: String, body: String },
}

type Variables = BTreeMap<String, String>;

#[tokio::test]
async fn every_allowed_command_succeeds() {
    let (table, recipes) = (RightsTable::read(), Recipes::read());
    let mut fixture = Fixture::new().await;
    let common_variables = common_variables(&fixture.admin).await;
    let (mut failures, mut cells) = (vec![], 0);
    for operation in operations(&table) {
        let public = operation.right == "public";
        if operation.method == Method::GET
            || public
            || recipes.tested_elsewhere.contains(operation.name)
        {
            continue;
        }
        let Some((item, body)) = recipes.commands.get(operation.name) else {
            failures.push(format!("{} has no recipe", operation.name));
            continue;
        };
        for principal in fixture.principals.iter().filter(|principal| principal.role != "guest") {
            for owner in Owner::ALL {
                let Some(variables) =
                    variables(&fixture, &common_variables, owner, principal, &recipes, item, body)
                else {
                    continue;
                };
                // For an operation that creates an item, its future owner counts.
                let right = table.cell(operation.right, principal.role, principal.reach);
                let creates = !operation.path.contains('{');
                if expected(&table, &operation, principal, owner) != ExpectedAnswer::Allowed
                    || (creates && !covers(right, owner))
                {
                    continue;
                }
                cells += 1;
                let result = recipes.run(&fixture.admin, principal, &operation, variables).await;
                if let Err(error) = result {
                    let Operation { method, path, right, .. } = &operation;
                    failures.push(format!(
                        "{method} {path} ({right}) by {} of {owner:?}: {error}",
                        principal.name
                    ));
                }
            }
        }
    }
    fixture.world.stop().await;
    assert!(failures.is_empty(), "{} of {cells} cells:\n{}", failures.len(), failures.join("\n"));
    assert!(cells > 300, "only {cells} cells were asked");
}

/// Every list contains exactly the items of the fixture that its reader may see.
#[tokio::test]
async fn every_list_holds_what_its_reader_may_see_and_nothing_else() {
    let table = RightsTable::read();
    let mut fixture = Fixture::new().await;
    let mut failures = vec![];
    for (kind, right) in [
        ("cabinets", "cabinets_read"),
        ("users", "users_read"),
        ("invitations", "members_manage"),
        ("service-accounts", "service_accounts"),
        ("licenses", "licenses_read"),
        ("issues", "issues_read"),
        ("customers", "customers_read"),
    ] {
        for principal in &fixture.principals {
            let cell = table.cell(right, principal.role, principal.reach);
            let rows = listed_ids(&principal.caller, kind).await;
            for owner in Owner::ALL {
                let Some(item) = fixture.item_id(kind, owner, principal) else { continue };
                let is_listed = rows.contains(&item.to_string());
                if is_listed != covers(cell, owner) {
                    let name = &principal.name;
                    failures
                        .push(format!("{kind} for {name}: that of {owner:?} is seen: {is_listed}"));
                }
            }
        }
    }
    fixture.world.stop().await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// `cabinet_id` filters lists by a cabinet within the caller's reach, and refuses any other.
#[tokio::test]
async fn cabinet_id_opens_what_is_within_the_reach_and_nothing_else() {
    let table = RightsTable::read();
    let mut fixture = Fixture::new().await;
    let mut failures = vec![];
    for (kind, right, column) in [
        ("licenses", "licenses_read", "cabinet_id"),
        ("issues", "issues_read", "cabinet"),
        ("invitations", "members_manage", "cabinet"),
    ] {
        let path = format!("/api/v1/{kind}");
        let parameters = table.openapi["paths"][&path]["get"]["parameters"].as_array().unwrap();
        assert!(parameters.iter().any(|parameter| parameter["name"] == "cabinet_id"), "{path}");
        for principal in fixture.principals.iter().filter(|principal| principal.role != "guest") {
            let cell = table.cell(right, principal.role, principal.reach);
            for owner in Owner::ALL.into_iter().filter(|owner| *owner != Owner::Caller) {
                let Some(cabinet) = fixture.item_id("cabinets", owner, principal) else { continue };
                let answer = principal.caller.get(&format!("/{kind}?cabinet_id={cabinet}")).await;
                let rows = answer.body["data"].as_array();
                let is_in_cabinet = |row: &Value| row[column] == cabinet.to_string();
                let fits = match (covers(cell, owner), cell) {
                    (true, _) => {
                        rows.is_some_and(|rows| !rows.is_empty() && rows.iter().all(is_in_cabinet))
                    }
                    (false, Scope::None) => answer.status == StatusCode::FORBIDDEN,
                    (false, _) => answer.body["code"] == "cabinet_out_of_reach",
                };
                if !fits {
                    failures.push(format!(
                        "{kind} of {owner:?} for {}: {}",
                        principal.name, answer.body
                    ));
                }
            }
        }
    }
    fixture.world.stop().await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The ids of all rows of a list; none, if it is refused.
async fn listed_ids(caller: &Caller, kind: &str) -> HashSet<String> {
    let (mut rows, mut cursor) = (HashSet::new(), String::new());
    loop {
        let page = caller.get(&format!("/{kind}?limit=200{cursor}")).await;
        if page.status != StatusCode::OK {
            return rows;
        }
        let data = page.body["data"].as_array().unwrap();
        rows.extend(data.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["page"]["next"].as_str() else { return rows };
        cursor = format!("&cursor={next}");
    }
}

/// The variables that all recipes may use.
async fn common_variables(admin: &Caller) -> Variables {
    let hall = json!({ "kind": "room", "name": "Hall", "capacity": 500, "zone": "Europe/Berlin" });
    let (hall, other_hall) =
        (create(admin, "/resources", hall.clone()).await, create(admin, "/resources", hall).await);
    let day = |day| json!({ "day": day, "from": "09:00:00", "until": "18:00:00" });
    let week = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(day);
    for hall in [hall, other_hall] {
        let hours = json!({ "zone": "Europe/Berlin", "weekly": week });
        let path = format!("/resources/{hall}/set-availability");
        admin.post(&path, hours).await.expect(StatusCode::OK);
    }
    let class = json!({
        "name": "Class", "step_minutes": 30, "phases": [{ "minutes": 30, "needs": ["room"] }],
    });
    let class = create(admin, "/services", class).await;
    let product = create(admin, "/products", json!({ "sku": "PLAN", "name": "Plan" })).await;
    let policy = json!({ "policy": { "term": { "months": 12 } } });
    let path = format!("/products/{product}/set-issuance-policy");
    admin.post(&path, policy).await.expect(StatusCode::OK);
    let walk_in = json!({ "name": "Somebody", "walk_in": true });
    let walk_in = create(admin, "/customers", walk_in).await;
    let agent = json!({ "email": "a@example.org", "name": "Agent", "role": "support_agent" });
    let agent = create(admin, "/users", agent).await;
    let ids = [
        ("hall", hall),
        ("other_hall", other_hall),
        ("class", class),
        ("product", product),
        ("walk_in", walk_in),
        ("agent", agent),
    ];
    ids.map(|(name, id)| (name.to_owned(), id.to_string())).into()
}

/// The variables of a recipe for an item of `owner`, relative to `principal`; `None` if the recipe
/// uses a variable that this owner does not have.
fn variables(
    fixture: &Fixture,
    common_variables: &Variables,
    owner: Owner,
    principal: &Principal,
    recipes: &Recipes,
    item: &str,
    body: &str,
) -> Option<Variables> {
    static COUNT: AtomicI64 = AtomicI64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut variables = common_variables.clone();
    let mut define = |name: &str, value: Option<String>| {
        variables.extend(value.map(|value| (name.to_owned(), value)));
    };
    let id = |kind, owner| fixture.item_id(kind, owner, principal).map(|id| id.to_string());
    let has_cabinet = principal.reach.is_some();
    define("owner", id("users", owner));
    let own_customer = id("customers", owner).filter(|_| owner == Owner::Caller);
    let walk_in = Some(common_variables["walk_in"].clone()).filter(|_| owner != Owner::Caller);
    define("customer", own_customer.clone().or(walk_in));
    define("own_customer", own_customer);
    define("themselves", (owner == Owner::Caller).then(String::new));
    // Items of nobody are put into a foreign cabinet, the caller's into their own.
    let cabinet_owner = match owner {
        Owner::Caller if has_cabinet => Owner::SameCabinet,
        Owner::Caller | Owner::Nobody => Owner::ForeignCabinet,
        owner => owner,
    };
    define("place", id("cabinets", cabinet_owner));
    let parent_owner = match owner {
        Owner::ChildCabinet => Some(Owner::SameCabinet),
        Owner::SiblingCabinet => Some(Owner::ParentCabinet),
        Owner::ForeignCabinet | Owner::Nobody => Some(Owner::ForeignCabinet),
        Owner::Caller | Owner::SameCabinet | Owner::ParentCabinet => None,
    };
    define("above", parent_owner.and_then(|parent_owner| id("cabinets", parent_owner)));
    define("new", Some(number.to_string()));
    let start = start_in_days(2 + number / 17);
    let minutes = number % 17 * 30;
    let time = format!("{:02}:{:02}:00", 9 + minutes / 60, minutes % 60);
    define("start", Some(start.replace("10:00:00", &time)));
    define("earlier", Some(start_in_days(-1 - number / 17).replace("10:00:00", &time)));
    let mut defined: HashSet<_> = variables.keys().cloned().collect();
    recipes.is_feasible(item, body, &mut defined).then_some(variables)
}

impl Recipes {
    fn read() -> Self {
        let mut recipes = Self::default();
        for line in include_str!("recipes.txt").replace("\n    ", " ").lines() {
            let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
            match first {
                "" | "#" => {}
                "thing" => {
                    let (name, steps) = rest.split_once(" = ").unwrap();
                    let steps = steps.split("; ").filter(|step| *step != "-").map(Step::read);
                    recipes.items.insert(name.into(), steps.collect());
                }
                "elsewhere" => recipes.tested_elsewhere.extend(rest.split(' ').map(str::to_owned)),
                operation => {
                    let (item, body) = rest.split_once(' ').unwrap_or((rest, ""));
                    recipes.commands.insert(operation.into(), (item.into(), body.into()));
                }
            }
        }
        recipes
    }

    /// Whether all variables that a recipe uses are defined by then.
    fn is_feasible(&self, item: &str, body: &str, defined: &mut HashSet<String>) -> bool {
        defined.insert("id".into());
        let can_create = match item {
            "-" => true,
            "owner" | "place" => defined.contains(item),
            "customer" if defined.contains("themselves") => defined.contains("own_customer"),
            item => self.items[item].iter().all(|step| match step {
                Step::Item(other) => self.is_feasible(other, "", defined),
                Step::Request { save_as, path, body, .. } => {
                    let feasible = all_defined(path, defined) && all_defined(body, defined);
                    defined.insert(save_as.clone());
                    feasible
                }
            }),
        };
        can_create && all_defined(body, defined)
    }

    async fn run(
        &self,
        admin: &Caller,
        principal: &Principal,
        operation: &Operation<'_>,
        mut variables: Variables,
    ) -> Result<(), String> {
        let (item, body) = &self.commands[operation.name];
        self.create_item(admin, principal, item, &mut variables).await?;
        let path = substitute(operation.path, &variables);
        send(&principal.caller, operation.method.clone(), &path, &substitute(body, &variables))
            .await
            .map(drop)
    }

    async fn create_item(
        &self,
        admin: &Caller,
        principal: &Principal,
        item: &str,
        variables: &mut Variables,
    ) -> Result<(), String> {
        // These exist already.
        let existing = match item {
            "owner" | "place" => variables.get(item),
            "customer" => variables.get("own_customer"),
            _ => None,
        };
        if let Some(id) = existing.cloned() {
            variables.insert("id".into(), id);
            return Ok(());
        }
        for step in self.items.get(item).into_iter().flatten() {
            match step {
                Step::Item(other) => {
                    Box::pin(self.create_item(admin, principal, other, variables)).await?;
                }
                Step::Request { save_as, by_principal, method, path, body } => {
                    let caller = if *by_principal { &principal.caller } else { admin };
                    let (path, body) = (substitute(path, variables), substitute(body, variables));
                    let answer = send(caller, method.clone(), &path, &body).await;
                    let answer =
                        answer.map_err(|error| format!("{method} {path} before it: {error}"))?;
                    let id = answer["data"]["id"].as_str().map(str::to_owned);
                    if let Some(id) =
                        id.filter(|_| !save_as.is_empty() || !variables.contains_key("id"))
                    {
                        let name = if save_as.is_empty() { "id" } else { save_as };
                        variables.insert(name.into(), id);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Step {
    fn read(text: &str) -> Self {
        let parts: Vec<_> = text.trim().splitn(4, ' ').collect();
        let [first, ..] = parts.as_slice() else { panic!("an empty step") };
        if parts.len() == 1 {
            return Self::Item((*first).into());
        }
        let (save_as, first) = first.split_once(':').unwrap_or(("", first));
        let by_principal = first == "self";
        let rest = if by_principal { &parts[1..] } else { &parts[..] };
        let rest = rest.join(" ");
        let rest = rest.strip_prefix(&format!("{save_as}:")).unwrap_or(&rest);
        let mut rest = rest.splitn(3, ' ');
        let mut next_part = || rest.next().unwrap_or_default().to_owned();
        let method = next_part().parse().unwrap();
        Self::Request {
            save_as: save_as.into(),
            by_principal,
            method,
            path: next_part(),
            body: next_part(),
        }
    }
}

async fn send(caller: &Caller, method: Method, path: &str, body: &str) -> Result<Value, String> {
    let body = if body.is_empty() { None } else { Some(body.parse().unwrap()) };
    let answer = caller.send(method, path, &[], body).await.unwrap();
    if answer.status.is_success() { Ok(answer.body) } else { Err(answer.body.to_string()) }
}

fn substitute(text: &str, variables: &Variables) -> String {
    variables
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// Whether all variables in braces are defined; JSON never has braces around a single word.
fn all_defined(text: &str, defined: &HashSet<String>) -> bool {
    let variables = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    variables
        .filter(|(name, _)| !name.is_empty() && is_name(name))
        .all(|(name, _)| defined.contains(name))
}
