//! A text as a QR code.

use std::fmt::Write;

use qrcode::{Color, QrCode};

/// How many modules around it stay light (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// An SVG image of the code: dark on light in every colour scheme, as apps read it.
pub(super) fn svg(text: &str) -> anyhow::Result<String> {
    let code = QrCode::new(text)?;
    let (width, modules) = (code.width(), code.to_colors());
    let side = width + 2 * QUIET_ZONE;
    let mut path = String::new();
    for (y, row) in modules.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(PartialEq::eq) {
            let length = run.len();
            if run.first() == Some(&Color::Dark) {
                let (left, top) = (x + QUIET_ZONE, y + QUIET_ZONE);
                write!(path, "M{left} {top}h{length}v1h-{length}z")?;
            }
            x += length;
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_corners_and_space_around_them() {
        let image = svg("otpauth://totp/Salon:anna@example.com?secret=JBSWY3DPEHPK3PXP").unwrap();
        let side = image.split("viewBox=\"0 0 ").nth(1).and_then(|rest| rest.split(' ').next());
        let side: usize = side.unwrap().parse().unwrap();
        for (x, y) in [(4, 4), (side - 11, 4), (4, side - 5)] {
            assert!(image.contains(&format!("M{x} {y}h7v1h-7z")), "{x} {y}: {image}");
        }
    }
}
