//! The registry of running processes: each announces itself, and proves that it belongs to us.
//!
//! Every process is also a service of the NATS services protocol, so that `nats --inbox-prefix
//! servicebook.registry.list service list` shows the system. We ourselves do not rely on that, since
//! anybody on the bus could claim it: a request carries a nonce ([`IDENTIFY`]), and an answer counts only
//! with a proof over it by the deployment's key. So no forged or repeated message changes the registry.

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

use crate::{Bus, proof::RegistryKey};

/// The description in the NATS services protocol.
const DESCRIPTION: &str = "A part of Servicebook";

/// The subject of requests to all processes to identify themselves; the payload is a nonce.
const IDENTIFY: &str = "servicebook.registry.who";
/// Answers go to a subject below this one, which the request names.
const ANSWERS: &str = "servicebook.registry.answers";
/// New processes announce themselves here, so that the others send a request at once.
const JOINED: &str = "servicebook.registry.joined";
/// Processes that leave say so here, with a proof; their id is never used again.
const LEFT: &str = "servicebook.registry.left";

/// How often requests are sent, how long processes have to answer, and how many answers in a row they
/// may miss before they count as gone.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
const ANSWER_TIMEOUT: Duration = Duration::from_millis(200);
const MAX_MISSED: u8 = 3;

/// What a process announces itself as.
#[derive(Debug, Clone)]
pub struct InstanceAnnouncement {
    /// Letters, digits, `-` and `_`: `servicebook-api`.
    pub name: String,
    /// Of the program, as in semantic versioning: `0.1.0`.
    pub version: String,
    /// What others need to know: the contexts that it serves, its address.
    pub metadata: HashMap<String, String>,
}

/// The entry of this process in the registry, until it is withdrawn or dropped, or the connection ends.
#[derive(Debug)]
pub struct RegistrationGuard {
    /// Identifies this instance among all of its role.
    pub id: String,
    service: Service,
    bus: Bus,
    key: RegistryKey,
    responder: AbortOnDropHandle<()>,
}

impl RegistrationGuard {
    /// Withdraws it: to be done first when stopping.
    pub async fn withdraw(self) -> anyhow::Result<()> {
        drop(self.responder);
        self.service.stop().await.map_err(anyhow::Error::from_boxed)?;
        self.bus
            .publish_unreliably(LEFT.into(), self.key.sign(LEFT, &[], self.id.as_bytes()))
            .await;
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
    /// Registers this process, which from now on answers requests with a proof by `key`.
    pub async fn register_instance(
        &self,
        announcement: InstanceAnnouncement,
        key: &RegistryKey,
    ) -> anyhow::Result<RegistrationGuard> {
        let InstanceAnnouncement { name, version, metadata } = announcement;
        let service = self.client.service_builder().description(DESCRIPTION);
        let service = service.metadata(metadata.clone()).start(&name, &version).await;
        let service = service
            .map_err(anyhow::Error::from_boxed)
            .with_context(|| format!("{name} cannot be registered"))?;
        let id = service.info().await.id;
        let instance = Instance { name, id: id.clone(), version, metadata };
        let requests = self.client.subscribe(IDENTIFY).await.context("NATS does not answer")?;
        let identity = serde_json::to_vec(&instance)?;
        let responder = tokio::spawn(respond(self.clone(), requests, identity, key.clone()));
        self.publish_unreliably(JOINED.into(), String::new()).await;
        // If the server is away, it gets the registration when it is back.
        if let Err(why) = self.flush().await {
            warn!("the registry hears of {} later: {why:#}", instance.name);
        }
        Ok(RegistrationGuard {
            id,
            service,
            bus: self.clone(),
            key: key.clone(),
            responder: AbortOnDropHandle::new(responder),
        })
    }

    /// The instances that answer within a time, and prove to have the key; 200 ms are enough in one
    /// network. Sorted by name.
    pub async fn instances(
        &self,
        timeout: Duration,
        key: &RegistryKey,
    ) -> anyhow::Result<Vec<Instance>> {
        let deadline = Instant::now() + timeout;
        let nonce = Uuid::new_v4();
        let inbox = format!("{ANSWERS}.{}", nonce.simple());
        let mut answers = self.client.subscribe(inbox.clone()).await?;
        let request = Bytes::copy_from_slice(nonce.as_bytes());
        self.client.publish_with_reply(IDENTIFY, inbox, request).await?;
        let mut found: Vec<Instance> = Vec::new();
        while let Ok(Some(answer)) = timeout_at(deadline, answers.next()).await {
            let identity = key.verify(IDENTIFY, nonce.as_bytes(), &answer.payload);
            if let Some(instance) =
                identity.and_then(|identity| serde_json::from_slice(identity).ok())
            {
                found.push(instance);
            } else {
                debug!("an answer without a valid proof was ignored");
            }
        }
        found.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        found.dedup_by(|a, b| a.id == b.id);
        Ok(found)
    }

    /// The running instances of a role, kept up to date until the receiver is dropped.
    ///
    /// Instances that join or leave are noticed at once, those that die after some seconds. While the
    /// bus is away all count as present.
    pub async fn watch_instances(
        &self,
        role: &str,
        key: &RegistryKey,
    ) -> anyhow::Result<watch::Receiver<Vec<Instance>>> {
        let messages = self.client.subscribe("servicebook.registry.*").await?;
        let (sender, present) = watch::channel(Vec::new());
        let watch = InstanceWatch {
            bus: self.clone(),
            role: role.to_owned(),
            key: key.clone(),
            members: Vec::new(),
        };
        tokio::spawn(watch.follow(messages, sender));
        Ok(present)
    }
}

/// Answers requests to identify this process.
async fn respond(bus: Bus, mut requests: Subscriber, identity: Vec<u8>, key: RegistryKey) {
    while let Some(request) = requests.next().await {
        if let Some(reply) = request.reply {
            bus.publish_unreliably(
                reply.to_string(),
                key.sign(IDENTIFY, &request.payload, &identity),
            )
            .await;
        }
    }
}

struct InstanceWatch {
    bus: Bus,
    role: String,
    key: RegistryKey,
    /// The running instances, and how many answers in a row they missed.
    members: Vec<(Instance, u8)>,
}

impl InstanceWatch {
    async fn follow(mut self, mut messages: Subscriber, sender: watch::Sender<Vec<Instance>>) {
        let mut ticks = interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.poll(true).await,
                message = messages.next() => match message {
                    Some(message) => self.on_message(&message).await,
                    None => return,
                },
                () = sender.closed() => return,
            }
            let present: Vec<_> =
                self.members.iter().map(|(instance, _)| instance.clone()).collect();
            sender.send_if_modified(|current| {
                let differs = *current != present;
                if differs {
                    info!(role = self.role, count = present.len(), "the registry has changed");
                    *current = present;
                }
                differs
            });
        }
    }

    async fn on_message(&mut self, message: &async_nats::Message) {
        match message.subject.as_str() {
            JOINED => self.poll(false).await,
            LEFT => {
                let id = self.key.verify(LEFT, &[], &message.payload);
                self.members.retain(|(instance, _)| Some(instance.id.as_bytes()) != id);
            }
            _ => {}
        }
    }

    /// Sends a request. Outside of the regular polls a missed answer does not count as absence.
    async fn poll(&mut self, counts_absence: bool) {
        let Ok(found) = self.bus.instances(ANSWER_TIMEOUT, &self.key).await else { return };
        // Whoever watches is registered as well: if not even they are heard, the bus is away, though the
        // connection may still stand.
        if found.is_empty() || !self.bus.is_connected() {
            return;
        }
        for (_, missed) in &mut self.members {
            *missed += u8::from(counts_absence);
        }
        for instance in found {
            self.add(instance);
        }
        self.members.retain(|(_, missed)| *missed < MAX_MISSED);
    }

    fn add(&mut self, instance: Instance) {
        if instance.name != self.role {
            return;
        }
        match self.members.iter_mut().find(|(member, _)| member.id == instance.id) {
            Some(member) => *member = (instance, 0),
            None => self.members.push((instance, 0)),
        }
    }
}
