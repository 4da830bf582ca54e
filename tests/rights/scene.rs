//! Somebody of every role, and something of everybody's.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

use super::table::{Owner, Scope};

/// Somebody who asks.
pub(super) struct Someone {
    pub(super) name: String,
    pub(super) role: &'static str,
    /// How far a client's rights go.
    pub(super) reach: Option<Scope>,
    pub(super) caller: Caller,
    user: Option<Uuid>,
    customer: Option<Uuid>,
    /// An issue of his own.
    issue: Option<Uuid>,
}

pub(super) struct Scene {
    pub(super) world: World,
    pub(super) admin: Caller,
    pub(super) people: Vec<Someone>,
    cabinets: Vec<(Owner, Uuid)>,
    things: BTreeMap<(&'static str, &'static str), Uuid>,
}

const PLACES: [(Owner, &str, Option<&str>); 5] = [
    (Owner::Parent, "parent", None),
    (Owner::Own, "own", Some("parent")),
    (Owner::Child, "child", Some("own")),
    (Owner::Sibling, "sibling", Some("parent")),
    (Owner::Foreign, "foreign", None),
];

impl Scene {
    pub(super) async fn set() -> Self {
        let world = World::start().await;
        let admin = world.admin().await;
        let (people, cabinets, things) = (vec![], vec![], BTreeMap::new());
        let mut scene = Self { world, admin: admin.clone(), people, cabinets, things };
        scene.furnish(&admin).await;
        for (role, reach) in [
            ("client_user", Some(Scope::Own)),
            ("client_user", Some(Scope::Subtree)),
            ("client_admin", Some(Scope::Cabinet)),
            ("client_admin", Some(Scope::Subtree)),
            ("employee", None),
            ("support_agent", None),
            ("admin", None),
            ("purchase_system", None),
            ("analyst", None),
        ] {
            scene.invite(&admin, role, reach).await;
        }
        let (name, caller) = ("guest".to_owned(), scene.world.guest());
        let nobody = Someone {
            name,
            role: "guest",
            reach: None,
            caller,
            user: None,
            customer: None,
            issue: None,
        };
        scene.people.push(nobody);
        scene.world.settled().await;
        scene
    }

    /// The id of something of a kind that belongs to `owner`, as `who` sees it.
    pub(super) fn thing(&self, kind: &str, owner: Owner, who: &Someone) -> Option<Uuid> {
        match (kind, owner) {
            ("users", Owner::Himself) => who.user,
            ("customers", Owner::Himself) => who.customer,
            ("issues", Owner::Himself) => who.issue,
            ("cabinets", _) => {
                self.cabinets.iter().find(|(place, _)| *place == owner).map(|(_, id)| *id)
            }
            _ => {
                let place = PLACES.iter().find(|(place, ..)| *place == owner);
                let place = place.map_or("nobody", |(_, name, _)| name);
                let known = |&&(known, at): &&(&str, &str)| known == kind && at == place;
                let key = self.things.keys().find(known).filter(|_| owner != Owner::Himself)?;
                self.things.get(key).copied()
            }
        }
    }

    async fn furnish(&mut self, admin: &Caller) {
        let product = create(admin, "/products", json!({ "sku": "CAD", "name": "CAD" })).await;
        let policy = json!({ "policy": { "term": { "days": 100 } } });
        let policy_path = format!("/products/{product}/set-issuance-policy");
        admin.post(&policy_path, policy).await.expect(StatusCode::OK);
        self.things.insert(("products", "nobody"), product);
        for (owner, name, above) in PLACES {
            let parent = above.map(|above| self.things[&("cabinets", above)]);
            let cabinet = json!({ "name": name, "parent": parent });
            let cabinet = create(admin, "/cabinets", cabinet).await;
            self.cabinets.push((owner, cabinet));
            self.things.insert(("cabinets", name), cabinet);
            let user = json!({
                "email": format!("{name}@example.org"), "name": name, "role": "client_user",
                "membership": { "cabinet": cabinet, "reach": "own" },
            });
            let user = create(admin, "/users", user).await;
            self.things.insert(("users", name), user);
            let issue = json!({
                "title": "No print", "text": "It jams.", "reporter": user, "cabinet": cabinet,
            });
            self.things.insert(("issues", name), create(admin, "/issues", issue).await);
            let invited = format!("/cabinets/{cabinet}/invitations");
            let invitation = json!({ "email": "otto@example.org", "role": "client_user" });
            self.things.insert(("invitations", name), create(admin, &invited, invitation).await);
            let program = json!({ "name": "ERP", "role": "client_user", "cabinet": cabinet });
            let program = create(admin, "/service-accounts", program).await;
            self.things.insert(("service-accounts", name), program);
            let license = json!({
                "cabinet": cabinet, "product": product, "from": "2030-01-01T00:00:00Z",
                "until": "2031-01-01T00:00:00Z",
            });
            self.things.insert(("licenses", name), create(admin, "/licenses", license).await);
        }
        let person = json!({ "name": "Anna Berg", "walk_in": true });
        self.things.insert(("customers", "nobody"), create(admin, "/customers", person).await);
    }

    async fn invite(&mut self, admin: &Caller, role: &'static str, reach: Option<Scope>) {
        let own = self.things[&("cabinets", "own")];
        let word = reach.map(|reach| format!("{reach:?}").to_lowercase());
        let membership = word.as_ref().map(|reach| json!({ "cabinet": own, "reach": reach }));
        let mut customer = None;
        if role == "client_user" {
            let person = json!({ "name": "Eva Wolf", "walk_in": true });
            customer = Some(create(admin, "/customers", person).await);
        }
        let more = json!({ "membership": membership, "customer": customer });
        let caller = self.world.someone(admin, role, more).await;
        let me = caller.get("/me").await.expect(StatusCode::OK).body;
        let user = me["data"]["user"].as_str().map(|user| user.parse().unwrap());
        let issue = json!({ "title": "No print", "text": "It jams." });
        let issue = caller.post("/issues", issue).await;
        let issue = (issue.status == StatusCode::CREATED).then(|| issue.id());
        let name = word.map_or_else(|| role.to_owned(), |reach| format!("{role}/{reach}"));
        self.people.push(Someone { name, role, reach, caller, user, customer, issue });
    }
}

pub(super) async fn create(by: &Caller, path: &str, body: Value) -> Uuid {
    by.post(path, body).await.expect(StatusCode::CREATED).id()
}
