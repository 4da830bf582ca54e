//! Reads Markdown: headings, paragraphs, lists, tables, rules, small print (`>`), and QR codes as pictures.

use pulldown_cmark::{Alignment, Event, Options, Parser, Tag, TagEnd};

use crate::{
    Error,
    block::{Block, Span},
};

/// What an address begins with that is to be shown as a QR code.
const QR: &str = "qr:";

/// The blocks of a text.
pub(crate) fn blocks(markdown: &str) -> Result<Vec<Block>, Error> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        reader.read(event)?;
    }
    Ok(reader.blocks)
}

/// What was read of a text, and what is being read.
#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    spans: Vec<Span>,
    bold: bool,
    /// How many quotes we are in.
    quotes: u32,
    items: Vec<Vec<Span>>,
    head: Vec<Vec<Span>>,
    rows: Vec<Vec<Vec<Span>>>,
    cells: Vec<Vec<Span>>,
    right: Vec<bool>,
    /// The content of a code, and where its description begins among the spans.
    qr: Option<(String, usize)>,
    code: Option<(String, String)>,
}

impl Reader {
    fn read(&mut self, event: Event<'_>) -> Result<(), Error> {
        match event {
            Event::Start(tag) => self.start(&tag)?,
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.spans.push(Span { text: text.into_string(), bold: self.bold });
            }
            Event::SoftBreak => self.spans.push(Span { text: " ".into(), bold: self.bold }),
            Event::HardBreak => self.spans.push(Span { text: "\n".into(), bold: self.bold }),
            Event::Rule => self.blocks.push(Block::Rule),
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), Error> {
        match tag {
            Tag::Strong => self.bold = true,
            Tag::BlockQuote(_) => self.quotes += 1,
            Tag::Table(alignments) => {
                self.right = alignments.iter().map(|to| *to == Alignment::Right).collect();
            }
            Tag::Image { dest_url, .. } => {
                let content = dest_url.strip_prefix(QR).ok_or_else(|| {
                    Error::Content(format!("the only pictures are QR codes, as in ![…]({QR}…)"))
                })?;
                self.qr = Some((content.to_owned(), self.spans.len()));
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => self.bold = false,
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::Heading(level) => {
                let spans = self.take_spans();
                self.blocks.push(Block::Heading(level as u8, spans));
            }
            TagEnd::Paragraph if self.items.is_empty() || !self.spans.is_empty() => {
                self.end_paragraph();
            }
            TagEnd::Item => {
                let item = self.take_spans();
                self.items.push(item);
            }
            TagEnd::List(numbered) => {
                self.blocks.push(Block::List(std::mem::take(&mut self.items), numbered));
            }
            TagEnd::Image => self.end_image(),
            TagEnd::TableCell => {
                let cell = self.take_spans();
                self.cells.push(cell);
            }
            TagEnd::TableHead => self.head = std::mem::take(&mut self.cells),
            TagEnd::TableRow => self.rows.push(std::mem::take(&mut self.cells)),
            TagEnd::Table => self.end_table(),
            _ => {}
        }
    }

    fn take_spans(&mut self) -> Vec<Span> {
        std::mem::take(&mut self.spans)
    }

    fn end_image(&mut self) {
        if let Some((content, start)) = self.qr.take() {
            let alt = self.spans.split_off(start.min(self.spans.len()));
            self.code = Some((content, crate::block::plain(&alt)));
        }
    }

    fn end_paragraph(&mut self) {
        let mut spans = self.take_spans();
        if let Some(first) = spans.first_mut() {
            first.text.drain(..first.text.len() - first.text.trim_start().len());
        }
        spans.retain(|span| !span.text.is_empty());
        self.blocks.push(match self.code.take() {
            Some((content, alt)) => Block::Qr { content, alt, beside: spans },
            None if self.quotes > 0 => Block::Note(spans),
            None => Block::Paragraph(spans),
        });
    }

    fn end_table(&mut self) {
        let mut head = std::mem::take(&mut self.head);
        if head.iter().all(Vec::is_empty) {
            head.clear();
        }
        for span in head.iter_mut().flatten() {
            span.bold = true;
        }
        let (rows, right) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.right));
        self.blocks.push(Block::Table { head, rows, right });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_blocks() {
        let text = "# T\n\na **b**\n\n> small\n\n- x\n- y\n\n![scan](qr:https://a.b/c) beside\n";
        let blocks = blocks(text).unwrap();
        let regular = |text: &str| vec![Span::regular(text)];
        assert_eq!(
            blocks,
            [
                Block::Heading(1, regular("T")),
                Block::Paragraph(vec![Span::regular("a "), Span::bold("b")]),
                Block::Note(regular("small")),
                Block::List(vec![regular("x"), regular("y")], false),
                Block::Qr {
                    content: "https://a.b/c".into(),
                    alt: "scan".into(),
                    beside: regular("beside"),
                },
            ]
        );
    }

    #[test]
    fn a_table_may_have_no_head() {
        let [Block::Table { head, rows, right }] = &blocks("|||\n|---|--:|\n|a|1|\n").unwrap()[..]
        else {
            panic!("no table")
        };
        assert!(head.is_empty() && rows.len() == 1 && *right == [false, true]);
    }

    #[test]
    fn pictures_from_elsewhere_are_refused() {
        for address in ["https://example.com/a.png", "/etc/passwd", "file:///etc/passwd"] {
            assert!(matches!(blocks(&format!("![a]({address})")), Err(Error::Content(_))));
        }
    }
}
