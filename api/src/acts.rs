//! What may be done with an item now: dry decisions on made-up commands.

use std::collections::BTreeMap;

use commands::{CommandKind, Failure, Handler};
use domain::Id;
use serde_json::json;

use crate::{
    App,
    caller::Caller,
    describe::{self, CommandSpec},
    obstacle::{Allowed, Obstacle},
    problem::Problem,
    sample::{TEXTS, other_sample, sample},
};

/// The operations that change an item, each with commands that stand for all that it can say.
pub(crate) struct Acts<H: Handler> {
    samples: BTreeMap<String, Vec<H::Command>>,
    operations: BTreeMap<String, Vec<H::Command>>,
}

impl<H: Handler> Acts<H> {
    /// No operations yet on an aggregate with these commands.
    pub(crate) fn new(specs: &BTreeMap<String, CommandSpec>) -> Self {
        let root = json!(describe::components::<H>());
        let samples = |spec: &CommandSpec| {
            [sample, other_sample]
                .into_iter()
                .filter_map(|sample| {
                    let body = |text: &&str| sample(&spec.schema, &root, text).as_object().cloned();
                    TEXTS.iter().filter_map(body).find_map(|body| spec.command::<H>(body).ok())
                })
                .collect()
        };
        let samples = specs.iter().map(|(name, spec)| (name.clone(), samples(spec)));
        Self { samples: samples.collect(), operations: BTreeMap::new() }
    }

    /// Adds an operation that gives commands of a kind.
    pub(crate) fn add(&mut self, operation: &str, kind: CommandKind<H>) {
        let samples = json!(kind).as_str().and_then(|tag| self.samples.get(tag)).cloned();
        self.operations.insert(operation.to_owned(), samples.unwrap_or_default());
    }

    /// Adds an operation that gives this command.
    pub(crate) fn add_command(&mut self, operation: &str, command: H::Command) {
        self.operations.insert(operation.to_owned(), vec![command]);
    }

    /// What the caller may do with an item, of which they know this version.
    pub(crate) async fn allowed(
        &self,
        app: &App,
        caller: &Caller,
        id: Id<H>,
        version: i32,
    ) -> Result<Allowed, Problem> {
        let item = app.commands.dry_run(id, version).await;
        let item = item.map_err(Failure::<H::Refusal>::from)?;
        let verdict = |samples: &Vec<_>| item.verdict(caller.actor(), samples);
        let acts = self
            .operations
            .iter()
            .filter_map(|(name, samples)| Some((name.clone(), Obstacle::of(verdict(samples)?))));
        Ok(acts.collect())
    }
}

#[cfg(test)]
mod tests {
    use commands::ForEach;

    use super::*;

    #[test]
    fn two_commands_of_each_kind_can_be_made_up() {
        struct Lacking(Vec<String>);
        impl ForEach for Lacking {
            fn aggregate<H: Handler>(&mut self) {
                let Acts { samples, .. } = Acts::<H>::new(&describe::command_specs::<H>());
                let lacking = samples.iter().filter(|(_, samples)| samples.len() < 2);
                self.0.extend(lacking.map(|(name, _)| format!("{}.{name}", H::NAME)));
            }
        }
        let mut lacking = Lacking(vec![]);
        commands::for_each(&mut lacking);
        assert_eq!(lacking.0, [""; 0]);
    }
}
