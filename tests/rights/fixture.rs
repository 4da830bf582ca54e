//! A principal of every role, and items of every kind for every owner.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

use super::table::{Owner, Scope};

/// A caller of a role, with what belongs to them.
pub(super) struct Principal {
    pub(super) name: String,
    pub(super) role: &'static str,
    /// How far a client's rights go.
    pub(super) reach: Option<Scope>,
    pub(super) caller: Caller,
    user: Option<Uuid>,
    customer: Option<Uuid>,
    /// An issue that they reported.
    issue: Option<Uuid>,
}

pub(super) struct Fixture {
    pub(super) world: World,
    pub(super) admin: Caller,
    pub(super) principals: Vec<Principal>,
    cabinets: Vec<(Owner, Uuid)>,
    items: BTreeMap<(&'static str, &'static str), Uuid>,
}

/// Cabinets: their relation to the caller's, name, and parent.
const CABINETS: [(Owner, &str, Option<&str>); 5] = [
    (Owner::ParentCabinet, "parent", None),
    (Owner::SameCabinet, "own", Some("parent")),
    (Owner::ChildCabinet, "child", Some("own")),
    (Owner::SiblingCabinet, "sibling", Some("parent")),
    (Owner::ForeignCabinet, "foreign", None),
];

impl Fixture {
    pub(super) async fn new() -> Self {
        let world = World::start().await;
        let admin = world.admin().await;
        let (principals, cabinets, items) = (vec![], vec![], BTreeMap::new());
        let mut fixture = Self { world, admin: admin.clone(), principals, cabinets, items };
        // Guests see what a published business offers.
        let business = json!({
            "name": "Salon Vera", "slug": "salon-vera", "zone": "Europe/Berlin", "currency": "EUR",
            "languages": ["de"],
        });
        admin.post("/business/set-up", business).await.expect(StatusCode::OK);
        admin.post("/business/publish", json!({})).await.expect(StatusCode::OK);
        fixture.create_items(&admin).await;
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
            fixture.create_principal(&admin, role, reach).await;
        }
        let (name, caller) = ("guest".to_owned(), fixture.world.guest());
        let guest = Principal {
            name,
            role: "guest",
            reach: None,
            caller,
            user: None,
            customer: None,
            issue: None,
        };
        fixture.principals.push(guest);
        fixture.world.wait_until_settled().await;
        fixture
    }

    /// The id of an item of a kind that belongs to `owner`, relative to `principal`.
    pub(super) fn item_id(&self, kind: &str, owner: Owner, principal: &Principal) -> Option<Uuid> {
        match (kind, owner) {
            ("users", Owner::Caller) => principal.user,
            ("customers", Owner::Caller) => principal.customer,
            ("issues", Owner::Caller) => principal.issue,
            ("cabinets", _) => self.cabinets.iter().find(|(of, _)| *of == owner).map(|(_, id)| *id),
            _ => {
                let cabinet = CABINETS.iter().find(|(of, ..)| *of == owner);
                let owner_name = cabinet.map_or("nobody", |(_, name, _)| name);
                let matches =
                    |&&(item_kind, name): &&(&str, &str)| item_kind == kind && name == owner_name;
                let key = self.items.keys().find(matches).filter(|_| owner != Owner::Caller)?;
                self.items.get(key).copied()
            }
        }
    }

    async fn create_items(&mut self, admin: &Caller) {
        let product = create(admin, "/products", json!({ "sku": "CAD", "name": "CAD" })).await;
        let policy = json!({ "policy": { "term": { "days": 100 } } });
        let policy_path = format!("/products/{product}/set-issuance-policy");
        admin.post(&policy_path, policy).await.expect(StatusCode::OK);
        self.items.insert(("products", "nobody"), product);
        for (owner, name, parent_name) in CABINETS {
            let parent = parent_name.map(|parent_name| self.items[&("cabinets", parent_name)]);
            let cabinet = json!({ "name": name, "parent": parent });
            let cabinet = create(admin, "/cabinets", cabinet).await;
            self.cabinets.push((owner, cabinet));
            self.items.insert(("cabinets", name), cabinet);
            let user = json!({
                "email": format!("{name}@example.org"), "name": name, "role": "client_user",
                "membership": { "cabinet": cabinet, "reach": "own" },
            });
            let user = create(admin, "/users", user).await;
            self.items.insert(("users", name), user);
            let issue = json!({
                "title": "No print", "text": "It jams.", "reporter": user, "cabinet": cabinet,
            });
            self.items.insert(("issues", name), create(admin, "/issues", issue).await);
            let invited = format!("/cabinets/{cabinet}/invitations");
            let email = format!("{name}@invited.example.org");
            let invitation = json!({ "email": email, "role": "client_user" });
            self.items.insert(("invitations", name), create(admin, &invited, invitation).await);
            let service_account =
                json!({ "name": "ERP", "role": "client_user", "cabinet": cabinet });
            let service_account = create(admin, "/service-accounts", service_account).await;
            self.items.insert(("service-accounts", name), service_account);
            let license = json!({
                "cabinet": cabinet, "product": product, "from": "2030-01-01T00:00:00Z",
                "until": "2031-01-01T00:00:00Z",
            });
            self.items.insert(("licenses", name), create(admin, "/licenses", license).await);
        }
        let person = json!({ "name": "Anna Berg", "walk_in": true });
        self.items.insert(("customers", "nobody"), create(admin, "/customers", person).await);
    }

    async fn create_principal(&mut self, admin: &Caller, role: &'static str, reach: Option<Scope>) {
        let own = self.items[&("cabinets", "own")];
        let reach_name = reach.map(|reach| format!("{reach:?}").to_lowercase());
        let membership = reach_name.as_ref().map(|reach| json!({ "cabinet": own, "reach": reach }));
        let mut customer = None;
        if role == "client_user" {
            let person = json!({ "name": "Eva Wolf", "walk_in": true });
            customer = Some(create(admin, "/customers", person).await);
        }
        let account = json!({ "membership": membership, "customer": customer });
        let caller = self.world.user_with_role(admin, role, account).await;
        let me = caller.get("/me").await.expect(StatusCode::OK).body;
        let user = me["data"]["user"].as_str().map(|user| user.parse().unwrap());
        let issue = json!({ "title": "No print", "text": "It jams." });
        let issue = caller.post("/issues", issue).await;
        let issue = (issue.status == StatusCode::CREATED).then(|| issue.id());
        let name = reach_name.map_or_else(|| role.to_owned(), |reach| format!("{role}/{reach}"));
        self.principals.push(Principal { name, role, reach, caller, user, customer, issue });
    }
}

pub(super) async fn create(caller: &Caller, path: &str, body: Value) -> Uuid {
    caller.post(path, body).await.expect(StatusCode::CREATED).id()
}
