pub type CabinetId = crate::Id<Cabinet>;

#[derive(Debug, Clone, Default)]
pub struct Cabinet;
