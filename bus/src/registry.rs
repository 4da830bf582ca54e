//! Who is there: every running part announces itself by the NATS services protocol, so that
//! `nats service list` shows the system as well as we see it ourselves.

use std::{collections::HashMap, time::Duration};

use anyhow::Context;
use async_nats::{
    Subscriber,
    service::{PingResponse, Service, ServiceExt},
};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, timeout_at},
};
use tracing::{debug, info};

use crate::Bus;

const DESCRIPTION: &str = "A part of Servicebook";

/// Where who comes and goes says so, for those who cannot wait to find out.
const JOINED: &str = "servicebook.registry.joined";
const LEFT: &str = "servicebook.registry.left";

/// How often everybody is asked, how long they have to answer, and how often in a row somebody
/// may fail to before he counts as gone.
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

/// An entry in the registry. It stands until it is withdrawn or the connection ends.
#[derive(Debug)]
pub struct Registration {
    /// What tells this instance from all others of its role.
    pub id: String,
    service: Service,
    bus: Bus,
}

impl Registration {
    /// Withdraws it: to be done first when stopping.
    pub async fn withdraw(self) -> anyhow::Result<()> {
        self.service.stop().await.map_err(anyhow::Error::from_boxed)?;
        self.bus.mention(LEFT.into(), self.id).await;
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
    /// Announces this process, which from now on answers `$SRV.PING`, `INFO` and `STATS`.
    pub async fn register(&self, role: Role) -> anyhow::Result<Registration> {
        let Role { name, version, metadata } = role;
        let service = self.client.service_builder().description(DESCRIPTION);
        let service = service.metadata(metadata.clone()).start(&name, &version).await;
        let service = service
            .map_err(anyhow::Error::from_boxed)
            .with_context(|| format!("{name} cannot be registered"))?;
        let id = service.info().await.id;
        let instance = Instance { name, id: id.clone(), version, metadata };
        self.mention(JOINED.into(), serde_json::to_string(&instance)?).await;
        // Until the server has heard of it, nobody can be told.
        self.client.flush().await.context("the server does not hear")?;
        Ok(Registration { id, service, bus: self.clone() })
    }

    /// Who answers within a time; 200 ms finds everybody in one place. Sorted by name.
    pub async fn instances(&self, within: Duration) -> anyhow::Result<Vec<Instance>> {
        let deadline = Instant::now() + within;
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await?;
        self.client.publish_with_reply("$SRV.PING", inbox, "".into()).await?;
        let mut found = Vec::new();
        while let Ok(Some(answer)) = timeout_at(deadline, answers.next()).await {
            // Services of other programs on the same server are as welcome; noise is not.
            if let Ok(PingResponse { name, id, version, metadata, .. }) =
                serde_json::from_slice(&answer.payload)
            {
                found.push(Instance { name, id, version, metadata });
            }
        }
        found.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(found)
    }

    /// Who of a role is there, as they come and go; followed until nobody wants to know.
    ///
    /// Who joins or leaves is known at once, who dies after some seconds. While the bus is away
    /// everybody counts as present: that they cannot be asked says nothing of them.
    pub async fn presence(&self, role: &str) -> anyhow::Result<watch::Receiver<Vec<Instance>>> {
        let said = self.client.subscribe("servicebook.registry.*").await?;
        let (tell, present) = watch::channel(Vec::new());
        let presence = Presence { bus: self.clone(), role: role.to_owned(), known: Vec::new() };
        tokio::spawn(presence.follow(said, tell));
        Ok(present)
    }
}

struct Presence {
    bus: Bus,
    role: String,
    /// Who is there, and how often in a row he did not answer.
    known: Vec<(Instance, u8)>,
}

impl Presence {
    async fn follow(mut self, mut said: Subscriber, tell: watch::Sender<Vec<Instance>>) {
        let mut rounds = interval(ROUND);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = rounds.tick() => self.ask().await,
                message = said.next() => match message {
                    Some(message) if message.subject.as_str() == LEFT => {
                        self.known.retain(|(one, _)| one.id.as_bytes() != message.payload);
                    }
                    Some(message) => match serde_json::from_slice(&message.payload) {
                        Ok(instance) => self.joined(instance),
                        Err(why) => debug!("somebody joined without a name: {why}"),
                    },
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

    fn joined(&mut self, instance: Instance) {
        if instance.name != self.role {
            return;
        }
        match self.known.iter_mut().find(|(one, _)| one.id == instance.id) {
            Some(known) => *known = (instance, 0),
            None => self.known.push((instance, 0)),
        }
    }

    async fn ask(&mut self) {
        let Ok(found) = self.bus.instances(ANSWER).await else { return };
        if !self.bus.is_connected() {
            return;
        }
        for (_, absences) in &mut self.known {
            *absences += 1;
        }
        for instance in found {
            self.joined(instance);
        }
        self.known.retain(|(_, absences)| *absences < ABSENCES);
    }
}
