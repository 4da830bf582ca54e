//! Writes pages as PDF/A-2a and PDF/UA-1.

use chrono::{Datelike, Timelike};
use domain::Color;
use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{Accessibility, Archival, ConfigurationBuilder},
    destination::XyzDestination,
    geom::Point,
    metadata::{DateTime, Metadata},
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::Fill,
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag},
};

use crate::{
    Error, Job,
    flow::{Drawing, Flow, OutlineEntry, PageItem},
    font::Fonts,
    structure::Structure,
};

/// The file of these pages.
pub(crate) fn write(job: &Job, flow: Flow<'_>, fonts: &Fonts) -> Result<Vec<u8>, Error> {
    let fault = |why: &dyn std::fmt::Debug| Error::Pdf(format!("{why:?}"));
    let standards = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1);
    let configuration = standards.finish().map_err(|why| fault(&why))?;
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let Flow { format, pages, mut structure, outline, .. } = flow;
    for page in &pages {
        let size = PageSettings::from_wh(format.width, format.height);
        let mut page_writer = document.start_page_with(size.unwrap_or_default());
        let mut surface = page_writer.surface();
        draw_page(&mut surface, page, fonts, &mut structure);
        surface.finish();
        page_writer.finish();
    }
    let language = job.language.to_string();
    document.set_tag_tree(structure.tree(&language));
    document.set_outline(outline_of(&job.title, &outline));
    document.set_metadata(metadata(job, language));
    document.finish().map_err(|why| fault(&why))
}

/// Draws what is on a page: what stands together and belongs together under one tag.
fn draw_page(
    surface: &mut Surface<'_>,
    items: &[PageItem],
    fonts: &Fonts,
    structure: &mut Structure,
) {
    for together in items.chunk_by(|one, other| one.node == other.node) {
        let node = together.first().and_then(|item| item.node);
        let tag = match node {
            Some(_) => ContentTag::Other,
            None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
        };
        let identifier = surface.start_tagged(tag);
        for item in together {
            draw_item(surface, item, fonts);
        }
        surface.end_tagged();
        if let Some(node) = node {
            structure.attach(node, identifier);
        }
    }
}

fn draw_item(surface: &mut Surface<'_>, item: &PageItem, fonts: &Fonts) {
    surface.set_fill(Some(fill(item.color)));
    match &item.drawing {
        Drawing::Shape(path) => surface.draw_path(path),
        Drawing::Text { x, y, size, text } => {
            let (start, font) = (Point::from_xy(*x, *y), fonts.font(text.bold));
            surface.draw_glyphs(start, &text.glyphs, font, &text.text, *size, false);
        }
    }
}

fn fill(color: Color) -> Fill {
    let [red, green, blue] = color.channels();
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }
}

/// The headings, one below the other; a document without any is one entry.
fn outline_of(title: &str, entries: &[OutlineEntry]) -> Outline {
    let mut outline = Outline::new();
    let node = |title: &str, page, y| {
        OutlineNode::new(title.to_owned(), XyzDestination::new(page, Point::from_xy(0.0, y)))
    };
    for OutlineEntry { title, page, y } in entries {
        outline.push_child(node(title, *page, *y));
    }
    if entries.is_empty() {
        outline.push_child(node(title, 0, 0.0));
    }
    outline
}

fn metadata(job: &Job, language: String) -> Metadata {
    let (date, small) = (job.date, |part: u32| u8::try_from(part).unwrap_or_default());
    let day = DateTime::new(u16::try_from(date.year()).unwrap_or_default())
        .month(small(date.month()))
        .day(small(date.day()));
    let moment = day
        .hour(small(date.hour()))
        .minute(small(date.minute()))
        .second(small(date.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(job.title.clone())
        .authors(vec![job.author.clone()])
        .creator("Servicebook".to_owned())
        .language(language)
        .document_id(job.id.clone())
        .creation_date(moment)
}
