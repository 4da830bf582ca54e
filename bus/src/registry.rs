//! Who is there: every running part announces itself by the NATS services protocol, so that
//! `nats service list` shows the system as well as we see it ourselves.

use std::{collections::HashMap, time::Duration};

use anyhow::Context;
use async_nats::service::{PingResponse, Service, ServiceExt};
use futures::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::Bus;

const DESCRIPTION: &str = "A part of Servicebook";

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
}

impl Registration {
    /// Withdraws it: to be done first when stopping.
    pub async fn withdraw(self) -> anyhow::Result<()> {
        self.service.stop().await.map_err(anyhow::Error::from_boxed)
    }
}

/// A running instance of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    pub name: String,
    pub id: String,
    pub version: String,
    pub metadata: HashMap<String, String>,
}

impl Bus {
    /// Announces this process, which from now on answers `$SRV.PING`, `INFO` and `STATS`.
    pub async fn register(&self, role: Role) -> anyhow::Result<Registration> {
        let service =
            self.client.service_builder().description(DESCRIPTION).metadata(role.metadata);
        let service = service.start(&role.name, &role.version).await;
        let service = service
            .map_err(anyhow::Error::from_boxed)
            .with_context(|| format!("{} cannot be registered", role.name))?;
        // Until the server has heard of it, nobody can be told.
        self.client.flush().await.context("the server does not hear")?;
        Ok(Registration { id: service.info().await.id, service })
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
}
