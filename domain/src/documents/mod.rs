//! What documents say: templates by kind, language and product.

mod ids;
pub mod template;

pub use ids::TemplateId;
