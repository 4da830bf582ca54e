//! Templates as those see them who write them.

use domain::{
    Language, Recorded,
    catalog::product::ProductId,
    documents::template::{self, Event, Kind, TemplateText},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "documents.template",
    version: 1,
    tables: include_str!("template.sql"),
    streams: &[FoldedStream::of::<template::Template, Rows>()],
};

pub const TEMPLATES: Listing = Listing {
    from: "documents_template.templates",
    fields: &[
        Field::enum_of::<Kind>("kind"),
        Field::enum_of::<Language>("language"),
        Field::id::<ProductId>("product"),
        Field::bool("retired"),
    ],
    search: None,
    sort: &["created_at", "updated_at"],
    owner: OwnerColumns::NONE,
};

/// A template, with its latest version; the history has the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Template {
    pub kind: Kind,
    /// What it is written in.
    pub language: Language,
    /// The product whose documents it makes; none makes those of all products without one of their own.
    pub product: Option<ProductId>,
    /// The number of its latest version, from 1.
    pub template_version: u32,
    /// Markdown with expressions of Jinja, as of that version.
    pub text: TemplateText,
    /// No document is made by it any more; it can still be read.
    pub retired: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    templates: Vec<Template>,
}

impl Fold<template::Template> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match (&recorded.event, self.templates.first_mut()) {
            (Event::Created { kind, language, product, text }, _) => {
                self.templates = vec![Template {
                    kind: *kind,
                    language: *language,
                    product: *product,
                    template_version: 1,
                    text: text.clone(),
                    retired: false,
                }];
            }
            (Event::VersionPublished { template_version, text }, Some(row)) => {
                row.template_version = *template_version;
                row.text = text.clone();
                row.retired = false;
            }
            (Event::Retired {}, Some(row)) => row.retired = true,
            (Event::VersionPublished { .. } | Event::Retired {}, None) => {}
        }
    }
}
