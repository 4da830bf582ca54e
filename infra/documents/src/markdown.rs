//! Reads Markdown: headings, paragraphs, lists, tables, rules, small print (`>`), and QR codes as pictures. What
//! no document can show is refused: nothing that somebody wrote is left out.

use pulldown_cmark::{Alignment, Event, LinkType, Options, Parser, Tag, TagEnd};

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
    in_item: bool,
    in_table: bool,
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
            Event::End(tag) => self.end(tag)?,
            Event::Text(text) => {
                self.spans.push(Span { text: text.into_string(), bold: self.bold });
            }
            Event::Code(_) => return refused("code: leave the backticks out"),
            Event::Html(_) | Event::InlineHtml(_) => return refused("HTML: write \\< for <"),
            Event::SoftBreak => self.spans.push(Span { text: " ".into(), bold: self.bold }),
            Event::HardBreak => self.spans.push(Span { text: "\n".into(), bold: self.bold }),
            Event::Rule => self.blocks.push(Block::Rule),
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), Error> {
        let is_first_text = matches!(tag, Tag::Paragraph) && self.spans.is_empty();
        if self.in_item && !is_inline(tag) && !is_first_text {
            return refused("anything but one paragraph in an item of a list");
        }
        match tag {
            Tag::Strong => self.bold = true,
            Tag::BlockQuote(_) => self.quotes += 1,
            Tag::CodeBlock(_) => {
                return refused("code: leave the backticks and the indentation out");
            }
            Tag::HtmlBlock => return refused("HTML: write \\< for <"),
            Tag::Link { link_type, .. } if *link_type != LinkType::Autolink => {
                return refused("a link: write the address itself");
            }
            Tag::List(Some(first)) if *first != 1 => {
                return refused("a list that is not numbered from 1");
            }
            Tag::Item => self.in_item = true,
            Tag::Table(alignments) => {
                self.in_table = true;
                self.right = alignments.iter().map(|to| *to == Alignment::Right).collect();
            }
            Tag::Image { dest_url, .. } => {
                let content = dest_url.strip_prefix(QR).ok_or_else(|| {
                    Error::Content(format!("the only pictures are QR codes, as in ![…]({QR}…)"))
                })?;
                if self.in_item || self.in_table || self.qr.is_some() || self.code.is_some() {
                    return refused("a QR code but in a paragraph of its own");
                }
                self.qr = Some((content.to_owned(), self.spans.len()));
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd) -> Result<(), Error> {
        match tag {
            TagEnd::Strong => self.bold = false,
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::Heading(level) => {
                let spans = self.take_spans();
                if crate::block::plain(&spans).trim().is_empty() || self.code.is_some() {
                    return refused("a heading without text");
                }
                self.blocks.push(Block::Heading(level as u8, spans));
            }
            TagEnd::Paragraph if !self.in_item => self.end_paragraph(),
            TagEnd::Item => {
                self.in_item = false;
                let item = self.take_spans();
                self.items.push(item);
            }
            TagEnd::List(numbered) => {
                self.blocks.push(Block::List(std::mem::take(&mut self.items), numbered));
            }
            TagEnd::Image => self.end_image()?,
            TagEnd::TableCell => {
                let cell = self.take_spans();
                self.cells.push(cell);
            }
            TagEnd::TableHead => self.head = std::mem::take(&mut self.cells),
            TagEnd::TableRow => self.rows.push(std::mem::take(&mut self.cells)),
            TagEnd::Table => {
                self.in_table = false;
                self.end_table();
            }
            _ => {}
        }
        Ok(())
    }

    fn take_spans(&mut self) -> Vec<Span> {
        std::mem::take(&mut self.spans)
    }

    fn end_image(&mut self) -> Result<(), Error> {
        if let Some((content, start)) = self.qr.take() {
            let alt = self.spans.split_off(start.min(self.spans.len()));
            let alt = crate::block::plain(&alt);
            if alt.trim().is_empty() {
                return refused("a QR code without a description, as in ![description](qr:…)");
            }
            self.code = Some((content, alt));
        }
        Ok(())
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

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::Strong | Tag::Emphasis | Tag::Link { .. } | Tag::Image { .. })
}

fn refused(what: &str) -> Result<(), Error> {
    Err(Error::Content(format!("a document cannot show {what}")))
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
    fn items_of_a_loose_list_keep_their_bullets() {
        let item = |text: &str| vec![Span::regular(text)];
        assert_eq!(
            blocks("- a\n\n- b\n").unwrap(),
            [Block::List(vec![item("a"), item("b")], false)]
        );
    }

    #[test]
    fn what_cannot_be_shown_is_refused() {
        for text in [
            "a\n\n```\nb\n```\n",
            "a `b`",
            "<p>a</p>",
            "a <b>b</b>",
            "[a](https://a.b)",
            "- a\n  - b\n",
            "- a\n\n  b\n",
            "- # a\n",
            "5. a\n",
            "- ![scan](qr:a) b\n",
            "|a|\n|---|\n|![scan](qr:a)|\n",
            "![scan](qr:a) ![scan](qr:b)",
            "![](qr:a)",
            "#\n",
        ] {
            assert!(matches!(blocks(text), Err(Error::Content(_))), "{text}");
        }
    }

    #[test]
    fn pictures_from_elsewhere_are_refused() {
        for address in ["https://example.com/a.png", "/etc/passwd", "file:///etc/passwd"] {
            assert!(matches!(blocks(&format!("![a]({address})")), Err(Error::Content(_))));
        }
    }
}
