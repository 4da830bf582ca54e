//! Progress bars on standard error; hidden if that is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar up to `total` things, with rate and remaining time.
pub(crate) fn progress_bar(total: u64, things: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total).with_message(things);
    let template =
        "{bar:32} {percent:>3} %  {human_pos} of {human_len} {msg}, {per_sec}, {eta} left";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("━╸─")),
        Err(_) => bar,
    }
}
