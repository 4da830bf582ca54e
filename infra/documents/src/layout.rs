//! Lays blocks out on pages.

use domain::{Color, Language};

use crate::{
    Error, Job, Source,
    block::{Block, Span, plain},
    flow::{Drawing, Flow, INK, LEADING, LINE, MUTED, OutlineEntry, PORTRAIT, PageItem},
    font::Fonts,
    paragraph::{Line, lines},
    qr,
    structure::Role,
    table,
};

/// The font size of running text.
const TEXT: f32 = 10.0;
const SMALL: f32 = 8.0;
/// The side of a QR code, and what stays light around it.
const QR_SIDE: f32 = 92.0;
const QR_MARGIN: f32 = 12.0;
/// How far the texts of lists are indented.
const INDENT: f32 = 16.0;

/// Lays out all blocks of a job.
pub(crate) fn lay_out<'a>(
    job: &Job,
    blocks: &[Block],
    fonts: &'a Fonts,
) -> Result<Flow<'a>, Error> {
    let (format, size) = match job.source {
        Source::Table(_) => (table::page_format(fonts, blocks, SMALL), SMALL),
        Source::Template { .. } => (PORTRAIT, TEXT),
    };
    let mut flow = Flow::new(fonts, format);
    for block in blocks {
        flow.block(block, job.accent.unwrap_or(INK), size)?;
    }
    flow.feet(job);
    Ok(flow)
}

/// A count as a length or factor. Counts here are small: of modules, lines, columns.
pub(crate) fn count_to_f32(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

impl Flow<'_> {
    fn block(&mut self, block: &Block, accent: Color, size: f32) -> Result<(), Error> {
        match block {
            Block::Heading(level, spans) => self.heading(*level, spans, accent),
            Block::Paragraph(spans) => self.paragraph(spans, (size, INK)),
            Block::Note(spans) => self.paragraph(spans, (SMALL, MUTED)),
            Block::List(items, numbered) => self.list(items, *numbered, size),
            Block::Table { head, rows, right } => table::draw(self, head, rows, right, size),
            Block::Rule => {
                self.skip_unless_at_top(10.0);
                self.fill((self.format.margin, self.y), (self.width(), 0.75), LINE);
                self.y += 10.0;
                Ok(())
            }
            Block::Qr { content, alt, beside } => self.qr(content, alt, beside, size),
        }
    }

    fn heading(&mut self, level: u8, spans: &[Span], accent: Color) -> Result<(), Error> {
        let (size, color) = match level {
            1 => (22.0, accent),
            2 => (13.0, accent),
            _ => (10.5, INK),
        };
        self.skip_unless_at_top(size * 0.8);
        // Not alone at the foot of a page.
        self.start_page_unless_fits(size * LEADING + 40.0)?;
        let (title, page) = (plain(spans), self.pages.len() - 1);
        self.outline.push(OutlineEntry { title: title.clone(), page, y: self.y });
        let bold: Vec<_> = spans.iter().map(|span| Span::bold(span.text.clone())).collect();
        let lines = lines(self.fonts, &bold, self.width() / size);
        let node = self.structure.add(None, Role::Heading(level, title));
        self.draw_lines(node, &lines, 0.0, (size, color))?;
        self.y += size * 0.3;
        Ok(())
    }

    fn paragraph(&mut self, spans: &[Span], (size, color): (f32, Color)) -> Result<(), Error> {
        let lines = lines(self.fonts, spans, self.width() / size);
        if lines.is_empty() {
            return Ok(());
        }
        let node = self.structure.add(None, Role::Paragraph);
        self.draw_lines(node, &lines, 0.0, (size, color))?;
        self.y += size * 0.6;
        Ok(())
    }

    fn list(&mut self, items: &[Vec<Span>], numbered: bool, size: f32) -> Result<(), Error> {
        let list = self.structure.add(None, Role::List(numbered));
        for (index, item) in items.iter().enumerate() {
            let node = self.structure.add(Some(list), Role::Item);
            let label = self.structure.add(Some(node), Role::Label);
            let body = self.structure.add(Some(node), Role::ItemBody);
            let sign = if numbered { format!("{}.", index + 1) } else { "•".to_owned() };
            let sign = Line { runs: vec![self.fonts.shape(&sign, false)] };
            self.start_page_unless_fits(size * LEADING)?;
            self.draw_line(Some(label), &sign, (self.format.margin, self.y), (size, MUTED));
            let lines = lines(self.fonts, item, (self.width() - INDENT) / size);
            self.draw_lines(body, &lines, INDENT, (size, INK))?;
        }
        self.y += size * 0.6;
        Ok(())
    }

    fn qr(&mut self, content: &str, alt: &str, beside: &[Span], size: f32) -> Result<(), Error> {
        self.skip_unless_at_top(QR_MARGIN);
        self.start_page_unless_fits(QR_SIDE + QR_MARGIN)?;
        let (x, y) = (self.format.margin, self.y);
        let node = self.structure.add(None, Role::Figure(alt.to_owned()));
        let drawing = Drawing::Shape(qr::path(content, (x, y), QR_SIDE)?);
        self.draw(PageItem { node: Some(node), color: INK, drawing });
        let left = QR_SIDE + 2.0 * QR_MARGIN;
        let lines = lines(self.fonts, beside, (self.width() - left) / size);
        if !lines.is_empty() {
            let node = self.structure.add(None, Role::Paragraph);
            let free = QR_SIDE - count_to_f32(lines.len()) * size * LEADING;
            self.y += (free / 2.0).max(0.0);
            self.draw_lines(node, &lines, left, (size, INK))?;
        }
        self.y = self.y.max(y + QR_SIDE) + QR_MARGIN;
        Ok(())
    }

    /// Below each page: whose document it is, and its number.
    fn feet(&mut self, job: &Job) {
        let (count, right) = (self.pages.len(), self.format.width - self.format.margin);
        let y = self.format.height - self.format.margin * 0.62;
        let pages = std::mem::take(&mut self.pages);
        for (index, page) in pages.into_iter().enumerate() {
            self.pages.push(page);
            let author = Line { runs: vec![self.fonts.shape(&job.author, false)] };
            let number = page_number(job.language, index + 1, count);
            let number = Line { runs: vec![self.fonts.shape(&number, false)] };
            let left = right - number.width_in_ems() * SMALL;
            self.draw_line(None, &author, (self.format.margin, y), (SMALL, MUTED));
            self.draw_line(None, &number, (left, y), (SMALL, MUTED));
        }
    }
}

fn page_number(language: Language, page: usize, count: usize) -> String {
    match language {
        Language::En => format!("Page {page} of {count}"),
        Language::De => format!("Seite {page} von {count}"),
        Language::Ru => format!("Страница {page} из {count}"),
        Language::Fr => format!("Page {page} sur {count}"),
    }
}
