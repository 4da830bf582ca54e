pub type ProductId = crate::Id<Product>;

#[derive(Debug, Clone, Default)]
pub struct Product;
