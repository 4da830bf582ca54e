//! Folds the events of one aggregate of any kind.

use std::collections::HashMap;

use commands::{ForEach, Handler, for_each};
use domain::{Claim, Counter, EventFormatError, Raw, claims_of};
use sealing::Keys;
use uuid::Uuid;

/// The state of an aggregate of some kind, as far as it is folded.
pub(super) trait Fold: Send {
    /// Applies one event; answers the counter that it drew a number from.
    fn fold(&mut self, keys: &Keys, raw: &Raw) -> Result<Option<Counter>, EventFormatError>;
    /// The claims of the state. Afterwards the next aggregate can be folded.
    fn finish(&mut self, id: Uuid) -> Vec<Claim>;
}

struct FoldState<H>(H);

impl<H: Handler> Fold for FoldState<H> {
    fn fold(&mut self, keys: &Keys, raw: &Raw) -> Result<Option<Counter>, EventFormatError> {
        let event = keys.decode::<H>(raw)?.event;
        let counter = H::counter(&event);
        self.0 = std::mem::take(&mut self.0).evolve(event);
        Ok(counter)
    }

    fn finish(&mut self, id: Uuid) -> Vec<Claim> {
        claims_of(&std::mem::take(&mut self.0), id)
    }
}

/// A fold for each kind of aggregate, by its name.
pub(super) fn folds() -> HashMap<&'static str, Box<dyn Fold>> {
    #[derive(Default)]
    struct Folds(HashMap<&'static str, Box<dyn Fold>>);
    impl ForEach for Folds {
        fn aggregate<H: Handler>(&mut self) {
            self.0.insert(H::NAME, Box::new(FoldState(H::default())));
        }
    }
    let mut folds = Folds::default();
    for_each(&mut folds);
    folds.0
}
