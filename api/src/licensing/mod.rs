//! Routes of licensing: licenses, and whether a document of one is genuine.

mod document;
mod license;
mod sample;
mod verification;

pub(crate) use document::{preview_job, sample_jobs};
pub(crate) use verification::{DocumentVerdict, verify};

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    license::routes().merge(verification::routes())
}
