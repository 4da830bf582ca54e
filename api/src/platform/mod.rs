//! The people behind the data, and the machine itself.

mod subject;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    subject::routes()
}
