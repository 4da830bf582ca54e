pub type PurchaseId = crate::Id<Purchase>;

#[derive(Debug, Clone, Default)]
pub struct Purchase;
