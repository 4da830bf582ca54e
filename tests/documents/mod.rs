//! Templates of documents.

mod template;
