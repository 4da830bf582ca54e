pub type LicenseId = crate::Id<License>;

#[derive(Debug, Clone, Default)]
pub struct License;
