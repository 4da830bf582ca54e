pub type ResourceId = crate::Id<Resource>;

#[derive(Debug, Clone, Default)]
pub struct Resource;
