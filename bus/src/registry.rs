//! Who is there: every running part announces itself, and proves that it belongs to us.
//!
//! Every part is also a service of the NATS services protocol, so that `nats --inbox-prefix
//! servicebook.registry.list service list` shows the system. We ourselves do not go by that, since anybody on the bus could say it: who asks sends a
//! nonce ([`WHO`]), and an answer counts only with a proof over it that takes the deployment's key.
//! So nothing that is forged, or was true at another time, changes what is known.

use std::{collections::HashMap, time::Duration};

use anyhow::Context;
use async_nats::{
    Subscriber,
    service::{Service, ServiceExt},
};
use bytes::Bytes;
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, info, warn};
use uuid::Uuid;

use crate::{Bus, proof::Key};

const DESCRIPTION: &str = "A part of Servicebook";

/// Where everybody is asked who they are; the payload is a nonce.
const WHO: &str = "servicebook.registry.who";
/// Where answers to it go: below this, to a word of the asker's.
const ANSWERS: &str = "servicebook.registry.answers";
/// Where who has come says so, for those who cannot wait to ask again. It is only a reason to ask.
const JOINED: &str = "servicebook.registry.joined";
/// Where who goes says so, with a proof: nobody with the same id ever comes back.
const LEFT: &str = "servicebook.registry.left";

/// How often everybody is asked, how long they have to answer, and how often in a row they may
/// fail to before they count as gone.
const ROUND: Duration = Duration::from_secs(1);
const ANSWER: Duration = Duration::from_millis(200);
const ABSENCES: u8 = 3;

/// What a process announces itself as.
#[derive(Debug, Clone)]
pub struct Role {
    /// Letters, digits, `-` and `_`: `servicebook-api`.
    pub name: String,
    /// Of the program, as in semantic versioning: `0.1.0`.
    pub version: String,
    /// What others need to know of it: contexts that it serves, its address.
    pub metadata: HashMap<String, String>,
}

/// An entry in the registry. It stands until it is withdrawn or dropped, or the connection ends.
#[derive(Debug)]
pub struct Registration {
    /// What tells this instance from all others of its role.
    pub id: String,
    service: Service,
    bus: Bus,
    key: Key,
    answering: AbortOnDropHandle<()>,
}

impl Registration {
    /// Withdraws it: to be done first when stopping.
    pub async fn withdraw(self) -> anyhow::Result<()> {
        drop(self.answering);
        self.service.stop().await.map_err(anyhow::Error::from_boxed)?;
        self.bus.mention(LEFT.into(), self.key.signed(LEFT, &[], self.id.as_bytes())).await;
        self.bus.flush().await
    }
}

/// A running instance of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    pub name: String,
    pub id: String,
    pub version: String,
    pub metadata: HashMap<String, String>,
}

impl Bus {
    /// Announces this process, which from now on answers whoever asks with the same key.
    pub async fn register(&self, role: Role, key: &Key) -> anyhow::Result<Registration> {
        let Role { name, version, metadata } = role;
        let service = self.client.service_builder().description(DESCRIPTION);
        let service = service.metadata(metadata.clone()).start(&name, &version).await;
        let service = service
            .map_err(anyhow::Error::from_boxed)
            .with_context(|| format!("{name} cannot be registered"))?;
        let id = service.info().await.id;
        let instance = Instance { name, id: id.clone(), version, metadata };
        let asked = self.client.subscribe(WHO).await.context("NATS does not answer")?;
        let about = serde_json::to_vec(&instance)?;
        let answering = tokio::spawn(answer(self.clone(), asked, about, key.clone()));
        self.mention(JOINED.into(), String::new()).await;
        // Until the server has heard of it, nobody can be told. One that is away hears of it when it
        // is back.
        if let Err(why) = self.flush().await {
            warn!("the registry hears of {} later: {why:#}", instance.name);
        }
        Ok(Registration {
            id,
            service,
            bus: self.clone(),
            key: key.clone(),
            answering: AbortOnDropHandle::new(answering),
        })
    }

    /// Who answers within a time, and proves to have the key; 200 ms finds everybody in one place.
    /// Sorted by name.
    pub async fn instances(&self, within: Duration, key: &Key) -> anyhow::Result<Vec<Instance>> {
        let deadline = Instant::now() + within;
        let nonce = Uuid::new_v4();
        let inbox = format!("{ANSWERS}.{}", nonce.simple());
        let mut answers = self.client.subscribe(inbox.clone()).await?;
        let question = Bytes::copy_from_slice(nonce.as_bytes());
        self.client.publish_with_reply(WHO, inbox, question).await?;
        let mut found: Vec<Instance> = Vec::new();
        while let Ok(Some(answer)) = timeout_at(deadline, answers.next()).await {
            let about = key.verified(WHO, nonce.as_bytes(), &answer.payload);
            if let Some(instance) = about.and_then(|about| serde_json::from_slice(about).ok()) {
                found.push(instance);
            } else {
                debug!("somebody answered who is none of us");
            }
        }
        found.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        found.dedup_by(|a, b| a.id == b.id);
        Ok(found)
    }

    /// Who of a role is there, as they come and go; followed until nobody wants to know.
    ///
    /// Who joins or leaves is known at once, who dies after some seconds. While the bus is away
    /// everybody counts as present: that they cannot be asked says nothing of them.
    pub async fn presence(
        &self,
        role: &str,
        key: &Key,
    ) -> anyhow::Result<watch::Receiver<Vec<Instance>>> {
        let said = self.client.subscribe("servicebook.registry.*").await?;
        let (tell, present) = watch::channel(Vec::new());
        let presence = Presence {
            bus: self.clone(),
            role: role.to_owned(),
            key: key.clone(),
            known: Vec::new(),
        };
        tokio::spawn(presence.follow(said, tell));
        Ok(present)
    }
}

/// Tells whoever asks who we are.
async fn answer(bus: Bus, mut asked: Subscriber, about: Vec<u8>, key: Key) {
    while let Some(question) = asked.next().await {
        if let Some(reply) = question.reply {
            bus.mention(reply.to_string(), key.signed(WHO, &question.payload, &about)).await;
        }
    }
}

struct Presence {
    bus: Bus,
    role: String,
    key: Key,
    /// Who is there, and how often in a row they did not answer.
    known: Vec<(Instance, u8)>,
}

impl Presence {
    async fn follow(mut self, mut said: Subscriber, tell: watch::Sender<Vec<Instance>>) {
        let mut rounds = interval(ROUND);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = rounds.tick() => self.ask(true).await,
                message = said.next() => match message {
                    Some(message) => self.heard(&message).await,
                    None => return,
                },
                () = tell.closed() => return,
            }
            let present: Vec<_> = self.known.iter().map(|(one, _)| one.clone()).collect();
            tell.send_if_modified(|told| {
                let differs = *told != present;
                if differs {
                    info!(role = self.role, count = present.len(), "the registry has changed");
                    *told = present;
                }
                differs
            });
        }
    }

    async fn heard(&mut self, message: &async_nats::Message) {
        match message.subject.as_str() {
            JOINED => self.ask(false).await,
            LEFT => {
                let id = self.key.verified(LEFT, &[], &message.payload);
                self.known.retain(|(one, _)| Some(one.id.as_bytes()) != id);
            }
            _ => {}
        }
    }

    /// Asks who is there. Out of turn, who does not answer at once is not held to be absent.
    async fn ask(&mut self, in_turn: bool) {
        let Ok(found) = self.bus.instances(ANSWER, &self.key).await else { return };
        if !self.bus.is_connected() {
            return;
        }
        for (_, absences) in &mut self.known {
            *absences += u8::from(in_turn);
        }
        for instance in found {
            self.joined(instance);
        }
        self.known.retain(|(_, absences)| *absences < ABSENCES);
    }

    fn joined(&mut self, instance: Instance) {
        if instance.name != self.role {
            return;
        }
        match self.known.iter_mut().find(|(one, _)| one.id == instance.id) {
            Some(known) => *known = (instance, 0),
            None => self.known.push((instance, 0)),
        }
    }
}
