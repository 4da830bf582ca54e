//! Executes commands of an aggregate of which only the name is at hand.

use std::collections::HashMap;

use anyhow::Context;
use commands::{Commands, Failure, ForEach, Handler, Order, Receipt, for_each};
use domain::{Id, identity::Actor};
use futures::{FutureExt, future::BoxFuture};
use serde_json::Value;
use uuid::Uuid;

/// Commands to one aggregate.
pub(super) struct Task {
    /// The same for the same task, whenever it is given.
    pub name: String,
    pub id: Uuid,
    pub commands: Vec<Value>,
    pub by: Actor,
    /// How long its history must be; another length means that it was done before.
    pub expected: i32,
}

/// What came of a task.
pub(super) enum Outcome {
    /// It was done now, or the other day under the same name; the history is so long afterwards.
    Done { version: i32, now: bool },
    /// The aggregate was there before.
    Existing,
}

type Done = anyhow::Result<Outcome>;

type Give = fn(Commands, Task) -> BoxFuture<'static, Done>;

/// Every aggregate, by its name.
pub(super) struct Executor(HashMap<&'static str, Give>);

impl ForEach for Executor {
    fn aggregate<H: Handler>(&mut self) {
        self.0.insert(H::NAME, |commands, task| give::<H>(commands, task).boxed());
    }
}

impl Executor {
    pub(super) fn new() -> Self {
        let mut executor = Self(HashMap::new());
        for_each(&mut executor);
        executor
    }

    pub(super) async fn give(&self, commands: &Commands, stream: &str, task: Task) -> Done {
        let give = self.0.get(stream).with_context(|| format!("nothing is called {stream}"))?;
        give(commands.clone(), task).await
    }
}

async fn give<H: Handler>(commands: Commands, task: Task) -> Done {
    let given = task.commands.into_iter().map(serde_json::from_value::<H::Command>);
    let mut given = given.collect::<Result<Vec<_>, _>>()?.into_iter();
    let first = given.next().context("there is nothing to do")?;
    let order = Order::<H>::new(Id::from(task.id), first, task.by);
    let order = given.fold(order, Order::and);
    let order = order.expecting(Some(task.expected)).once(task.name, "demo");
    match commands.execute(order).await {
        Ok(Receipt { version, repeated, .. }) => Ok(Outcome::Done { version, now: !repeated }),
        Err(Failure::Stale { .. }) => Ok(Outcome::Existing),
        Err(why) => Err(why.into()),
    }
}
