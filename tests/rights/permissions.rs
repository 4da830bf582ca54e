//! Whoever the table lets do something does it with success: the other half of the matrix, which
//! shows refusals.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::atomic::{AtomicI64, Ordering},
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::Caller;

use super::{
    matrix::{Answer, Operation, expected, operations},
    scene::{Scene, Someone, create},
    table::{Owner, Scope, Table, covers},
};
use crate::scheduling::salon::in_days;

/// How commands succeed, as `recipes.txt` says.
#[derive(Default)]
struct Recipes {
    /// How things are made.
    things: HashMap<String, Vec<Step>>,
    /// What each operation is done to, and with what body.
    commands: HashMap<String, (String, String)>,
    elsewhere: HashSet<String>,
}

enum Step {
    Thing(String),
    Request { keeps: String, by_self: bool, method: Method, path: String, body: String },
}

type Names = BTreeMap<String, String>;

#[tokio::test]
async fn whoever_may_do_something_does_it_with_success() {
    let (table, recipes) = (Table::read(), Recipes::read());
    let mut scene = Scene::set().await;
    let common = common(&scene.admin).await;
    let (mut wrong, mut cells) = (vec![], 0);
    for operation in operations(&table) {
        let public = operation.right == "public";
        if operation.method == Method::GET || public || recipes.elsewhere.contains(operation.name) {
            continue;
        }
        let Some((thing, body)) = recipes.commands.get(operation.name) else {
            wrong.push(format!("{} has no recipe", operation.name));
            continue;
        };
        for who in scene.people.iter().filter(|who| who.role != "guest") {
            for owner in Owner::ALL {
                let Some(names) = names(&scene, &common, owner, who, &recipes, thing, body) else {
                    continue;
                };
                // What creates something is about whom it will belong to.
                let right = table.cell(operation.right, who.role, who.reach);
                let creates = !operation.path.contains('{');
                if expected(&table, &operation, who, owner) != Answer::Heard
                    || (creates && !covers(right, owner))
                {
                    continue;
                }
                cells += 1;
                let done = recipes.run(&scene.admin, who, &operation, names).await;
                if let Err(why) = done {
                    let Operation { method, path, right, .. } = &operation;
                    wrong.push(format!(
                        "{method} {path} ({right}) by {} of {owner:?}: {why}",
                        who.name
                    ));
                }
            }
        }
    }
    scene.world.stop().await;
    assert!(wrong.is_empty(), "{} of {cells} cells:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cells > 300, "only {cells} cells were asked");
}

/// Every list holds exactly what its reader may see, of all that is in the scene.
#[tokio::test]
async fn every_list_holds_what_its_reader_may_see_and_nothing_else() {
    let table = Table::read();
    let mut scene = Scene::set().await;
    let mut wrong = vec![];
    for (kind, right) in [
        ("cabinets", "cabinets_read"),
        ("users", "users_read"),
        ("invitations", "members_manage"),
        ("service-accounts", "service_accounts"),
        ("licenses", "licenses_read"),
        ("issues", "issues_read"),
        ("customers", "customers_read"),
    ] {
        for who in &scene.people {
            let cell = table.cell(right, who.role, who.reach);
            let rows = rows(&who.caller, kind).await;
            for owner in Owner::ALL {
                let Some(thing) = scene.thing(kind, owner, who) else { continue };
                let sees = rows.contains(&thing.to_string());
                if sees != covers(cell, owner) {
                    let name = &who.name;
                    wrong.push(format!("{kind} for {name}: that of {owner:?} is seen: {sees}"));
                }
            }
        }
    }
    scene.world.stop().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What belongs to a cabinet can be asked for by `cabinet_id`: of any that is within the reach, of no
/// other.
#[tokio::test]
async fn cabinet_id_opens_what_is_within_the_reach_and_nothing_else() {
    let table = Table::read();
    let mut scene = Scene::set().await;
    let mut wrong = vec![];
    for (kind, right, column) in [
        ("licenses", "licenses_read", "cabinet_id"),
        ("issues", "issues_read", "cabinet"),
        ("invitations", "members_manage", "cabinet"),
    ] {
        let path = format!("/api/v1/{kind}");
        let parameters = table.openapi["paths"][&path]["get"]["parameters"].as_array().unwrap();
        assert!(parameters.iter().any(|it| it["name"] == "cabinet_id"), "{path}");
        for who in scene.people.iter().filter(|who| who.role != "guest") {
            let cell = table.cell(right, who.role, who.reach);
            for owner in Owner::ALL.into_iter().filter(|owner| *owner != Owner::Himself) {
                let Some(cabinet) = scene.thing("cabinets", owner, who) else { continue };
                let asked = who.caller.get(&format!("/{kind}?cabinet_id={cabinet}")).await;
                let rows = asked.body["data"].as_array();
                let its = |row: &Value| row[column] == cabinet.to_string();
                let fits = match (covers(cell, owner), cell) {
                    (true, _) => rows.is_some_and(|rows| !rows.is_empty() && rows.iter().all(its)),
                    (false, Scope::None) => asked.status == StatusCode::FORBIDDEN,
                    (false, _) => asked.body["code"] == "cabinet_out_of_reach",
                };
                if !fits {
                    wrong.push(format!("{kind} of {owner:?} for {}: {}", who.name, asked.body));
                }
            }
        }
    }
    scene.world.stop().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The ids of all rows of a list; none, if it is refused.
async fn rows(by: &Caller, kind: &str) -> HashSet<String> {
    let (mut rows, mut cursor) = (HashSet::new(), String::new());
    loop {
        let page = by.get(&format!("/{kind}?limit=200{cursor}")).await;
        if page.status != StatusCode::OK {
            return rows;
        }
        let data = page.body["data"].as_array().unwrap();
        rows.extend(data.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["page"]["next"].as_str() else { return rows };
        cursor = format!("&cursor={next}");
    }
}

/// What all recipes may name.
async fn common(admin: &Caller) -> Names {
    let hall = json!({ "kind": "room", "name": "Hall", "capacity": 500, "zone": "Europe/Berlin" });
    let (one, other) =
        (create(admin, "/resources", hall.clone()).await, create(admin, "/resources", hall).await);
    let day = |day| json!({ "day": day, "from": "09:00:00", "until": "18:00:00" });
    let week = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(day);
    for hall in [one, other] {
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
    let named = [
        ("hall", one),
        ("other_hall", other),
        ("class", class),
        ("product", product),
        ("walk_in", walk_in),
        ("agent", agent),
    ];
    named.map(|(name, id)| (name.to_owned(), id.to_string())).into()
}

/// What a recipe may name when it is about `owner` as `who` sees them; nothing if it names what
/// they have not.
fn names(
    scene: &Scene,
    common: &Names,
    owner: Owner,
    who: &Someone,
    recipes: &Recipes,
    thing: &str,
    body: &str,
) -> Option<Names> {
    static COUNT: AtomicI64 = AtomicI64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut names = common.clone();
    let mut know = |name: &str, value: Option<String>| {
        names.extend(value.map(|value| (name.to_owned(), value)));
    };
    let id = |kind, owner| scene.thing(kind, owner, who).map(|id| id.to_string());
    let own = who.reach.is_some();
    know("owner", id("users", owner));
    let own_customer = id("customers", owner).filter(|_| owner == Owner::Himself);
    let walk_in = Some(common["walk_in"].clone()).filter(|_| owner != Owner::Himself);
    know("customer", own_customer.clone().or(walk_in));
    know("own_customer", own_customer);
    know("themselves", (owner == Owner::Himself).then(String::new));
    // What belongs to nobody lies with a stranger; what is one's own, in one's own cabinet.
    let place = match owner {
        Owner::Himself if own => Owner::Own,
        Owner::Himself | Owner::Nobody => Owner::Foreign,
        owner => owner,
    };
    know("place", id("cabinets", place));
    let above = match owner {
        Owner::Child => Some(Owner::Own),
        Owner::Sibling => Some(Owner::Parent),
        Owner::Foreign | Owner::Nobody => Some(Owner::Foreign),
        Owner::Himself | Owner::Own | Owner::Parent => None,
    };
    know("above", above.and_then(|above| id("cabinets", above)));
    know("new", Some(count.to_string()));
    let start = in_days(2 + count / 17);
    let minutes = count % 17 * 30;
    let time = format!("{:02}:{:02}:00", 9 + minutes / 60, minutes % 60);
    know("start", Some(start.replace("10:00:00", &time)));
    know("yesterday", Some(in_days(-1).replace("10:00:00", &time)));
    let mut known: HashSet<_> = names.keys().cloned().collect();
    recipes.knows(thing, body, &mut known).then_some(names)
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
                    recipes.things.insert(name.into(), steps.collect());
                }
                "elsewhere" => recipes.elsewhere.extend(rest.split(' ').map(str::to_owned)),
                operation => {
                    let (thing, body) = rest.split_once(' ').unwrap_or((rest, ""));
                    recipes.commands.insert(operation.into(), (thing.into(), body.into()));
                }
            }
        }
        recipes
    }

    /// Whether all that a recipe names is known by then.
    fn knows(&self, thing: &str, body: &str, known: &mut HashSet<String>) -> bool {
        known.insert("id".into());
        let made = match thing {
            "-" => true,
            "owner" | "place" => known.contains(thing),
            "customer" if known.contains("themselves") => known.contains("own_customer"),
            thing => self.things[thing].iter().all(|step| match step {
                Step::Thing(other) => self.knows(other, "", known),
                Step::Request { keeps, path, body, .. } => {
                    let knows = all_known(path, known) && all_known(body, known);
                    known.insert(keeps.clone());
                    knows
                }
            }),
        };
        made && all_known(body, known)
    }

    async fn run(
        &self,
        admin: &Caller,
        who: &Someone,
        operation: &Operation<'_>,
        mut names: Names,
    ) -> Result<(), String> {
        let (thing, body) = &self.commands[operation.name];
        self.make(admin, who, thing, &mut names).await?;
        let path = filled(operation.path, &names);
        ask(&who.caller, operation.method.clone(), &path, &filled(body, &names)).await.map(drop)
    }

    async fn make(
        &self,
        admin: &Caller,
        who: &Someone,
        thing: &str,
        names: &mut Names,
    ) -> Result<(), String> {
        // These are there, and nobody makes another one.
        let there = match thing {
            "owner" | "place" => names.get(thing),
            "customer" => names.get("own_customer"),
            _ => None,
        };
        if let Some(id) = there.cloned() {
            names.insert("id".into(), id);
            return Ok(());
        }
        for step in self.things.get(thing).into_iter().flatten() {
            match step {
                Step::Thing(other) => Box::pin(self.make(admin, who, other, names)).await?,
                Step::Request { keeps, by_self, method, path, body } => {
                    let by = if *by_self { &who.caller } else { admin };
                    let (path, body) = (filled(path, names), filled(body, names));
                    let answer = ask(by, method.clone(), &path, &body).await;
                    let answer =
                        answer.map_err(|why| format!("{method} {path} before it: {why}"))?;
                    let id = answer["data"]["id"].as_str().map(str::to_owned);
                    if let Some(id) = id.filter(|_| !keeps.is_empty() || !names.contains_key("id"))
                    {
                        let name = if keeps.is_empty() { "id" } else { keeps };
                        names.insert(name.into(), id);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Step {
    fn read(text: &str) -> Self {
        let words: Vec<_> = text.trim().splitn(4, ' ').collect();
        let [first, ..] = words.as_slice() else { panic!("an empty step") };
        if words.len() == 1 {
            return Self::Thing((*first).into());
        }
        let (keeps, first) = first.split_once(':').unwrap_or(("", first));
        let by_self = first == "self";
        let rest = if by_self { &words[1..] } else { &words[..] };
        let rest = rest.join(" ");
        let rest = rest.strip_prefix(&format!("{keeps}:")).unwrap_or(&rest);
        let mut rest = rest.splitn(3, ' ');
        let mut word = || rest.next().unwrap_or_default().to_owned();
        let method = word().parse().unwrap();
        Self::Request { keeps: keeps.into(), by_self, method, path: word(), body: word() }
    }
}

async fn ask(by: &Caller, method: Method, path: &str, body: &str) -> Result<Value, String> {
    let body = if body.is_empty() { None } else { Some(body.parse().unwrap()) };
    let answer = by.send(method, path, &[], body).await.unwrap();
    if answer.status.is_success() { Ok(answer.body) } else { Err(answer.body.to_string()) }
}

fn filled(text: &str, names: &Names) -> String {
    names
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// Whether everything that a text names in braces is known; JSON has none around single words.
fn all_known(text: &str, known: &HashSet<String>) -> bool {
    let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    names
        .filter(|(name, _)| !name.is_empty() && is_name(name))
        .all(|(name, _)| known.contains(name))
}
