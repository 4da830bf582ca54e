//! Executes JSON commands of an aggregate that is known only by its name.

use std::collections::HashMap;

use anyhow::Context;
use commands::{
    AggregateVisitor, CommandEnvelope, Commands, Failure, Handler, Receipt, visit_aggregates,
};
use domain::{Id, Meta, identity::Actor};
use futures::{FutureExt, future::BoxFuture};
use serde_json::Value;
use uuid::Uuid;

/// Commands to one aggregate.
pub(super) struct DemoTask {
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

type Execute = fn(Commands, DemoTask) -> BoxFuture<'static, TaskResult>;

/// Every aggregate, by its name.
pub(super) struct Executor(HashMap<&'static str, Execute>);

impl AggregateVisitor for Executor {
    fn visit<A: Handler>(&mut self) {
        self.0.insert(A::NAME, |commands, task| execute::<A>(commands, task).boxed());
    }
}

impl Executor {
    pub(super) fn new() -> Self {
        let mut executor = Self(HashMap::new());
        visit_aggregates(&mut executor);
        executor
    }

    pub(super) async fn execute(
        &self,
        commands: &Commands,
        stream: &str,
        task: DemoTask,
    ) -> TaskResult {
        let execute = self.0.get(stream).with_context(|| format!("nothing is called {stream}"))?;
        execute(commands.clone(), task).await
    }
}

async fn execute<A: Handler>(commands: Commands, task: DemoTask) -> TaskResult {
    let parsed = task.commands.into_iter().map(serde_json::from_value::<A::Command>);
    let mut parsed = parsed.collect::<Result<Vec<_>, _>>()?.into_iter();
    let first = parsed.next().context("there is nothing to do")?;
    let envelope = CommandEnvelope::<A>::new(Id::from(task.id), first, task.by);
    let envelope = parsed.fold(envelope, CommandEnvelope::and_command);
    let envelope =
        envelope.expecting_version(Some(task.expected)).with_idempotency_key(task.name, "demo");
    let envelope = envelope.with_correlation(Some(Meta::IMPORT_CORRELATION));
    match commands.execute(envelope).await {
        Ok(Receipt { version, repeated, .. }) => {
            Ok(TaskOutcome::Executed { version, is_new: !repeated })
        }
        Err(Failure::Stale { .. }) => Ok(TaskOutcome::AlreadyExisted),
        Err(why) => Err(why.into()),
    }
}
