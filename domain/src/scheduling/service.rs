pub type ServiceId = crate::Id<Service>;

#[derive(Debug, Clone, Default)]
pub struct Service;
