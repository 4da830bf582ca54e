//! The phrases of booking, and of the appointment that was booked.

use crate::site::language::Phrase;

pub(crate) const CHOOSE_SERVICE: Phrase =
    ["What may it be?", "Was darf es sein?", "Что вас интересует?", "Que souhaitez-vous ?"];
pub(crate) const NOTHING_OFFERED: Phrase = [
    "Nothing can be booked here at the moment.",
    "Im Moment kann hier nichts gebucht werden.",
    "Сейчас здесь нельзя записаться.",
    "Rien ne peut être réservé ici pour le moment.",
];
pub(crate) const OTHER_SERVICE: Phrase = [
    "Choose something else",
    "Etwas anderes wählen",
    "Выбрать другую услугу",
    "Choisir une autre prestation",
];
pub(crate) const WITH_WHOM: Phrase = ["With whom?", "Bei wem?", "К кому?", "Avec qui ?"];
/// Before a name.
pub(crate) const WITH: Phrase = ["with", "bei", "мастер:", "avec"];
pub(crate) const ANYBODY: Phrase =
    ["Whoever is free", "Wer frei ist", "Кто свободен", "Qui est libre"];
pub(crate) const WHEN: Phrase = ["When?", "Wann?", "Когда?", "Quand ?"];
pub(crate) const NOTHING_FREE: Phrase = [
    "Nothing is free in these days.",
    "In diesen Tagen ist nichts frei.",
    "В эти дни всё занято.",
    "Rien n’est libre ces jours-ci.",
];
pub(crate) const LATER: Phrase =
    ["Later days", "Spätere Tage", "Более поздние дни", "Jours suivants"];
pub(crate) const EARLIER: Phrase =
    ["Earlier days", "Frühere Tage", "Более ранние дни", "Jours précédents"];
/// Before a zone.
pub(crate) const LOCAL_TIME_ZONE: Phrase =
    ["Times of the place:", "Ortszeit:", "Местное время:", "Heure locale :"];
pub(crate) const CONTACT_TITLE: Phrase =
    ["Who are you?", "Wer sind Sie?", "Как с вами связаться?", "Qui êtes-vous ?"];
pub(crate) const CONTACT_LEAD: Phrase = [
    "We keep the time free for you and send a code to your address. You need no account.",
    "Wir halten die Zeit für Sie frei und schicken einen Code an Ihre Adresse. Ein Konto brauchen Sie \
     nicht.",
    "Мы придержим это время и пришлём код на ваш адрес. Учётная запись не нужна.",
    "Nous vous réservons ce créneau et envoyons un code à votre adresse. Aucun compte n’est nécessaire.",
];
pub(crate) const CONTINUE: Phrase = ["Continue", "Weiter", "Продолжить", "Continuer"];
pub(crate) const OTHER_TIME: Phrase = [
    "Choose another time",
    "Eine andere Zeit wählen",
    "Выбрать другое время",
    "Choisir un autre créneau",
];
pub(crate) const SLOT_TAKEN: Phrase = [
    "This time has just been taken. Please choose another one.",
    "Diese Zeit wurde gerade vergeben. Bitte wählen Sie eine andere.",
    "Это время только что заняли. Выберите, пожалуйста, другое.",
    "Ce créneau vient d’être pris. Veuillez en choisir un autre.",
];
/// The customer has something else at that time.
pub(crate) const CUSTOMER_BUSY_THEN: Phrase = [
    "You have another appointment with us at this time. Please choose another one.",
    "Sie haben zu dieser Zeit schon einen Termin bei uns. Bitte wählen Sie eine andere.",
    "У вас уже есть запись на это время. Выберите, пожалуйста, другое.",
    "Vous avez déjà un rendez-vous chez nous à cette heure. Veuillez en choisir une autre.",
];
pub(crate) const TOOK_TOO_LONG: Phrase = [
    "This took too long. Please choose a time again.",
    "Das hat zu lange gedauert. Bitte wählen Sie noch einmal eine Zeit.",
    "Прошло слишком много времени. Выберите время ещё раз.",
    "Cela a pris trop de temps. Veuillez choisir de nouveau un créneau.",
];
/// Before an address.
pub(crate) const CODE_LEAD: Phrase = [
    "We have sent a code of six digits to",
    "Wir haben einen Code aus sechs Ziffern geschickt an",
    "Мы отправили код из шести цифр на",
    "Nous avons envoyé un code à six chiffres à",
];
/// Before a time.
pub(crate) const HELD_UNTIL: Phrase = [
    "The time is kept free for you until",
    "Die Zeit ist für Sie freigehalten bis",
    "Время придержано для вас до",
    "Le créneau vous est réservé jusqu’à",
];
pub(crate) const CODE_TITLE: Phrase = [
    "Please look into your mail",
    "Bitte sehen Sie in Ihre E-Mails",
    "Проверьте почту",
    "Consultez votre messagerie",
];
pub(crate) const CODE: Phrase =
    ["Code of the mail", "Code aus der E-Mail", "Код из письма", "Code reçu par e-mail"];
pub(crate) const WRONG_CODE: Phrase = [
    "This is not the code of the mail.",
    "Das ist nicht der Code aus der E-Mail.",
    "Это не тот код, что в письме.",
    "Ce n’est pas le code de l’e-mail.",
];
pub(crate) const NEW_CODE: Phrase =
    ["Send a new code", "Neuen Code schicken", "Прислать новый код", "Envoyer un nouveau code"];
pub(crate) const BOOK: Phrase = ["Book", "Buchen", "Записаться", "Réserver"];
pub(crate) const CONFIRMED: Phrase = [
    "Your appointment is booked",
    "Ihr Termin ist gebucht",
    "Вы записаны",
    "Votre rendez-vous est réservé",
];
pub(crate) const MOVED: Phrase = [
    "Your appointment is moved",
    "Ihr Termin ist verschoben",
    "Запись перенесена",
    "Votre rendez-vous est déplacé",
];
pub(crate) const PENDING: Phrase = [
    "Your appointment waits to be confirmed",
    "Ihr Termin wird noch bestätigt",
    "Запись ожидает подтверждения",
    "Votre rendez-vous attend sa confirmation",
];
pub(crate) const CANCELLED: Phrase = [
    "Your appointment is called off",
    "Ihr Termin ist abgesagt",
    "Запись отменена",
    "Votre rendez-vous est annulé",
];
pub(crate) const DECLINED: Phrase = [
    "Your appointment could not be confirmed",
    "Ihr Termin konnte nicht bestätigt werden",
    "Запись не удалось подтвердить",
    "Votre rendez-vous n’a pas pu être confirmé",
];
pub(crate) const OTHER_STATUS: Phrase =
    ["Your appointment", "Ihr Termin", "Ваша запись", "Votre rendez-vous"];
pub(crate) const LINK_IS_IN_MAIL: Phrase = [
    "The link to this page is in the mail that we have just sent you.",
    "Der Link zu dieser Seite steht in der E-Mail, die wir Ihnen gerade geschickt haben.",
    "Ссылка на эту страницу — в письме, которое мы только что отправили.",
    "Le lien vers cette page figure dans l’e-mail que nous venons de vous envoyer.",
];
/// Before a moment.
pub(crate) const CHANGEABLE_UNTIL: Phrase = [
    "You can move it or call it off until",
    "Verschieben oder absagen können Sie ihn bis",
    "Перенести или отменить можно до",
    "Vous pouvez le déplacer ou l’annuler jusqu’au",
];
pub(crate) const TOO_LATE_TO_CHANGE: Phrase = [
    "It is too late to move it or call it off here. Please call us.",
    "Zum Verschieben oder Absagen ist es hier zu spät. Bitte rufen Sie uns an.",
    "Перенести или отменить здесь уже нельзя. Позвоните нам, пожалуйста.",
    "Il est trop tard pour le déplacer ou l’annuler ici. Veuillez nous appeler.",
];
pub(crate) const ADD_TO_CALENDAR: Phrase =
    ["Add to calendar", "In den Kalender", "Добавить в календарь", "Ajouter au calendrier"];
pub(crate) const MOVE: Phrase = ["Move", "Verschieben", "Перенести", "Déplacer"];
pub(crate) const CALL_OFF: Phrase = ["Call off", "Absagen", "Отменить", "Annuler"];
pub(crate) const KEEP_TIME: Phrase =
    ["Leave it as it is", "So lassen, wie er ist", "Оставить как есть", "Ne rien changer"];
pub(crate) const REALLY_CALL_OFF: Phrase = [
    "Yes, call it off",
    "Ja, Termin absagen",
    "Да, отменить запись",
    "Oui, annuler le rendez-vous",
];
pub(crate) const BOOK_ANOTHER: Phrase = [
    "Book another appointment",
    "Einen anderen Termin buchen",
    "Записаться снова",
    "Prendre un autre rendez-vous",
];
