//! The texts of mails in French.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use chrono_tz::Tz;
use domain::{Language, organizations::membership::Rank};

use super::{
    super::content::{
        AppointmentMail, AppointmentNotice, MailContent, MembershipInvitation, name_with_number,
    },
    labels::{Labels, appointment_text},
};

pub(super) fn french(content: &MailContent, zone: Tz) -> (String, String) {
    let date = |moment: DateTime<Utc>| french_date(moment.with_timezone(&zone).naive_local());
    match content {
        MailContent::LicenseExpiring { product, until } => (
            format!("{product} : votre licence expire bientôt"),
            format!("votre licence pour {product} est valable jusqu’au {}.", date(*until)),
        ),
        MailContent::LicenseExpired { product, until } => (
            format!("{product} : votre licence a expiré"),
            format!("votre licence pour {product} a expiré le {}.", date(*until)),
        ),
        MailContent::Appointment(mail) => appointment(mail),
        MailContent::GuestCode { code } => (
            format!("{code} est votre code"),
            format!(
                "veuillez saisir ce code dans les 30 minutes sur la page où vous réservez :

\
                 {code}

Si vous ne réservez rien, il n’y a rien à faire."
            ),
        ),
        MailContent::IssueCommented { number } => {
            let issue = name_with_number("Demande", *number);
            (format!("{issue} : un nouveau commentaire"), "il y a un nouveau commentaire.".into())
        }
        MailContent::IssueResolved { number } => {
            let issue = name_with_number("Demande", *number);
            let text = "la demande est résolue. Un commentaire dans les 14 jours la rouvre.";
            (format!("{issue} : résolue"), text.into())
        }
        MailContent::Export { completed } => export(*completed),
        MailContent::Announcement { title, text } => (title.clone(), text.clone()),
        MailContent::EmailVerification { .. } => (
            "Veuillez confirmer votre adresse".into(),
            "suivez ce lien dans les 24 heures pour confirmer votre adresse et choisir un mot de \
             passe. Si vous n’avez pas créé de compte, il n’y a rien à faire."
                .into(),
        ),
        MailContent::PasswordReset { .. } => (
            "Votre nouveau mot de passe".into(),
            "suivez ce lien dans les 30 minutes pour choisir un nouveau mot de passe. Si vous ne \
             l’avez pas demandé, il n’y a rien à faire."
                .into(),
        ),
        MailContent::PasswordChanged => (
            "Votre mot de passe a été changé".into(),
            "votre mot de passe a été changé, et toutes vos sessions ont été fermées. Si ce n’était \
             pas vous, choisissez-en un nouveau immédiatement."
                .into(),
        ),
        MailContent::SecondFactorReset => (
            "Votre second facteur a été réinitialisé".into(),
            "l’administration a retiré votre application d’authentification et vos clés d’accès, \
             signalées comme perdues, et toutes vos sessions ont été fermées. Connectez-vous et \
             enregistrez-en un nouveau. Si vous ne l’avez pas demandé, choisissez immédiatement un \
             nouveau mot de passe et prévenez-nous."
                .into(),
        ),
        MailContent::EmailChange { .. } => (
            "Veuillez confirmer votre nouvelle adresse".into(),
            "suivez ce lien dans les 24 heures, et vous vous connecterez désormais avec cette \
             adresse. Si vous ne l’avez pas demandé, il n’y a rien à faire."
                .into(),
        ),
        MailContent::EmailChangeRequested => (
            "Une autre adresse pour votre compte".into(),
            "une personne qui connaît votre mot de passe a demandé qu’une autre adresse remplace \
             celle-ci, et un lien y a été envoyé. Si ce n’était pas vous, choisissez immédiatement \
             un nouveau mot de passe."
                .into(),
        ),
        MailContent::SessionReused => (
            "Nous vous avons déconnecté".into(),
            "une clé d’une de vos sessions a été utilisée une seconde fois ; nous avons donc fermé \
             cette session. Si vous voyez ici des sessions qui ne sont pas les vôtres, fermez-les et \
             changez votre mot de passe."
                .into(),
        ),
        MailContent::StreamParked { stream } => (
            "Quelque chose vous attend".into(),
            format!(
                "un élément ({stream}) n’a pas pu être traité et attend. Tout le reste continue. \
                 Vous voyez ici pourquoi, et pouvez relancer le traitement."
            ),
        ),
        MailContent::PurchaseConflict => (
            "Deux messages d’un système d’achat se contredisent".into(),
            "un système d’achat a envoyé un message portant l’identifiant d’un message précédent, \
             mais d’un autre contenu. Il n’a pas été appliqué et attend une décision."
                .into(),
        ),
        MailContent::Invitation(invited) => invitation(invited),
    }
}

fn export(completed: bool) -> (String, String) {
    if completed {
        (
            "Votre export est prêt".into(),
            "la liste que vous avez demandée est prête sous forme de fichier. Vous l’obtenez \
             ici pendant quelques jours ; le fichier lui-même n’est dans aucun courriel."
                .into(),
        )
    } else {
        (
            "Votre export a échoué".into(),
            "la liste que vous avez demandée n’a pas pu être préparée sous forme de fichier. \
             Vous voyez ici pourquoi."
                .into(),
        )
    }
}

fn invitation(invited: &MembershipInvitation) -> (String, String) {
    let MembershipInvitation { inviter, cabinet, role, .. } = invited;
    let role = match role {
        Rank::ClientUser => "membre",
        Rank::ClientAdmin => "administration",
    };
    let what = match inviter {
        Some(inviter) => format!("{inviter} vous invite à travailler avec {cabinet}"),
        None => format!("on vous invite à travailler avec {cabinet}"),
    };
    let text =
        format!("{what} (rôle : {role}). Le lien est valable sept jours, et une seule fois.");
    (format!("{cabinet} : invitation"), text)
}

const LABELS: Labels = Labels {
    language: Language::Fr,
    with: "Avec :",
    price: "Prix :",
    from: "dès",
    reason: "Motif :",
    guide: "Vous pouvez le consulter, le déplacer ou l’annuler ici :",
};

fn appointment(mail: &AppointmentMail) -> (String, String) {
    let when = french_date(mail.details.plan.start.local);
    let (subject, what) = match mail.notice {
        AppointmentNotice::Booked { pending: false } => {
            (format!("Votre rendez-vous du {when}"), "votre rendez-vous est réservé.")
        }
        AppointmentNotice::Booked { pending: true } => (
            format!("Votre rendez-vous du {when}"),
            "merci de votre réservation. Nous la confirmerons bientôt.",
        ),
        AppointmentNotice::Confirmed => {
            (format!("Votre rendez-vous du {when} est confirmé"), "votre rendez-vous est confirmé.")
        }
        AppointmentNotice::Declined => (
            format!("Votre rendez-vous du {when} n’a pas pu être confirmé"),
            "nous sommes désolés : votre rendez-vous n’a pas pu être confirmé.",
        ),
        AppointmentNotice::Rescheduled => (
            format!("Votre rendez-vous est déplacé au {when}"),
            "votre rendez-vous est déplacé. Le voici désormais :",
        ),
        AppointmentNotice::Cancelled => {
            (format!("Votre rendez-vous du {when} est annulé"), "votre rendez-vous est annulé.")
        }
        AppointmentNotice::Reminder => (
            format!("Rappel : votre rendez-vous du {when}"),
            "nous vous rappelons votre rendez-vous.",
        ),
    };
    (subject, appointment_text(what, mail, &when, &LABELS))
}

fn french_date(local: NaiveDateTime) -> String {
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let month = MONTHS[local.month0() as usize];
    let day = if local.day() == 1 { "1er".to_owned() } else { local.day().to_string() };
    format!("{day} {month} {} à {}", local.year(), local.format("%H:%M"))
}
