//! Folds the events of one aggregate of any kind.

use std::collections::HashMap;

use commands::{AggregateVisitor, Handler, visit_aggregates};
use domain::{Claim, Counter, EventFormatError, RawEvent, claims_of};
use sealing::SubjectKeys;
use uuid::Uuid;

/// The state of an aggregate of some kind, as far as it is folded.
pub(super) trait AggregateFold: Send {
    /// Applies one event; answers the counter that it drew a number from.
    fn fold(
        &mut self,
        keys: &SubjectKeys,
        raw: &RawEvent,
    ) -> Result<Option<Counter>, EventFormatError>;
    /// The claims of the state. Afterwards the next aggregate can be folded.
    fn take_claims(&mut self, id: Uuid) -> Vec<Claim>;
}

struct FoldState<A>(A);

impl<A: Handler> AggregateFold for FoldState<A> {
    fn fold(
        &mut self,
        keys: &SubjectKeys,
        raw: &RawEvent,
    ) -> Result<Option<Counter>, EventFormatError> {
        let event = keys.open_event::<A>(raw)?.event;
        let counter = A::counter(&event);
        self.0 = std::mem::take(&mut self.0).evolve(event);
        Ok(counter)
    }

    fn take_claims(&mut self, id: Uuid) -> Vec<Claim> {
        claims_of(&std::mem::take(&mut self.0), id)
    }
}

/// A fold for each kind of aggregate, by its name.
pub(super) fn all_folds() -> HashMap<&'static str, Box<dyn AggregateFold>> {
    #[derive(Default)]
    struct Folds(HashMap<&'static str, Box<dyn AggregateFold>>);
    impl AggregateVisitor for Folds {
        fn visit<A: Handler>(&mut self) {
            self.0.insert(A::NAME, Box::new(FoldState(A::default())));
        }
    }
    let mut folds = Folds::default();
    visit_aggregates(&mut folds);
    folds.0
}
