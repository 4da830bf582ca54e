//! Pages that are filled from above to below. All lengths are points, 1/72 inch.

use domain::Color;
use krilla::geom::{Path, PathBuilder, Rect};

use crate::{
    Error,
    font::{Fonts, Shaped},
    paragraph::Line,
    structure::{NodeId, Structure},
};

pub(crate) const INK: Color = Color::new(0x1b, 0x21, 0x26);
pub(crate) const MUTED: Color = Color::new(0x56, 0x61, 0x6a);
pub(crate) const LINE: Color = Color::new(0xd3, 0xda, 0xde);
/// The height of a line, as a part of the font size.
pub(crate) const LEADING: f32 = 1.4;
/// How far below the top of a line its baseline is, as a part of the font size.
const ASCENT: f32 = 1.05;
/// More pages than any list needs that is sent at once.
const MAX_PAGES: usize = 1000;

/// A page without its margins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageFormat {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) margin: f32,
}

/// A4.
pub(crate) const PORTRAIT: PageFormat = PageFormat { width: 595.276, height: 841.89, margin: 62.0 };
/// A4, A3 and A2, on their sides.
pub(crate) const LANDSCAPES: [PageFormat; 3] = [
    PageFormat { width: 841.89, height: 595.276, margin: 40.0 },
    PageFormat { width: 1190.551, height: 841.89, margin: 40.0 },
    PageFormat { width: 1683.78, height: 1190.551, margin: 40.0 },
];

/// Something on a page; without a node it is decoration.
pub(crate) struct PageItem {
    pub(crate) node: Option<NodeId>,
    pub(crate) color: Color,
    pub(crate) drawing: Drawing,
}

pub(crate) enum Drawing {
    /// A text that begins at `x` on the baseline `y`.
    Text {
        x: f32,
        y: f32,
        size: f32,
        text: Shaped,
    },
    Shape(Path),
}

/// A heading, for the outline, and where it stands.
pub(crate) struct OutlineEntry {
    pub(crate) title: String,
    pub(crate) page: usize,
    pub(crate) y: f32,
}

pub(crate) struct Flow<'a> {
    pub(crate) fonts: &'a Fonts,
    pub(crate) format: PageFormat,
    pub(crate) pages: Vec<Vec<PageItem>>,
    pub(crate) structure: Structure,
    pub(crate) outline: Vec<OutlineEntry>,
    /// The top of what comes next.
    pub(crate) y: f32,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(fonts: &'a Fonts, format: PageFormat) -> Self {
        let (pages, structure, outline) = (vec![vec![]], Structure::default(), vec![]);
        Self { fonts, format, pages, structure, outline, y: format.margin }
    }

    /// The width between the margins.
    pub(crate) fn width(&self) -> f32 {
        self.format.width - 2.0 * self.format.margin
    }

    /// How much of the page is left.
    pub(crate) fn remaining_height(&self) -> f32 {
        self.format.height - self.format.margin - self.y
    }

    /// Begins a page if less than that is left of this one; returns whether it did.
    pub(crate) fn start_page_unless_fits(&mut self, height: f32) -> Result<bool, Error> {
        if height <= self.remaining_height() || self.y <= self.format.margin {
            return Ok(false);
        }
        if self.pages.len() >= MAX_PAGES {
            return Err(Error::Content(format!("it has more than {MAX_PAGES} pages")));
        }
        self.pages.push(vec![]);
        self.y = self.format.margin;
        Ok(true)
    }

    /// Leaves room, except at the top of a page.
    pub(crate) fn skip_unless_at_top(&mut self, height: f32) {
        if self.y > self.format.margin {
            self.y += height;
        }
    }

    /// Draws a line of text the upper left corner of which is at `x`, `y`.
    pub(crate) fn draw_line(
        &mut self,
        node: Option<NodeId>,
        line: &Line,
        (mut x, y): (f32, f32),
        (size, color): (f32, Color),
    ) {
        for text in &line.runs {
            let width = text.width_in_ems() * size;
            let drawing = Drawing::Text { x, y: y + ASCENT * size, size, text: text.clone() };
            self.draw(PageItem { node, color, drawing });
            x += width;
        }
    }

    /// Draws lines below each other, over as many pages as it takes.
    pub(crate) fn draw_lines(
        &mut self,
        node: NodeId,
        lines: &[Line],
        left: f32,
        (size, color): (f32, Color),
    ) -> Result<(), Error> {
        for line in lines {
            self.start_page_unless_fits(size * LEADING)?;
            let at = (self.format.margin + left, self.y);
            self.draw_line(Some(node), line, at, (size, color));
            self.y += size * LEADING;
        }
        Ok(())
    }

    /// Draws a rectangle that means nothing.
    pub(crate) fn fill(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), color: Color) {
        let mut path = PathBuilder::new();
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            path.push_rect(rect);
        }
        if let Some(path) = path.finish() {
            self.draw(PageItem { node: None, color, drawing: Drawing::Shape(path) });
        }
    }

    pub(crate) fn draw(&mut self, item: PageItem) {
        if let Some(page) = self.pages.last_mut() {
            page.push(item);
        }
    }
}
