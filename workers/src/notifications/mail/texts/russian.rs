//! The texts of mails in Russian.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use chrono_tz::Tz;
use domain::{Language, organizations::membership::Rank};

use super::{
    super::content::{
        AppointmentMail, AppointmentNotice, MailContent, MembershipInvitation, name_with_number,
    },
    labels::{Labels, appointment_text},
};

pub(super) fn russian(content: &MailContent, zone: Tz) -> (String, String) {
    let date = |moment: DateTime<Utc>| russian_date(moment.with_timezone(&zone).naive_local());
    match content {
        MailContent::LicenseExpiring { product, until } => (
            format!("{product}: срок лицензии скоро истекает"),
            format!("Ваша лицензия на {product} действует до {}.", date(*until)),
        ),
        MailContent::LicenseExpired { product, until } => (
            format!("{product}: срок лицензии истёк"),
            format!("Срок Вашей лицензии на {product} истёк {}.", date(*until)),
        ),
        MailContent::Appointment(mail) => appointment(mail),
        MailContent::GuestCode { code } => (
            format!("{code} — Ваш код"),
            format!(
                "Введите этот код в течение 30 минут на странице записи:

{code}

\
                 Если Вы никуда не записывались, ничего делать не нужно."
            ),
        ),
        MailContent::IssueCommented { number } => {
            let issue = name_with_number("Обращение", *number);
            (format!("{issue}: новый комментарий"), "Появился новый комментарий.".into())
        }
        MailContent::IssueResolved { number } => {
            let issue = name_with_number("Обращение", *number);
            let text = "Обращение решено. Комментарий в течение 14 дней откроет его снова.";
            (format!("{issue}: решено"), text.into())
        }
        MailContent::Export { completed } => export(*completed),
        MailContent::Announcement { title, text } => (title.clone(), text.clone()),
        MailContent::EmailVerification { .. } => (
            "Подтвердите, пожалуйста, Ваш адрес".into(),
            "Перейдите по этой ссылке в течение 24 часов, чтобы подтвердить адрес и выбрать пароль. \
             Если Вы не регистрировались, ничего делать не нужно."
                .into(),
        ),
        MailContent::PasswordReset { .. } => (
            "Ваш новый пароль".into(),
            "Перейдите по этой ссылке в течение 30 минут, чтобы выбрать новый пароль. Если Вы об \
             этом не просили, ничего делать не нужно."
                .into(),
        ),
        MailContent::PasswordChanged => (
            "Ваш пароль изменён".into(),
            "Ваш пароль изменён, и все Ваши сеансы завершены. Если это сделали не Вы, сейчас же \
             выберите новый."
                .into(),
        ),
        MailContent::SecondFactorReset => (
            "Ваш второй фактор сброшен".into(),
            "Администратор удалил Ваше приложение-аутентификатор и ключи доступа, потому что они \
             были названы утерянными, и все Ваши сеансы завершены. Войдите и подключите новый. Если \
             Вы об этом не просили, сейчас же выберите новый пароль и сообщите нам."
                .into(),
        ),
        MailContent::EmailChange { .. } => (
            "Подтвердите, пожалуйста, Ваш новый адрес".into(),
            "Перейдите по этой ссылке в течение 24 часов, и с этого момента Вы будете входить с этим \
             адресом. Если Вы об этом не просили, ничего делать не нужно."
                .into(),
        ),
        MailContent::EmailChangeRequested => (
            "Другой адрес для Вашей учётной записи".into(),
            "Некто, знающий Ваш пароль, попросил заменить этот адрес другим, и туда отправлена \
             ссылка. Если это были не Вы, сейчас же выберите новый пароль."
                .into(),
        ),
        MailContent::SessionReused => (
            "Мы завершили Ваш сеанс".into(),
            "Ключ одного из Ваших сеансов был использован второй раз, поэтому мы завершили этот \
             сеанс. Если Вы видите здесь чужие сеансы, завершите их и смените пароль."
                .into(),
        ),
        MailContent::StreamParked { stream } => (
            "Требуется Ваше внимание".into(),
            format!(
                "Один элемент ({stream}) не удалось обработать, и он ждёт. Всё остальное работает. \
                 Здесь Вы видите причину и можете повторить попытку."
            ),
        ),
        MailContent::PurchaseConflict => (
            "Два сообщения системы закупок противоречат друг другу".into(),
            "Система закупок отправила сообщение с идентификатором более раннего, но с другим \
             содержанием. Оно не применено и ждёт решения."
                .into(),
        ),
        MailContent::Invitation(invited) => invitation(invited),
    }
}

fn export(completed: bool) -> (String, String) {
    if completed {
        (
            "Ваш экспорт готов".into(),
            "Запрошенный Вами список готов в виде файла. Его можно получить здесь в течение \
             нескольких дней; сам файл в письмах не пересылается."
                .into(),
        )
    } else {
        (
            "Экспорт не удался".into(),
            "Запрошенный Вами список не удалось подготовить в виде файла. Здесь видно, \
             почему."
                .into(),
        )
    }
}

fn invitation(invited: &MembershipInvitation) -> (String, String) {
    let MembershipInvitation { inviter, cabinet, role, .. } = invited;
    let role = match role {
        Rank::ClientUser => "участник",
        Rank::ClientAdmin => "администратор",
    };
    let who = match inviter {
        Some(inviter) => format!("{inviter} приглашает Вас"),
        None => "Вас приглашают".into(),
    };
    let text = format!(
        "{who} к совместной работе: {cabinet}. Ваша роль: {role}. Ссылка действует семь дней, и один \
         раз."
    );
    (format!("{cabinet}: приглашение"), text)
}

const LABELS: Labels = Labels {
    language: Language::Ru,
    with: "Мастер:",
    price: "Цена:",
    from: "от",
    reason: "Причина:",
    guide: "Здесь запись можно посмотреть, перенести или отменить:",
};

fn appointment(mail: &AppointmentMail) -> (String, String) {
    let when = russian_date(mail.details.plan.start.local);
    let (subject, what) = match mail.notice {
        AppointmentNotice::Booked { pending: false } => {
            (format!("Ваша запись на {when}"), "Вы записаны.")
        }
        AppointmentNotice::Booked { pending: true } => {
            (format!("Ваша запись на {when}"), "Спасибо за запись. Скоро мы её подтвердим.")
        }
        AppointmentNotice::Confirmed => {
            (format!("Ваша запись на {when} подтверждена"), "Ваша запись подтверждена.")
        }
        AppointmentNotice::Declined => (
            format!("Запись на {when} не удалось подтвердить"),
            "К сожалению, Вашу запись не удалось подтвердить.",
        ),
        AppointmentNotice::Rescheduled => (
            format!("Ваша запись перенесена на {when}"),
            "Ваша запись перенесена. Теперь она такая:",
        ),
        AppointmentNotice::Cancelled => {
            (format!("Ваша запись на {when} отменена"), "Ваша запись отменена.")
        }
        AppointmentNotice::Reminder => {
            (format!("Напоминание: Ваша запись на {when}"), "Напоминаем о Вашей записи.")
        }
    };
    (subject, appointment_text(what, mail, &when, &LABELS))
}

fn russian_date(local: NaiveDateTime) -> String {
    const MONTHS: [&str; 12] = [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ];
    let month = MONTHS[local.month0() as usize];
    format!("{} {month} {} г., {}", local.day(), local.year(), local.format("%H:%M"))
}
