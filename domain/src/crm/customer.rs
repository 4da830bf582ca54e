pub type CustomerId = crate::Id<Customer>;

#[derive(Debug, Clone, Default)]
pub struct Customer;
