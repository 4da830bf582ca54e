//! Routes of files: uploads, and how their bytes are given out.

mod content;
mod file;
mod form;
mod link;
mod receive;
mod sniff;

pub(crate) use content::{file_response, require_available};
pub(crate) use form::FileForm;
pub(crate) use receive::{discard_file, record_file};

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default().merge(file::routes()).merge(link::routes())
}
