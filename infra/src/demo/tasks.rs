//! Executes JSON commands of an aggregate that is known only by its name.

use std::collections::HashMap;

use anyhow::Context;
use commands::{CommandEnvelope, Commands, Failure, ForEach, Handler, Receipt, for_each};
use domain::{Id, Meta, identity::Actor};
use futures::{FutureExt, future::BoxFuture};
use serde_json::Value;
use uuid::Uuid;

/// Commands to one aggregate.
pub(super) struct Task {
    /// The idempotency key: the same for the same task each time.
    pub name: String,
    pub id: Uuid,
    pub commands: Vec<Value>,
    pub by: Actor,
    /// The expected version; another one means that the aggregate existed before.
    pub expected: i32,
}

/// The outcome of a task.
pub(super) enum TaskOutcome {
    /// It was executed now (`is_new`) or earlier under the same name; `version` is the one after it.
    Executed { version: i32, is_new: bool },
    /// The aggregate existed before.
    AlreadyExisted,
}

type TaskResult = anyhow::Result<TaskOutcome>;

type Execute = fn(Commands, Task) -> BoxFuture<'static, TaskResult>;

/// Every aggregate, by its name.
pub(super) struct Executor(HashMap<&'static str, Execute>);

impl ForEach for Executor {
    fn aggregate<H: Handler>(&mut self) {
        self.0.insert(H::NAME, |commands, task| execute::<H>(commands, task).boxed());
    }
}

impl Executor {
    pub(super) fn new() -> Self {
        let mut executor = Self(HashMap::new());
        for_each(&mut executor);
        executor
    }

    pub(super) async fn execute(
        &self,
        commands: &Commands,
        stream: &str,
        task: Task,
    ) -> TaskResult {
        let execute = self.0.get(stream).with_context(|| format!("nothing is called {stream}"))?;
        execute(commands.clone(), task).await
    }
}

async fn execute<H: Handler>(commands: Commands, task: Task) -> TaskResult {
    let parsed = task.commands.into_iter().map(serde_json::from_value::<H::Command>);
    let mut parsed = parsed.collect::<Result<Vec<_>, _>>()?.into_iter();
    let first = parsed.next().context("there is nothing to do")?;
    let order = CommandEnvelope::<H>::new(Id::from(task.id), first, task.by);
    let order = parsed.fold(order, CommandEnvelope::and);
    let order = order.expecting(Some(task.expected)).once(task.name, "demo");
    let order = order.correlated(Some(Meta::IMPORT));
    match commands.execute(order).await {
        Ok(Receipt { version, repeated, .. }) => {
            Ok(TaskOutcome::Executed { version, is_new: !repeated })
        }
        Err(Failure::Stale { .. }) => Ok(TaskOutcome::AlreadyExisted),
        Err(why) => Err(why.into()),
    }
}
