//! Runs `steps.txt`, a scenario in which every published operation succeeds at least once, and
//! checks each answer against the document.

use std::collections::{BTreeSet, HashMap};

use reqwest::{Method, Response, header::SET_COOKIE};
use serde_json::{Value, json};
use tests::world::{Caller, SentFile, World};

use super::{document::Document, items, past::Past};
use crate::{
    identity::{
        accounts::links,
        oauth::{misuse::ClientApplication, register_planner},
        passkeys::{ORIGIN, VirtualAuthenticator},
        second_factor::AuthenticatorApp,
    },
    scheduling::salon::start_in_days,
};

#[tokio::test]
async fn every_operation_is_reached_and_every_success_is_as_published() {
    let document = Document::read();
    let mut scenario = Scenario::begin(&document).await;
    // An indented line continues the one before it.
    for step in include_str!("steps.txt").replace("\n    ", " ").lines() {
        if !step.is_empty() && !step.starts_with('#') {
            scenario.step(step).await;
        }
    }
    scenario.world.stop().await;
    // tests/rights covers the commands that have a recipe.
    let recipes = include_str!("../rights/recipes.txt").lines();
    scenario.reached.extend(recipes.filter_map(|line| line.split(' ').next()));
    let missing: Vec<_> = document.operations().difference(&scenario.reached).copied().collect();
    assert!(missing.is_empty(), "neither steps.txt nor a recipe reaches {missing:#?}");
    assert!(scenario.violations.is_empty(), "{}", scenario.violations.join("\n"));
}

struct Scenario<'a> {
    document: &'a Document,
    world: World,
    people: HashMap<String, Participant>,
    /// Values kept for later steps, by name.
    kept: HashMap<String, String>,
    reached: BTreeSet<&'a str>,
    /// What the lists were when the read models had caught up.
    past: Past,
    /// Differences between answers and the document.
    violations: Vec<String>,
}

/// A caller, and the cookie headers of their browser.
struct Participant {
    caller: Caller,
    cookies: Vec<(&'static str, String)>,
}

impl<'a> Scenario<'a> {
    async fn begin(document: &'a Document) -> Self {
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
        let (people, reached, violations) = (HashMap::new(), BTreeSet::new(), vec![]);
        let past = Past::default();
        let mut scenario = Self { document, world, people, kept, reached, past, violations };
        scenario.add_person("admin", admin);
        scenario
    }

    async fn step(&mut self, line: &str) {
        let mut args = line.split_whitespace();
        let mut next_arg = || args.next().unwrap_or_default();
        match next_arg() {
            "settle" => self.world.wait_until_settled().await,
            "remember" => {
                self.past.remember(self.document, &self.people["admin"].caller).await;
            }
            "someone" => self.create_account(line).await,
            "past" => {
                let changed = self.past.check(&self.people["admin"].caller).await;
                assert!(changed > 20, "{changed} lists had changed");
                self.past = Past::default();
            }
            "mail" => {
                let (name, page) = (next_arg(), next_arg());
                self.world.wait_until_settled().await;
                let token = links(&self.world, page).pop();
                let token = token.unwrap_or_else(|| panic!("no mail with {page}"));
                self.kept.insert(name.into(), token);
            }
            "code" => {
                let (name, secret, later) = (next_arg(), next_arg(), next_arg());
                let code = AuthenticatorApp(self.kept[secret].clone()).code(later.parse().unwrap());
                self.kept.insert(name.into(), code);
            }
            "agree" => {
                let planner = register_planner(&self.people["admin"].caller).await;
                ClientApplication::new(&self.world, &planner)
                    .sign_in(&self.people[next_arg()].caller)
                    .await;
            }
            "passkey" => self.passkey(next_arg()).await,
            "elsewhere" => {
                let named: Vec<_> = line.split_whitespace().skip(1).collect();
                let operations = self.document.operations();
                self.reached.extend(operations.into_iter().filter(|name| named.contains(name)));
            }
            "token" => {
                let (who, name) = (next_arg(), next_arg());
                let token = self.kept[name].clone();
                let person = self.people.get_mut(who).unwrap();
                person.caller.token = Some(token);
            }
            who => self.request(who, line).await,
        }
    }

    fn add_person(&mut self, name: &str, caller: Caller) {
        self.people.insert(name.into(), Participant { caller, cookies: vec![] });
    }

    /// `someone name role more`: creates an account and signs in.
    async fn create_account(&mut self, line: &str) {
        let parts: Vec<_> = line.splitn(4, ' ').collect();
        let more = parts.get(3).map_or(json!({}), |more| self.fill_in(more).parse().unwrap());
        let admin = self.people["admin"].caller.clone();
        let caller = self.world.user_with_role(&admin, parts[2], more).await;
        self.add_person(parts[1], caller);
    }

    /// `who METHOD path body > name=/pointer`: sends a request and keeps values of the answer.
    async fn request(&mut self, who: &str, line: &str) {
        let (command, keep) = line.split_once(" > ").unwrap_or((line, ""));
        let parts: Vec<_> = command.splitn(4, ' ').collect();
        let (method, path) = (parts[1].parse().unwrap(), self.fill_in(parts[2]));
        if let Some(name) = parts.get(3).and_then(|body| body.strip_prefix("file:")) {
            let sent = SentFile { name, media_type: "text/plain", bytes: b"It jams." };
            let person = &self.people[who].caller;
            let answer = person.begin_upload(&path, &[], sent).await.unwrap();
            let body = self.check_answer(&method, &path, answer).await;
            return self.keep(line, keep, &body);
        }
        let body = parts.get(3).map(|body| {
            let body = self.fill_in(body);
            body.parse().unwrap_or_else(|why| panic!("{line}: {why} in {body}"))
        });
        let answer = self.send(who, method, &path, body).await;
        self.keep(line, keep, &answer);
    }

    fn keep(&mut self, line: &str, keep: &str, answer: &Value) {
        for name in keep.split_whitespace() {
            let (name, pointer) = name.split_once('=').unwrap_or((name, "/data/id"));
            let value = answer.pointer(pointer).unwrap_or_else(|| panic!("{line}: {answer:#}"));
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.kept.insert(name.into(), value);
        }
    }

    async fn send(&mut self, who: &str, method: Method, path: &str, body: Option<Value>) -> Value {
        let guest = self.world.guest();
        let person =
            self.people.entry(who.into()).or_insert(Participant { caller: guest, cookies: vec![] });
        let name = self.document.operation(&method, path).name;
        items::check(self.document, &person.caller, name, path).await;
        let answer =
            person.caller.begin(method.clone(), path, &person.cookies, body).await.unwrap();
        let status = answer.status();
        if !status.is_success() {
            let why = answer.text().await.unwrap();
            self.world.stop().await;
            panic!("{who} {method} {path}: {status} {why}");
        }
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let cookies =
            cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        let cookies: Vec<_> = cookies.collect();

        let body = self.check_answer(&method, path, answer).await;
        let person = self.people.get_mut(who).unwrap();
        if let Some(token) = body["csrf_token"].as_str() {
            person.cookies = vec![("Cookie", cookies.join("; ")), ("X-CSRF-Token", token.into())];
        }
        body
    }

    /// The body of an answer, compared with the document.
    async fn check_answer(&mut self, method: &Method, path: &str, answer: Response) -> Value {
        let operation = self.document.operation(method, path);
        self.reached.insert(operation.name);
        let (body, violations) = self.document.read_answer(&operation, answer).await;
        self.violations.extend(violations.iter().map(|it| format!("{}: {it}", operation.name)));
        body
    }

    /// Enrols a passkey, signs in with it, and removes it.
    async fn passkey(&mut self, who: &str) {
        let request = json!({ "password": tests::world::PASSWORD, "name": "Phone" });
        let begun = self.send(who, Method::POST, "/auth/passkeys/enroll", Some(request)).await;
        let mut device = VirtualAuthenticator::new();
        let credential = device.create(&begun["data"]);
        let enrolled = self.send(who, Method::POST, "/auth/passkeys", Some(credential)).await;
        self.send(who, Method::GET, "/auth/passkeys", None).await;
        let challenge = self.send("guest", Method::POST, "/auth/passkeys/challenge", None).await;
        let assertion = device.get(&challenge["data"], ORIGIN);
        self.send("guest", Method::POST, "/auth/passkeys/login", Some(assertion)).await;
        let key = enrolled["data"]["key"].as_str().unwrap();
        let password = json!({ "password": tests::world::PASSWORD });
        self.send(who, Method::DELETE, &format!("/auth/passkeys/{key}"), Some(password)).await;
    }

    /// Replaces each `{name}` by the value kept under that name.
    fn fill_in(&self, text: &str) -> String {
        let fill = |text: String, (name, value): (&String, &String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        self.kept.iter().fold(text.to_owned(), fill)
    }
}
