//! Routes of the platform: erasure of personal data.

mod subject;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    subject::routes()
}
