//! The subtree of a cabinet in the tree of organisations.

use domain::organizations::cabinet::{CabinetId, MAX_DEPTH, below};

use crate::{Lookup, LookupError};

/// A cabinet and all below it, by the claims of this moment. Closed cabinets are below none.
pub async fn subtree(lookup: &Lookup, top: CabinetId) -> Result<Vec<CabinetId>, LookupError> {
    let mut tree = vec![top];
    let mut level = vec![below(top)];
    // It stops at the largest allowed depth, whatever is stored.
    for _ in 1..MAX_DEPTH {
        let next = lookup.holders_of(&level).await?;
        if next.is_empty() {
            break;
        }
        let next: Vec<CabinetId> = next.into_iter().map(CabinetId::from).collect();
        level = next.iter().copied().map(below).collect();
        tree.extend(next);
    }
    Ok(tree)
}
