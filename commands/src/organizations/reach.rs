//! How far a cabinet's say goes in the tree of organisations.

use domain::organizations::cabinet::{CabinetId, MAX_DEPTH, below};

use crate::{Lookup, Lost};

/// A cabinet and all that are below it, as the log has it at this moment. One that was closed is
/// below nobody.
pub async fn subtree(lookup: &Lookup, top: CabinetId) -> Result<Vec<CabinetId>, Lost> {
    let mut tree = vec![top];
    let mut level = vec![below(top)];
    // The tree ends where it must, whatever is stored.
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
