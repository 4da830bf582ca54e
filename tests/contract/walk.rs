//! Through the whole of a business, so that every operation is met with success.

use std::collections::{BTreeSet, HashMap};

use reqwest::{Method, header::SET_COOKIE};
use serde_json::{Value, json};
use tests::world::{Caller, World};

use super::published::Published;
use crate::{
    identity::{
        accounts::links,
        oauth::{attacks::Application, planner},
        passkeys::{Device, ORIGIN},
        second_factor::App,
    },
    scheduling::salon::start_in_days,
};

#[tokio::test]
async fn every_operation_is_reached_and_every_success_is_as_published() {
    let published = Published::read();
    let mut walk = Walk::begin(&published).await;
    // An indented line goes on with the one before it.
    for step in include_str!("steps.txt").replace("\n    ", " ").lines() {
        if !step.is_empty() && !step.starts_with('#') {
            walk.step(step).await;
        }
    }
    walk.world.stop().await;
    let missing: Vec<_> = published.operations().difference(&walk.reached).copied().collect();
    assert!(missing.is_empty(), "no step in steps.txt reaches {missing:#?}");
    assert!(walk.wrong.is_empty(), "{}", walk.wrong.join("\n"));
}

struct Walk<'a> {
    published: &'a Published,
    world: World,
    people: HashMap<String, Person>,
    /// What was kept for later steps, by its name.
    kept: HashMap<String, String>,
    reached: BTreeSet<&'a str>,
    /// Successes that are not as published.
    wrong: Vec<String>,
}

/// Somebody, and the cookies of his browser.
struct Person {
    caller: Caller,
    cookies: Vec<(&'static str, String)>,
}

impl<'a> Walk<'a> {
    async fn begin(published: &'a Published) -> Self {
        let world = World::start_with(&[("SERVICEBOOK_PUBLIC_URL", ORIGIN)]).await;
        let admin = world.admin().await;
        let mut kept: HashMap<_, _> =
            (3..=6).map(|days| (format!("day_{days}"), start_in_days(days))).collect();
        kept.insert("yesterday".into(), start_in_days(-1));
        kept.extend(
            (3..=4).map(|days| (format!("date_{days}"), start_in_days(days)[..10].to_owned())),
        );
        let day = |day| json!({ "day": day, "from": "09:00:00", "until": "18:00:00" });
        let week = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(day);
        kept.insert("week".into(), json!(week).to_string());
        let (people, reached, wrong) = (HashMap::new(), BTreeSet::new(), vec![]);
        let mut walk = Self { published, world, people, kept, reached, wrong };
        walk.comes("admin", admin);
        walk
    }

    async fn step(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap_or_default();
        match word() {
            "settle" => self.world.settled().await,
            "someone" => self.someone(line).await,
            "mail" => {
                let (name, place) = (word(), word());
                self.world.settled().await;
                let token = links(&self.world, place).pop();
                let token = token.unwrap_or_else(|| panic!("no letter with {place}"));
                self.kept.insert(name.into(), token);
            }
            "code" => {
                let (name, secret, later) = (word(), word(), word());
                let code = App(self.kept[secret].clone()).code(later.parse().unwrap());
                self.kept.insert(name.into(), code);
            }
            "agree" => {
                let planner = planner(&self.people["admin"].caller).await;
                Application::new(&self.world, &planner).sign_in(&self.people[word()].caller).await;
            }
            "passkey" => self.passkey(word()).await,
            "elsewhere" => {
                let named: Vec<_> = line.split_whitespace().skip(1).collect();
                let operations = self.published.operations();
                self.reached.extend(operations.into_iter().filter(|name| named.contains(name)));
            }
            "token" => {
                let (who, name) = (word(), word());
                let token = self.kept[name].clone();
                let person = self.people.get_mut(who).unwrap();
                person.caller.token = Some(token);
            }
            who => self.asks(who, line).await,
        }
    }

    fn comes(&mut self, name: &str, caller: Caller) {
        self.people.insert(name.into(), Person { caller, cookies: vec![] });
    }

    /// `someone name role more`
    async fn someone(&mut self, line: &str) {
        let parts: Vec<_> = line.splitn(4, ' ').collect();
        let more = parts.get(3).map_or(json!({}), |more| self.filled(more).parse().unwrap());
        let admin = self.people["admin"].caller.clone();
        let caller = self.world.someone(&admin, parts[2], more).await;
        self.comes(parts[1], caller);
    }

    /// `who METHOD path body > name=/pointer`
    async fn asks(&mut self, who: &str, line: &str) {
        let (request, keep) = line.split_once(" > ").unwrap_or((line, ""));
        let parts: Vec<_> = request.splitn(4, ' ').collect();
        let (method, path) = (parts[1].parse().unwrap(), self.filled(parts[2]));
        let body = parts.get(3).map(|body| {
            let body = self.filled(body);
            body.parse().unwrap_or_else(|why| panic!("{line}: {why} in {body}"))
        });
        let said = self.ask(who, method, &path, body).await;
        for name in keep.split_whitespace() {
            let (name, pointer) = name.split_once('=').unwrap_or((name, "/data/id"));
            let value = said.pointer(pointer).unwrap_or_else(|| panic!("{line}: {said:#}"));
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.kept.insert(name.into(), value);
        }
    }

    async fn ask(&mut self, who: &str, method: Method, path: &str, body: Option<Value>) -> Value {
        let guest = self.world.guest();
        let person =
            self.people.entry(who.into()).or_insert(Person { caller: guest, cookies: vec![] });
        let answer =
            person.caller.begin(method.clone(), path, &person.cookies, body).await.unwrap();
        let status = answer.status();
        if !status.is_success() {
            let why = answer.text().await.unwrap();
            self.world.stop().await;
            panic!("{who} {method} {path}: {status} {why}");
        }
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let cookies = cookies.map(|it| it.to_str().unwrap().split(';').next().unwrap().to_owned());
        let cookies: Vec<_> = cookies.collect();

        let operation = self.published.operation(&method, path);
        self.reached.insert(operation.name);
        let (said, faults) = self.published.read_answer(&operation, answer).await;
        self.wrong.extend(faults.iter().map(|fault| format!("{}: {fault}", operation.name)));
        if let Some(proof) = said["csrf_token"].as_str() {
            person.cookies = vec![("Cookie", cookies.join("; ")), ("X-CSRF-Token", proof.into())];
        }
        said
    }

    /// He enrols a device, signs in with it, and removes it.
    async fn passkey(&mut self, who: &str) {
        let wanted = json!({ "password": tests::world::PASSWORD, "name": "Phone" });
        let begun = self.ask(who, Method::POST, "/auth/passkeys/enroll", Some(wanted)).await;
        let mut device = Device::new();
        let made = device.create(&begun["data"]);
        let enrolled = self.ask(who, Method::POST, "/auth/passkeys", Some(made)).await;
        self.ask(who, Method::GET, "/auth/passkeys", None).await;
        let challenge = self.ask("guest", Method::POST, "/auth/passkeys/challenge", None).await;
        let proof = device.get(&challenge["data"], ORIGIN);
        self.ask("guest", Method::POST, "/auth/passkeys/login", Some(proof)).await;
        let key = enrolled["data"]["key"].as_str().unwrap();
        let present = json!({ "password": tests::world::PASSWORD });
        self.ask(who, Method::DELETE, &format!("/auth/passkeys/{key}"), Some(present)).await;
    }

    /// With what was kept in the place of `{name}`.
    fn filled(&self, text: &str) -> String {
        let fill = |text: String, (name, value): (&String, &String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        self.kept.iter().fold(text.to_owned(), fill)
    }
}
