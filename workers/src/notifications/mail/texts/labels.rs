//! The lines of a mail about an appointment, which are the same in every language.

use commands::scheduling::AppointmentDetails;
use domain::Language;

use super::super::content::AppointmentMail;

/// What the lines of a mail about an appointment are called in a language.
pub(super) struct Labels {
    pub(super) language: Language,
    pub(super) with: &'static str,
    pub(super) price: &'static str,
    /// Before the least that a price may come to.
    pub(super) from: &'static str,
    pub(super) reason: &'static str,
    /// Before the link by which it is seen, moved and called off.
    pub(super) guide: &'static str,
}

/// A text about an appointment: what happened, then what, when, with whom and for how much it is.
pub(super) fn appointment_text(
    what: &str,
    mail: &AppointmentMail,
    when: &str,
    labels: &Labels,
) -> String {
    let AppointmentDetails { service, people, price, price_from, plan, .. } = &mail.details;
    let mut lines = vec![service.clone(), format!("{when} ({})", plan.start.zone)];
    if !people.is_empty() {
        lines.push(format!("{} {}", labels.with, people.join(", ")));
    }
    if let Some(price) = price {
        let from = if *price_from { format!("{} ", labels.from) } else { String::new() };
        lines.push(format!("{} {from}{}", labels.price, price.written_in(labels.language)));
    }
    lines.extend(mail.reason.as_ref().map(|reason| format!("{} {reason}", labels.reason)));
    let guide = if mail.changeable { format!("\n\n{}", labels.guide) } else { String::new() };
    format!("{what}\n\n{}{guide}", lines.join("\n"))
}
