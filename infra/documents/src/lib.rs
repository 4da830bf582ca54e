//! Documents as PDF: a template in Markdown and its data become pages that are the same to the byte each time,
//! archivable (PDF/A-2a), readable by screen readers (PDF/UA-1), with their fonts in them.
//!
//! [`Renderer`] is what others use. Templates come from people whom nobody has to trust: each document is made by
//! a process of its own ([`process`]) that may use little time and memory, opens no file and no connection.
//!
//! ```text
//! job ─▶ template (minijinja) ─▶ markdown (pulldown-cmark) ─▶ blocks ─▶ layout ─▶ pdf (krilla)
//! ```
//!
//! **Why krilla with a layout of our own, and not typst.** Building all from nothing may take 14 minutes on two
//! cores, and what was there before takes 13 of them. Typst 0.15 (326 packages) takes 18 minutes of processor time
//! as it is usually built, and more than 5 without any optimisation, when a page takes 200 ms and more. Krilla,
//! the writer below typst, and what else is used here add 28 packages, which take 100 s as they are compiled
//! (`[profile.release.package]`). The price is 1,600 lines here: tables, page breaks and text in lines, but no
//! hyphenation, no pictures, and no letters but Latin, Greek and Cyrillic ones.

mod block;
mod flow;
mod font;
mod job;
mod layout;
mod markdown;
mod paragraph;
mod pdf;
pub mod process;
mod qr;
mod renderer;
mod structure;
mod table;
mod template;

use domain::{Language, documents::template::Kind};

pub use job::{Column, Error, Job, Source, Table};
pub use renderer::{RenderError, Renderer};

/// The template of a kind of document in a language, where the business has none of its own.
pub fn built_in_template(kind: Kind, language: Language) -> &'static str {
    match (kind, language) {
        (Kind::License, Language::En) => include_str!("../templates/license.en.md"),
        (Kind::License, Language::De) => include_str!("../templates/license.de.md"),
        (Kind::License, Language::Ru) => include_str!("../templates/license.ru.md"),
        (Kind::License, Language::Fr) => include_str!("../templates/license.fr.md"),
    }
}

/// Makes the pages of a job, in this process.
pub fn render(job: &Job) -> Result<Vec<u8>, Error> {
    let blocks = match &job.source {
        Source::Template { markdown, data } => {
            markdown::blocks(&template::expand(markdown, data)?)?
        }
        Source::Table(table) => table.blocks(&job.title),
    };
    let fonts = font::Fonts::load()?;
    let laid_out = layout::lay_out(job, &blocks, &fonts)?;
    pdf::write(job, laid_out, &fonts)
}
