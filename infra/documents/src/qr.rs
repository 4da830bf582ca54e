//! QR codes as rectangles.

use krilla::geom::{Path, PathBuilder, Rect};
use qrcode::{Color, QrCode};

use crate::{Error, layout::count_to_f32};

/// The dark modules of a code of `side` points, the upper left corner of which is at `x`, `y`. What is around it
/// must stay light for four modules.
pub(crate) fn path(content: &str, (x, y): (f32, f32), side: f32) -> Result<Path, Error> {
    let code = QrCode::new(content)
        .map_err(|why| Error::Content(format!("that is no content for a QR code: {why}")))?;
    let (width, modules) = (code.width(), code.to_colors());
    let size = side / count_to_f32(width);
    let mut path = PathBuilder::new();
    for (row, modules) in modules.chunks(width).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(PartialEq::eq) {
            let (left, top) = (x + count_to_f32(column) * size, y + count_to_f32(row) * size);
            let module = Rect::from_xywh(left, top, count_to_f32(run.len()) * size, size);
            if let (Some(Color::Dark), Some(module)) = (run.first(), module) {
                path.push_rect(module);
            }
            column += run.len();
        }
    }
    path.finish().ok_or_else(|| Error::Pdf("a QR code without modules".into()))
}
