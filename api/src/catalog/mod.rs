//! Routes of the catalog: products.

mod product;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    product::routes()
}
