pub type UserId = crate::Id<User>;

#[derive(Debug, Clone, Default)]
pub struct User;
