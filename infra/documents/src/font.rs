//! The two fonts of all documents: shaping and measuring of text.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Face, GlyphBuffer, GlyphPosition, Script, ShapePlan, UnicodeBuffer};

use crate::Error;

/// Noto Sans (SIL Open Font License 1.1), with Latin, Greek and Cyrillic letters.
const REGULAR: &[u8] = include_bytes!("../fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/NotoSans-Bold.ttf");
/// Stands for what the fonts lack.
const REPLACEMENT: char = '\u{FFFD}';

pub(crate) struct Fonts {
    regular: Weight,
    bold: Weight,
}

/// A font for shaping and for writing.
struct Weight {
    face: Face<'static>,
    font: Font,
    /// How each script is shaped: finding that out takes longer than shaping a word.
    plans: RefCell<HashMap<Script, Rc<ShapePlan>>>,
    /// The widths of words, which repeat themselves, as parts of the font size.
    widths: RefCell<HashMap<String, f32>>,
}

/// Text with its glyphs; their widths are parts of the font size.
#[derive(Debug, Clone)]
pub(crate) struct Shaped {
    pub(crate) text: String,
    pub(crate) bold: bool,
    pub(crate) glyphs: Vec<KrillaGlyph>,
}

impl Shaped {
    pub(crate) fn width_in_ems(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.x_advance).sum()
    }
}

impl Fonts {
    pub(crate) fn load() -> Result<Self, Error> {
        Ok(Self { regular: Weight::load(REGULAR)?, bold: Weight::load(BOLD)? })
    }

    fn weight(&self, bold: bool) -> &Weight {
        if bold { &self.bold } else { &self.regular }
    }

    pub(crate) fn font(&self, bold: bool) -> Font {
        self.weight(bold).font.clone()
    }

    /// The width of a word, as a part of the font size.
    pub(crate) fn width_in_ems(&self, word: &str, bold: bool) -> f32 {
        let widths = &self.weight(bold).widths;
        let known = widths.borrow().get(word).copied();
        known.unwrap_or_else(|| {
            let width = self.shape(word, bold).width_in_ems();
            widths.borrow_mut().insert(word.to_owned(), width);
            width
        })
    }

    /// The glyphs of a text, from left to right.
    pub(crate) fn shape(&self, text: &str, bold: bool) -> Shaped {
        let weight = self.weight(bold);
        let text: String = text.chars().map(|character| weight.known(character)).collect();
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text);
        buffer.guess_segment_properties();
        let plan = weight.plan(&buffer);
        let glyphs = weight.glyphs(&rustybuzz::shape_with_plan(&weight.face, &plan, buffer), &text);
        Shaped { text, bold, glyphs }
    }
}

impl Weight {
    fn load(data: &'static [u8]) -> Result<Self, Error> {
        let broken = || Error::Pdf("an embedded font cannot be read".into());
        let face = Face::from_slice(data, 0).ok_or_else(broken)?;
        let font = Font::new(data.into(), 0).ok_or_else(broken)?;
        Ok(Self { face, font, plans: RefCell::default(), widths: RefCell::default() })
    }

    /// A character of the font in the place of one that it lacks.
    fn known(&self, character: char) -> char {
        match character {
            control if control.is_control() => ' ',
            // Glyph 0 stands for what is missing; fonts name it for U+FFFF.
            known if self.face.glyph_index(known).is_some_and(|glyph| glyph.0 != 0) => known,
            _ => REPLACEMENT,
        }
    }

    fn glyphs(&self, shaped: &GlyphBuffer, text: &str) -> Vec<KrillaGlyph> {
        let em = self.font.units_per_em();
        let part = |units: i32| f32::from(i16::try_from(units).unwrap_or_default()) / em;
        let infos = shaped.glyph_infos();
        let glyph = |(index, position): (usize, &GlyphPosition)| {
            let start = infos[index].cluster;
            // A cluster of characters may have several glyphs.
            let next = infos[index..].iter().map(|info| info.cluster).find(|next| *next > start);
            let end = next.map_or(text.len(), |next| next as usize);
            KrillaGlyph::new(
                GlyphId::new(infos[index].glyph_id),
                part(position.x_advance),
                part(position.x_offset),
                part(position.y_offset),
                part(position.y_advance),
                start as usize..end,
                None,
            )
        };
        shaped.glyph_positions().iter().enumerate().map(glyph).collect()
    }

    fn plan(&self, buffer: &UnicodeBuffer) -> Rc<ShapePlan> {
        let (direction, script) = (buffer.direction(), buffer.script());
        let plan = || Rc::new(ShapePlan::new(&self.face, direction, Some(script), None, &[]));
        self.plans.borrow_mut().entry(script).or_insert_with(plan).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_font_lacks_is_replaced() {
        let fonts = Fonts::load().unwrap();
        for missing in ['\u{ffff}', '\u{4e00}', '\u{10ffff}'] {
            let shaped = fonts.shape(&format!("a{missing}"), false);
            assert_eq!(shaped.text, "a\u{fffd}");
            assert!(shaped.glyphs.iter().all(|glyph| glyph.glyph_id != GlyphId::new(0)));
        }
    }
}
