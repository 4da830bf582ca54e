//! What may be done with an item now: dry decisions on made-up commands.

use std::{collections::BTreeMap, slice, sync::OnceLock};

use commands::{CommandKind, Failure, Handler};
use domain::{Decider, Id};
use serde_json::{Value, json};

use crate::{
    App,
    caller::Caller,
    describe::{self, CommandSpec},
    obstacle::{ActObstacles, Obstacle},
    problem::Problem,
    sample::{OTHER_SAMPLE_TEXTS, SAMPLE_TEXTS, other_sample, sample},
};

/// The operations that change an item, each with what it commands.
pub(crate) struct ActRegistry<A: Handler> {
    operations: BTreeMap<String, Act<A>>,
    /// Commands that stand for all that each kind can say; made when they are first needed.
    samples: OnceLock<Samples<A>>,
}

/// Commands by the tag of their kind.
type Samples<A> = BTreeMap<String, Vec<<A as Decider>::Command>>;

enum Act<A: Handler> {
    Kind(CommandKind<A>),
    Command(A::Command),
}

impl<A: Handler> ActRegistry<A> {
    /// No operations yet.
    pub(crate) fn new() -> Self {
        Self { operations: BTreeMap::new(), samples: OnceLock::new() }
    }

    /// Adds an operation that gives commands of a kind.
    pub(crate) fn add(&mut self, operation: &str, kind: CommandKind<A>) {
        self.operations.insert(operation.to_owned(), Act::Kind(kind));
    }

    /// Adds an operation that gives this command.
    pub(crate) fn add_command(&mut self, operation: &str, command: A::Command) {
        self.operations.insert(operation.to_owned(), Act::Command(command));
    }

    fn samples(&self) -> &Samples<A> {
        self.samples.get_or_init(|| {
            let root = json!(describe::command_schemas::<A>());
            let samples = |spec: &CommandSpec| {
                let of = |sample: fn(&Value, &Value, &str) -> Value, texts: &[&str]| {
                    let body = |text: &&str| sample(&spec.schema, &root, text).as_object().cloned();
                    texts
                        .iter()
                        .filter_map(body)
                        .find_map(|body| spec.parse_command::<A>(body).ok())
                };
                [of(sample, SAMPLE_TEXTS), of(other_sample, OTHER_SAMPLE_TEXTS)]
                    .into_iter()
                    .flatten()
                    .collect()
            };
            let specs = describe::command_specs::<A>();
            specs.iter().map(|(name, spec)| (name.clone(), samples(spec))).collect()
        })
    }

    /// The commands that stand for all that an operation can say.
    fn samples_of<'a>(&'a self, act: &'a Act<A>) -> &'a [A::Command] {
        match act {
            Act::Command(command) => slice::from_ref(command),
            Act::Kind(kind) => {
                let samples = json!(kind).as_str().and_then(|tag| self.samples().get(tag));
                samples.map_or(&[], Vec::as_slice)
            }
        }
    }

    /// What the caller may do with an item, of which they know this version.
    pub(crate) async fn act_obstacles(
        &self,
        app: &App,
        caller: &Caller,
        id: Id<A>,
        version: i32,
    ) -> Result<ActObstacles, Problem> {
        let item = app.commands.dry_decider(id, version).await;
        let mut item = item.map_err(Failure::<A::Refusal>::from)?;
        let mut acts = vec![];
        for (name, act) in &self.operations {
            let verdict = item.verdict_on_kind(caller.actor(), self.samples_of(act)).await?;
            acts.extend(verdict.map(|verdict| (name.clone(), Obstacle::from_verdict(verdict))));
        }
        Ok(acts.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use commands::AggregateVisitor;

    use super::*;

    #[test]
    fn two_commands_of_each_kind_can_be_made_up_that_differ_where_there_is_a_choice() {
        struct Lacking(Vec<String>);
        impl AggregateVisitor for Lacking {
            fn visit<A: Handler>(&mut self) {
                let acts = ActRegistry::<A>::new();
                // All that such a command says is its kind.
                let is_bare = |command: &A::Command| json!(command).as_object().unwrap().len() == 1;
                let lacking = acts.samples().iter().filter(|(_, samples)| match &samples[..] {
                    [one, other] => !is_bare(one) && json!(one) == json!(other),
                    _ => true,
                });
                self.0.extend(lacking.map(|(name, _)| format!("{}.{name}", A::NAME)));
            }
        }
        let mut lacking = Lacking(vec![]);
        commands::visit_aggregates(&mut lacking);
        assert_eq!(lacking.0, [""; 0]);
    }
}
