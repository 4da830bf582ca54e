pub type PurchaseEventId = crate::Id<PurchaseEvent>;

#[derive(Debug, Clone, Default)]
pub struct PurchaseEvent;
