//! Progress as people like to see it, on standard error. Where that is no terminal, nothing.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over a number of things, with rate and the time left.
pub(crate) fn bar(total: u64, things: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total).with_message(things);
    let looks = "{bar:32} {percent:>3} %  {human_pos} of {human_len} {msg}, {per_sec}, {eta} left";
    match ProgressStyle::with_template(looks) {
        Ok(style) => bar.with_style(style.progress_chars("━╸─")),
        Err(_) => bar,
    }
}
