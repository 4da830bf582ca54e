//! Commands of documents.

mod template;
