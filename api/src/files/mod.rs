//! Routes of files: uploads, exports, and how their bytes are given out.

mod content;
mod export;
mod file;
mod form;
mod link;
mod receive;
mod saved_export;
mod sniff;
mod upload;

pub(crate) use content::{file_response, require_available};
pub use export::run_exports;
pub(crate) use export::{may_have_exports, request_export};
pub(crate) use form::FileForm;
pub(crate) use receive::{discard_file, record_file};

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(export::routes())
        .merge(file::routes())
        .merge(link::routes())
        .merge(saved_export::routes())
        .merge(upload::routes())
}
