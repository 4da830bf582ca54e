//! What random commands are about: a few things of each kind, so that commands meet.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::{NaiveDate, TimeDelta};
use commands::{Commands, Failure, Handler, Order};
use domain::{
    Id,
    catalog::product::{Product, ProductId},
    crm::customer::Customer,
    identity::{
        Actor, Role,
        user::{User, UserId},
    },
    licensing::license::License,
    organizations::{
        cabinet::Cabinet,
        membership::{Membership, MembershipId},
    },
    scheduling::{appointment::Appointment, resource::Resource, service::Service},
    support::issue::Issue,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

/// Of each kind so many.
const CUSTOMERS: u64 = 6;
const ROOMS: u64 = 3;
const APPOINTMENTS: u64 = 12;
const CABINETS: u64 = 10;
const HOLDINGS: u64 = 8;
const ADMINISTRATORS: u64 = 3;
const MEMBERS: u64 = 3;
const MAILBOXES: usize = 3;

/// What became of commands.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) done: AtomicUsize,
    pub(crate) refused: AtomicUsize,
    pub(crate) contended: AtomicUsize,
}

pub(crate) struct Scene {
    day: NaiveDate,
    /// What came to its end makes room for the next one with the same number.
    generations: Mutex<HashMap<(&'static str, u64), u64>>,
    /// Which address each user was to be registered with.
    pub(crate) mailboxes: Mutex<HashMap<Uuid, usize>>,
    pub(crate) tally: Tally,
}

/// A source of numbers that are all over the place (xorshift64*): the same seed, the same numbers.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d).rotate_left(32) % bound
    }
}

impl Scene {
    pub(crate) async fn set(commands: &Commands) -> Self {
        let day = (commands.now() + TimeDelta::days(30)).date_naive();
        let scene = Self {
            day,
            generations: Mutex::default(),
            mailboxes: Mutex::default(),
            tally: Tally::default(),
        };
        let product = json!({ "type": "create", "sku": "CAD", "name": "Cad" });
        let id: ProductId = Id::derived(&["product"]);
        scene.give::<Product>(commands, id, product).await;
        let policy = json!({ "term": { "days": 100 }, "grace_days": 0, "notices": [] });
        let policy = json!({ "type": "set_issuance_policy", "policy": policy });
        scene.give::<Product>(commands, id, policy).await;
        for number in 0..CUSTOMERS {
            scene.give(commands, scene.one::<Customer>(number), customer()).await;
        }
        for number in 0..ROOMS {
            scene.give(commands, scene.one::<Resource>(number), room(2)).await;
        }
        scene.give(commands, scene.one::<Service>(0), service()).await;
        for number in 0..CABINETS {
            scene.give(commands, scene.one::<Cabinet>(number), cabinet(None)).await;
        }
        for number in 0..ADMINISTRATORS + MEMBERS {
            let role = if number < ADMINISTRATORS { "admin" } else { "client_user" };
            let mailbox = MAILBOXES + usize::try_from(number).unwrap();
            scene.register(commands, scene.one::<User>(number), mailbox, role).await;
        }
        for number in 0..MEMBERS {
            let (id, join) = scene.join(number);
            scene.give(commands, id, join).await;
        }
        scene
    }

    /// Gives one random command.
    pub(crate) async fn act(&self, commands: &Commands, chance: &mut Chance) {
        match chance.below(10) {
            0..4 => self.salon(commands, chance).await,
            4 => self.customers(commands, chance).await,
            5 | 6 => self.holdings(commands, chance).await,
            7 => self.tree(commands, chance).await,
            _ => self.people(commands, chance).await,
        }
    }

    async fn salon(&self, commands: &Commands, chance: &mut Chance) {
        let number = chance.below(APPOINTMENTS);
        let id = self.one::<Appointment>(number);
        let room = self.one::<Resource>(chance.below(ROOMS));
        let start = self.day.and_hms_opt(9, 0, 0).unwrap();
        let start = start + TimeDelta::minutes(i64::try_from(chance.below(16) * 15).unwrap());
        let customer = self.one::<Customer>(chance.below(CUSTOMERS));
        let service = self.one::<Service>(0);
        let slot = json!({ "service": service, "resources": [room], "start": start });
        match chance.below(20) {
            0..6 => {
                let book = with(slot, &json!({ "type": "book", "customer": customer }));
                self.give(commands, id, book).await;
            }
            6 | 7 => {
                let hold = with(slot, &json!({ "type": "hold" }));
                self.give(commands, id, hold).await;
            }
            8 | 9 => {
                let book = json!({ "type": "book_held", "customer": customer });
                self.give(commands, id, book).await;
            }
            10 | 11 => {
                let other = json!({ "type": "reschedule", "start": start, "resources": [room] });
                self.give(commands, id, other).await;
            }
            12 => self.give(commands, id, json!({ "type": "cancel" })).await,
            14 => {
                self.give(commands, id, json!({ "type": "reopen", "reason": "it was an error" }))
                    .await;
            }
            13 | 15 => {
                self.give(commands, id, json!({ "type": "cancel" })).await;
                self.next("scheduling.appointment", number);
            }
            16 => {
                let capacity =
                    json!({ "type": "change_capacity", "capacity": 1 + chance.below(3) });
                self.give(commands, room, capacity).await;
            }
            17 => {
                let number = chance.below(ROOMS);
                self.give(commands, self.one::<Resource>(number), json!({ "type": "retire" }))
                    .await;
                self.next("scheduling.resource", number);
                let capacity = 1 + chance.below(3);
                self.give(commands, self.one::<Resource>(number), self::room(capacity)).await;
            }
            18 if chance.below(4) == 0 => {
                self.give(commands, service, json!({ "type": "retire" })).await;
                self.next("scheduling.service", 0);
                self.give(commands, self.one::<Service>(0), self::service()).await;
            }
            _ => {
                self.give(commands, id, json!({ "type": "add_internal_note", "text": "a word" }))
                    .await;
            }
        }
    }

    async fn customers(&self, commands: &Commands, chance: &mut Chance) {
        let id = self.one::<Customer>(chance.below(CUSTOMERS));
        let command = if chance.below(3) == 0 { "archive" } else { "restore" };
        self.give(commands, id, json!({ "type": command })).await;
    }

    /// What cabinets and customers hold.
    async fn holdings(&self, commands: &Commands, chance: &mut Chance) {
        let number = chance.below(HOLDINGS);
        // Most have to do with few, so that the others are empty often enough to be closed.
        let cabinet = self.one::<Cabinet>(chance.below(3));
        let (license, issue) = (self.one::<License>(number), self.one::<Issue>(number));
        match chance.below(12) {
            0 | 1 => {
                let product: ProductId = Id::derived(&["product"]);
                let issue = json!({
                    "type": "issue", "cabinet": cabinet, "product": product,
                    "from": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z",
                });
                self.give(commands, license, issue).await;
            }
            2 => self.give(commands, license, json!({ "type": "expire", "term": 1 })).await,
            3 => {
                let renew = json!({
                    "type": "renew", "from": "2022-01-01T00:00:00Z", "until": "2023-01-01T00:00:00Z",
                });
                self.give(commands, license, renew).await;
            }
            4 | 5 => {
                self.give(commands, license, json!({ "type": "revoke", "reason": "over" })).await;
                self.next("licensing.license", number);
            }
            6 | 7 => {
                let customer =
                    (chance.below(4) == 0).then(|| self.one::<Customer>(number % CUSTOMERS));
                let open = json!({
                    "type": "open", "title": "Help", "text": "It does not work.", "cabinet": cabinet,
                    "customer": customer, "reporter": self.one::<User>(0),
                });
                self.give(commands, issue, open).await;
            }
            8 => self.give(commands, issue, json!({ "type": "reopen" })).await,
            9 | 10 => {
                self.give(commands, issue, json!({ "type": "close" })).await;
                if chance.below(3) == 0 {
                    self.next("support.issue", number);
                }
            }
            _ => {
                let number = chance.below(CABINETS);
                self.give(commands, self.one::<Cabinet>(number), json!({ "type": "close" })).await;
            }
        }
    }

    async fn tree(&self, commands: &Commands, chance: &mut Chance) {
        let (number, parent) =
            (chance.below(CABINETS), self.one::<Cabinet>(chance.below(CABINETS)));
        let id = self.one::<Cabinet>(number);
        match chance.below(8) {
            0..3 => self.give(commands, id, json!({ "type": "attach", "parent": parent })).await,
            3..6 => self.give(commands, id, json!({ "type": "move", "parent": parent })).await,
            6 => self.give(commands, id, json!({ "type": "detach" })).await,
            _ => {
                self.give(commands, id, json!({ "type": "close" })).await;
                // The one that has administrators stays.
                if number > 0 {
                    self.next("organizations.cabinet", number);
                    self.give(commands, self.one::<Cabinet>(number), cabinet(Some(parent.uuid())))
                        .await;
                }
            }
        }
    }

    async fn people(&self, commands: &Commands, chance: &mut Chance) {
        let admin = self.one::<User>(chance.below(ADMINISTRATORS));
        let number = chance.below(MEMBERS);
        let member = self.one::<User>(ADMINISTRATORS + number);
        match chance.below(14) {
            0 => {
                self.give(commands, admin, json!({ "type": "grant_role", "role": "employee" }))
                    .await;
            }
            1 | 2 => {
                self.give(commands, admin, json!({ "type": "grant_role", "role": "admin" })).await;
            }
            3 => self.give(commands, admin, json!({ "type": "deactivate" })).await,
            4 => self.give(commands, admin, json!({ "type": "reactivate" })).await,
            5 => {
                let user: Id<User> = Id::new();
                let mailbox = usize::try_from(chance.below(MAILBOXES as u64)).unwrap();
                self.register(commands, user, mailbox, "client_user").await;
                self.give(commands, user, json!({ "type": "deactivate" })).await;
                self.give(commands, user, json!({ "type": "reactivate" })).await;
                // Whoever stayed would keep the mailbox from all others.
                self.give(commands, user, json!({ "type": "deactivate" })).await;
            }
            6 => self.give(commands, member, json!({ "type": "deactivate" })).await,
            7 | 8 => self.give(commands, member, json!({ "type": "reactivate" })).await,
            9 => {
                let managed = chance.below(2) == 0;
                let policy = json!({ "type": "set_policy", "vendor_managed": managed });
                self.give(commands, self.one::<Cabinet>(0), policy).await;
            }
            10 => {
                let grant = json!({ "role": "client_user", "reach": "subtree" });
                let change = json!({ "type": "change", "grant": grant });
                self.give(commands, self.join(number).0, change).await;
            }
            11 => self.give(commands, self.join(number).0, json!({ "type": "remove" })).await,
            _ => {
                let (id, join) = self.join(number);
                self.give(commands, id, join).await;
            }
        }
    }

    fn join(&self, number: u64) -> (MembershipId, Value) {
        let (cabinet, user) = (self.one::<Cabinet>(0), self.one::<User>(ADMINISTRATORS + number));
        let grant = json!({ "role": "client_admin", "reach": "subtree" });
        let join = json!({ "type": "join", "cabinet": cabinet, "user": user, "grant": grant });
        let id: Id<Membership> = MembershipId::of(cabinet, user);
        (id, join)
    }

    async fn register(&self, commands: &Commands, user: UserId, mailbox: usize, role: &str) {
        lock(&self.mailboxes).insert(user.uuid(), mailbox);
        let register = json!({
            "type": "register", "email": format!("user{mailbox}@example.org"), "name": "Anna",
            "role": role,
        });
        self.give(commands, user, register).await;
    }

    /// The one that has a number at this moment.
    fn one<H: Handler>(&self, number: u64) -> Id<H> {
        let generation = lock(&self.generations).get(&(H::NAME, number)).copied().unwrap_or(0);
        Id::derived(&[H::NAME, &number.to_string(), &generation.to_string()])
    }

    fn next(&self, stream: &'static str, number: u64) {
        *lock(&self.generations).entry((stream, number)).or_default() += 1;
    }

    async fn give<H: Handler>(&self, commands: &Commands, id: Id<H>, command: Value)
    where
        H::Command: DeserializeOwned,
    {
        let command: H::Command = serde_json::from_value(command).unwrap();
        let by = Actor::new(Uuid::from_u128(1), Role::Admin);
        let Tally { done, refused, contended } = &self.tally;
        let count = match commands.execute(Order::new(id, command, by)).await {
            Ok(receipt) if receipt.position > 0 => done,
            Ok(_) | Err(Failure::Refused(_) | Failure::Taken { .. }) => refused,
            Err(Failure::Contended) => contended,
            Err(other) => panic!("{other:?}"),
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

fn customer() -> Value {
    json!({ "type": "create", "name": "Anna", "walk_in": true })
}

fn cabinet(parent: Option<Uuid>) -> Value {
    json!({ "type": "create", "name": "Acme", "parent": parent })
}

fn service() -> Value {
    let phases = [json!({ "minutes": 45, "needs": ["room"] })];
    json!({ "type": "define", "name": "Cut", "phases": phases })
}

fn room(capacity: u64) -> Value {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let hours = |day: &str| json!({ "day": day, "from": "00:00:00", "until": "00:00:00" });
    json!({
        "type": "register", "kind": "room", "name": "Room", "capacity": capacity,
        "zone": "Europe/Berlin", "weekly": days.map(hours),
    })
}

fn with(mut command: Value, more: &Value) -> Value {
    for (field, value) in more.as_object().unwrap() {
        command[field] = value.clone();
    }
    command
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
