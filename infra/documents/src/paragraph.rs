//! Breaks text into lines.

use crate::{
    block::Span,
    font::{Fonts, Shaped},
};

/// A line of text; widths are parts of the font size.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pub(crate) runs: Vec<Shaped>,
}

impl Line {
    pub(crate) fn width_in_ems(&self) -> f32 {
        self.runs.iter().map(Shaped::width_in_ems).sum()
    }
}

/// The lines of a text that are no wider than `width`, as parts of the font size.
pub(crate) fn lines(fonts: &Fonts, spans: &[Span], width: f32) -> Vec<Line> {
    let mut breaker = Breaker { fonts, width, used: 0.0, line: Vec::new(), lines: Vec::new() };
    for word in words(spans) {
        breaker.add(&word);
    }
    breaker.finish();
    breaker.lines
}

/// The widest word, and the whole text on one line, as parts of the font size.
pub(crate) fn min_and_max_ems(fonts: &Fonts, spans: &[Span]) -> (f32, f32) {
    let width = |word: &Vec<Span>| -> f32 {
        word.iter().map(|part| fonts.width_in_ems(part.text.trim_end(), part.bold)).sum()
    };
    let words = words(spans);
    let widest = words.iter().map(width).fold(0.0, f32::max);
    let whole = words.iter().flatten().map(|part| fonts.width_in_ems(&part.text, part.bold)).sum();
    (widest, whole)
}

/// What must not be broken, with the spaces behind it.
fn words(spans: &[Span]) -> Vec<Vec<Span>> {
    let mut words = vec![vec![]];
    for span in spans {
        for part in span.text.split_inclusive([' ', '\n']) {
            let ends = part.ends_with([' ', '\n']);
            if let Some(word) = words.last_mut() {
                word.push(Span { text: part.to_owned(), bold: span.bold });
            }
            if ends {
                words.push(vec![]);
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

struct Breaker<'a> {
    fonts: &'a Fonts,
    width: f32,
    used: f32,
    line: Vec<Span>,
    lines: Vec<Line>,
}

impl Breaker<'_> {
    fn add(&mut self, word: &[Span]) {
        let visible: f32 =
            word.iter().map(|part| self.measure(part.text.trim_end(), part.bold)).sum();
        if self.used + visible > self.width && !self.line.is_empty() {
            self.finish();
        }
        for part in word {
            if visible > self.width {
                self.add_broken(part);
            } else {
                self.push(&part.text, part.bold);
            }
        }
        if word.last().is_some_and(|part| part.text.ends_with('\n')) {
            self.finish();
        }
    }

    /// Adds a part of a word that is longer than a line, broken anywhere.
    fn add_broken(&mut self, part: &Span) {
        let mut piece = String::new();
        for character in part.text.chars() {
            let mut longer = piece.clone();
            longer.push(character);
            let fits = self.used + self.measure(longer.trim_end(), part.bold) <= self.width;
            let begun = !piece.is_empty() || !self.line.is_empty();
            if begun && !fits {
                self.push(&piece, part.bold);
                self.finish();
                longer = character.to_string();
            }
            piece = longer;
        }
        self.push(&piece, part.bold);
    }

    fn measure(&self, text: &str, bold: bool) -> f32 {
        self.fonts.width_in_ems(text, bold)
    }

    fn push(&mut self, text: &str, bold: bool) {
        self.used += self.measure(text, bold);
        match self.line.last_mut() {
            Some(last) if last.bold == bold => last.text.push_str(text),
            _ => self.line.push(Span { text: text.to_owned(), bold }),
        }
    }

    fn finish(&mut self) {
        let mut spans = std::mem::take(&mut self.line);
        self.used = 0.0;
        // A reader that joins the lines needs the space between their words; it is not seen.
        if spans.is_empty() {
            return;
        }
        if let Some(last) = spans.last_mut() {
            last.text.truncate(last.text.trim_end_matches('\n').len());
        }
        let runs = spans.iter().map(|span| self.fonts.shape(&span.text, span.bold)).collect();
        self.lines.push(Line { runs });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, width: f32) -> Vec<String> {
        let fonts = Fonts::load().unwrap();
        let lines = lines(&fonts, &[Span::regular(text)], width);
        assert!(
            lines.iter().all(|line| line.width_in_ems() <= width + 0.3),
            "a space may hang over"
        );
        let text = |line: &Line| line.runs.iter().map(|run| run.text.as_str()).collect();
        lines.iter().map(text).collect()
    }

    #[test]
    fn lines_end_between_words_and_keep_everything() {
        let text = "Лицензия действительна до 31 декабря, Übermaß inbegriffen";
        let lines = broken(text, 12.0);
        assert!(lines.len() > 1 && lines.iter().rev().skip(1).all(|line| line.ends_with(' ')));
        assert_eq!(lines.concat(), text);
    }

    #[test]
    fn a_word_that_is_too_long_is_broken() {
        let lines = broken(&"abcdefghij".repeat(5), 6.0);
        assert!(lines.len() > 3);
        assert_eq!(lines.concat(), "abcdefghij".repeat(5));
        assert!(broken("", 5.0).is_empty());
    }

    #[test]
    fn what_the_fonts_lack_is_replaced() {
        assert_eq!(broken("a\u{1F600}\u{7}b", 50.0), ["a\u{FFFD} b"]);
    }
}
