//! Random commands to a few items of each kind, so that commands collide.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::{NaiveDate, TimeDelta};
use commands::{CommandEnvelope, Commands, Failure, Handler};
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

// How many items of each kind there are.
const CUSTOMERS: u64 = 6;
const ROOMS: u64 = 3;
const APPOINTMENTS: u64 = 12;
const CABINETS: u64 = 10;
const LICENSES_AND_ISSUES: u64 = 8;
const ADMINISTRATORS: u64 = 3;
const MEMBERS: u64 = 3;
const MAILBOXES: usize = 3;

/// How many commands had which outcome.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) accepted: AtomicUsize,
    pub(crate) refused: AtomicUsize,
    pub(crate) contended: AtomicUsize,
}

/// Items with numbers, and a generator of random commands to them.
pub(crate) struct Workload {
    day: NaiveDate,
    /// An item that has ended is replaced by a new one with the same number, of the next
    /// generation.
    generations: Mutex<HashMap<(&'static str, u64), u64>>,
    /// Which address each user was to be registered with.
    pub(crate) mailboxes: Mutex<HashMap<Uuid, usize>>,
    pub(crate) tally: Tally,
}

/// A generator of random numbers (xorshift64*): the same seed gives the same numbers.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d).rotate_left(32) % bound
    }
}

impl Workload {
    pub(crate) async fn new(commands: &Commands) -> Self {
        let day = (commands.now() + TimeDelta::days(30)).date_naive();
        let workload = Self {
            day,
            generations: Mutex::default(),
            mailboxes: Mutex::default(),
            tally: Tally::default(),
        };
        let product = json!({ "type": "create", "sku": "CAD", "name": "Cad" });
        let id: ProductId = Id::derived(&["product"]);
        workload.execute::<Product>(commands, id, product).await;
        let policy = json!({ "term": { "days": 100 }, "grace_days": 0, "notices": [] });
        let policy = json!({ "type": "set_issuance_policy", "policy": policy });
        workload.execute::<Product>(commands, id, policy).await;
        for number in 0..CUSTOMERS {
            workload.execute(commands, workload.id_of::<Customer>(number), create_customer()).await;
        }
        for number in 0..ROOMS {
            workload.execute(commands, workload.id_of::<Resource>(number), create_room(2)).await;
        }
        workload.execute(commands, workload.id_of::<Service>(0), create_service()).await;
        for number in 0..CABINETS {
            workload
                .execute(commands, workload.id_of::<Cabinet>(number), create_cabinet(None))
                .await;
        }
        for number in 0..ADMINISTRATORS + MEMBERS {
            let role = if number < ADMINISTRATORS { "admin" } else { "client_user" };
            let mailbox = MAILBOXES + usize::try_from(number).unwrap();
            workload.register(commands, workload.id_of::<User>(number), mailbox, role).await;
        }
        for number in 0..MEMBERS {
            let (id, join) = workload.membership(number);
            workload.execute(commands, id, join).await;
        }
        workload
    }

    /// Executes one random command.
    pub(crate) async fn execute_random(&self, commands: &Commands, random: &mut Random) {
        match random.below(10) {
            0..4 => self.change_appointments(commands, random).await,
            4 => self.change_customers(commands, random).await,
            5 | 6 => self.change_licenses_and_issues(commands, random).await,
            7 => self.change_cabinets(commands, random).await,
            _ => self.change_users_and_members(commands, random).await,
        }
    }

    async fn change_appointments(&self, commands: &Commands, random: &mut Random) {
        let number = random.below(APPOINTMENTS);
        let id = self.id_of::<Appointment>(number);
        let room = self.id_of::<Resource>(random.below(ROOMS));
        let start = self.day.and_hms_opt(9, 0, 0).unwrap();
        let start = start + TimeDelta::minutes(i64::try_from(random.below(16) * 15).unwrap());
        let customer = self.id_of::<Customer>(random.below(CUSTOMERS));
        let service = self.id_of::<Service>(0);
        let slot = json!({ "service": service, "resources": [room], "start": start });
        match random.below(20) {
            0..6 => {
                let book = merged(slot, &json!({ "type": "book", "customer": customer }));
                self.execute(commands, id, book).await;
            }
            6 | 7 => {
                let hold = merged(slot, &json!({ "type": "hold" }));
                self.execute(commands, id, hold).await;
            }
            8 | 9 => {
                let book = json!({ "type": "book_held", "customer": customer });
                self.execute(commands, id, book).await;
            }
            10 | 11 => {
                let reschedule =
                    json!({ "type": "reschedule", "start": start, "resources": [room] });
                self.execute(commands, id, reschedule).await;
            }
            12 => self.execute(commands, id, json!({ "type": "cancel" })).await,
            14 => {
                self.execute(
                    commands,
                    id,
                    json!({ "type": "reopen", "reason": "it was an error" }),
                )
                .await;
            }
            13 | 15 => {
                self.execute(commands, id, json!({ "type": "cancel" })).await;
                self.start_next_generation("scheduling.appointment", number);
            }
            16 => {
                let capacity =
                    json!({ "type": "change_capacity", "capacity": 1 + random.below(3) });
                self.execute(commands, room, capacity).await;
            }
            17 => {
                let number = random.below(ROOMS);
                self.execute(commands, self.id_of::<Resource>(number), json!({ "type": "retire" }))
                    .await;
                self.start_next_generation("scheduling.resource", number);
                let capacity = 1 + random.below(3);
                self.execute(commands, self.id_of::<Resource>(number), create_room(capacity)).await;
            }
            18 if random.below(4) == 0 => {
                self.execute(commands, service, json!({ "type": "retire" })).await;
                self.start_next_generation("scheduling.service", 0);
                self.execute(commands, self.id_of::<Service>(0), create_service()).await;
            }
            _ => {
                self.execute(
                    commands,
                    id,
                    json!({ "type": "add_internal_note", "text": "a word" }),
                )
                .await;
            }
        }
    }

    async fn change_customers(&self, commands: &Commands, random: &mut Random) {
        let id = self.id_of::<Customer>(random.below(CUSTOMERS));
        let command = if random.below(3) == 0 { "archive" } else { "restore" };
        self.execute(commands, id, json!({ "type": command })).await;
    }

    /// Licences and issues.
    async fn change_licenses_and_issues(&self, commands: &Commands, random: &mut Random) {
        let number = random.below(LICENSES_AND_ISSUES);
        // Only three cabinets get them, so that the others are empty and can be closed.
        let cabinet = self.id_of::<Cabinet>(random.below(3));
        let (license, issue) = (self.id_of::<License>(number), self.id_of::<Issue>(number));
        match random.below(12) {
            0 | 1 => {
                let product: ProductId = Id::derived(&["product"]);
                let issue = json!({
                    "type": "issue", "cabinet": cabinet, "product": product,
                    "from": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z",
                });
                self.execute(commands, license, issue).await;
            }
            2 => self.execute(commands, license, json!({ "type": "expire", "term": 1 })).await,
            3 => {
                let renew = json!({
                    "type": "renew", "from": "2022-01-01T00:00:00Z", "until": "2023-01-01T00:00:00Z",
                });
                self.execute(commands, license, renew).await;
            }
            4 | 5 => {
                self.execute(commands, license, json!({ "type": "revoke", "reason": "over" }))
                    .await;
                self.start_next_generation("licensing.license", number);
            }
            6 | 7 => {
                let customer =
                    (random.below(4) == 0).then(|| self.id_of::<Customer>(number % CUSTOMERS));
                let open = json!({
                    "type": "open", "title": "Help", "text": "It does not work.", "cabinet": cabinet,
                    "customer": customer, "reporter": self.id_of::<User>(0),
                });
                self.execute(commands, issue, open).await;
            }
            8 => self.execute(commands, issue, json!({ "type": "reopen" })).await,
            9 | 10 => {
                self.execute(commands, issue, json!({ "type": "close" })).await;
                if random.below(3) == 0 {
                    self.start_next_generation("support.issue", number);
                }
            }
            _ => {
                let number = random.below(CABINETS);
                self.execute(commands, self.id_of::<Cabinet>(number), json!({ "type": "close" }))
                    .await;
            }
        }
    }

    async fn change_cabinets(&self, commands: &Commands, random: &mut Random) {
        let (number, parent) =
            (random.below(CABINETS), self.id_of::<Cabinet>(random.below(CABINETS)));
        let id = self.id_of::<Cabinet>(number);
        match random.below(8) {
            0..3 => self.execute(commands, id, json!({ "type": "attach", "parent": parent })).await,
            3..6 => self.execute(commands, id, json!({ "type": "move", "parent": parent })).await,
            6 => self.execute(commands, id, json!({ "type": "detach" })).await,
            _ => {
                self.execute(commands, id, json!({ "type": "close" })).await;
                // The first one has the members, and stays.
                if number > 0 {
                    self.start_next_generation("organizations.cabinet", number);
                    self.execute(
                        commands,
                        self.id_of::<Cabinet>(number),
                        create_cabinet(Some(parent.uuid())),
                    )
                    .await;
                }
            }
        }
    }

    async fn change_users_and_members(&self, commands: &Commands, random: &mut Random) {
        let admin = self.id_of::<User>(random.below(ADMINISTRATORS));
        let number = random.below(MEMBERS);
        let member = self.id_of::<User>(ADMINISTRATORS + number);
        match random.below(14) {
            0 => {
                self.execute(commands, admin, json!({ "type": "grant_role", "role": "employee" }))
                    .await;
            }
            1 | 2 => {
                self.execute(commands, admin, json!({ "type": "grant_role", "role": "admin" }))
                    .await;
            }
            3 => self.execute(commands, admin, json!({ "type": "deactivate" })).await,
            4 => self.execute(commands, admin, json!({ "type": "reactivate" })).await,
            5 => {
                let user: Id<User> = Id::new();
                let mailbox = usize::try_from(random.below(MAILBOXES as u64)).unwrap();
                self.register(commands, user, mailbox, "client_user").await;
                self.execute(commands, user, json!({ "type": "deactivate" })).await;
                self.execute(commands, user, json!({ "type": "reactivate" })).await;
                // Otherwise they would keep the mailbox.
                self.execute(commands, user, json!({ "type": "deactivate" })).await;
            }
            6 => self.execute(commands, member, json!({ "type": "deactivate" })).await,
            7 | 8 => self.execute(commands, member, json!({ "type": "reactivate" })).await,
            9 => {
                let managed = random.below(2) == 0;
                let policy = json!({ "type": "set_policy", "vendor_managed": managed });
                self.execute(commands, self.id_of::<Cabinet>(0), policy).await;
            }
            10 => {
                let grant = json!({ "role": "client_user", "reach": "subtree" });
                let change = json!({ "type": "change", "grant": grant });
                self.execute(commands, self.membership(number).0, change).await;
            }
            11 => {
                self.execute(commands, self.membership(number).0, json!({ "type": "remove" }))
                    .await;
            }
            _ => {
                let (id, join) = self.membership(number);
                self.execute(commands, id, join).await;
            }
        }
    }

    /// The membership of a user in the first cabinet, and the command that creates it.
    fn membership(&self, number: u64) -> (MembershipId, Value) {
        let (cabinet, user) =
            (self.id_of::<Cabinet>(0), self.id_of::<User>(ADMINISTRATORS + number));
        let grant = json!({ "role": "client_admin", "reach": "subtree" });
        let join = json!({ "type": "join", "cabinet": cabinet, "user": user, "grant": grant });
        let id: Id<Membership> = MembershipId::in_cabinet_of_user(cabinet, user);
        (id, join)
    }

    async fn register(&self, commands: &Commands, user: UserId, mailbox: usize, role: &str) {
        lock(&self.mailboxes).insert(user.uuid(), mailbox);
        let register = json!({
            "type": "register", "email": format!("user{mailbox}@example.org"), "name": "Anna",
            "role": role,
        });
        self.execute(commands, user, register).await;
    }

    /// The id of the item that has a number now.
    fn id_of<A: Handler>(&self, number: u64) -> Id<A> {
        let generation = lock(&self.generations).get(&(A::NAME, number)).copied().unwrap_or(0);
        Id::derived(&[A::NAME, &number.to_string(), &generation.to_string()])
    }

    fn start_next_generation(&self, stream: &'static str, number: u64) {
        *lock(&self.generations).entry((stream, number)).or_default() += 1;
    }

    async fn execute<A: Handler>(&self, commands: &Commands, id: Id<A>, command: Value)
    where
        A::Command: DeserializeOwned,
    {
        let command: A::Command = serde_json::from_value(command).unwrap();
        let actor = Actor::new(Uuid::from_u128(1), Role::Admin);
        let Tally { accepted, refused, contended } = &self.tally;
        let count = match commands.execute(CommandEnvelope::new(id, command, actor)).await {
            Ok(receipt) if receipt.position > 0 => accepted,
            Ok(_) | Err(Failure::Refused(_) | Failure::Taken { .. }) => refused,
            Err(Failure::Contended) => contended,
            Err(error) => panic!("{error:?}"),
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

fn create_customer() -> Value {
    json!({ "type": "create", "name": "Anna", "walk_in": true })
}

fn create_cabinet(parent: Option<Uuid>) -> Value {
    json!({ "type": "create", "name": "Acme", "parent": parent })
}

fn create_service() -> Value {
    let phases = [json!({ "minutes": 45, "needs": ["room"] })];
    json!({ "type": "define", "name": "Cut", "phases": phases })
}

fn create_room(capacity: u64) -> Value {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let hours = |day: &str| json!({ "day": day, "from": "00:00:00", "until": "00:00:00" });
    json!({
        "type": "register", "kind": "room", "name": "Room", "capacity": capacity,
        "zone": "Europe/Berlin", "weekly": days.map(hours),
    })
}

fn merged(mut command: Value, fields: &Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        command[field] = value.clone();
    }
    command
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
