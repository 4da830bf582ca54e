//! What a document consists of, before it has pages.

/// A part of a document that begins on a line of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    /// From level 1, the title, to 6.
    Heading(u8, Vec<Span>),
    Paragraph(Vec<Span>),
    /// Small print.
    Note(Vec<Span>),
    /// Its items; whether they are numbered.
    List(Vec<Vec<Span>>, bool),
    /// Without a head, the first cell of each row is what its row is called.
    Table {
        head: Vec<Vec<Span>>,
        rows: Vec<Vec<Vec<Span>>>,
        right: Vec<bool>,
    },
    Rule,
    /// A QR code of `content`, described by `alt`, and what stands beside it.
    Qr {
        content: String,
        alt: String,
        beside: Vec<Span>,
    },
}

/// Text of one weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) bold: bool,
}

impl Span {
    pub(crate) fn regular(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: false }
    }

    pub(crate) fn bold(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: true }
    }
}

/// The text of all spans.
pub(crate) fn plain(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}
