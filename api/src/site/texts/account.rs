//! The phrases of the pages of accounts and invitations.

use crate::site::language::Phrase;

pub(crate) const EMAIL: Phrase =
    ["E-mail address", "E-Mail-Adresse", "Адрес эл. почты", "Adresse e-mail"];
pub(crate) const INVALID_EMAIL: Phrase = [
    "Please enter an address like anna@example.org.",
    "Bitte geben Sie eine Adresse wie anna@example.org an.",
    "Укажите адрес вида anna@example.org.",
    "Veuillez saisir une adresse comme anna@example.org.",
];
pub(crate) const NAME: Phrase = ["Your name", "Ihr Name", "Ваше имя", "Votre nom"];
pub(crate) const MISSING_NAME: Phrase = [
    "Please tell us your name.",
    "Bitte nennen Sie Ihren Namen.",
    "Пожалуйста, укажите имя.",
    "Veuillez indiquer votre nom.",
];
pub(crate) const NEW_PASSWORD: Phrase =
    ["New password", "Neues Passwort", "Новый пароль", "Nouveau mot de passe"];
pub(crate) const PASSWORD_HINT: Phrase = [
    "12 characters or more, easy to remember and hard to guess: four words that do not belong \
     together are good.",
    "Mindestens 12 Zeichen, leicht zu merken und schwer zu erraten: vier Wörter, die nicht \
     zusammengehören, sind gut.",
    "Не меньше 12 знаков; легко запомнить и трудно угадать: подойдут четыре не связанных слова.",
    "Au moins 12 caractères, faciles à retenir et difficiles à deviner : quatre mots sans rapport \
     conviennent.",
];
pub(crate) const WEAK_PASSWORD: Phrase = [
    "This password is too short, or among those that are guessed first. Please choose one of 12 \
     characters or more.",
    "Dieses Passwort ist zu kurz oder zu leicht zu erraten. Bitte wählen Sie eines mit mindestens \
     12 Zeichen.",
    "Этот пароль слишком короткий или его легко угадать. Выберите пароль не короче 12 знаков.",
    "Ce mot de passe est trop court ou trop facile à deviner. Choisissez-en un d’au moins 12 \
     caractères.",
];
pub(crate) const SIGN_UP: Phrase =
    ["Create an account", "Konto anlegen", "Создать учётную запись", "Créer un compte"];
pub(crate) const SIGN_UP_LEAD: Phrase = [
    "We send you a link, by which you choose your password.",
    "Wir schicken Ihnen einen Link, mit dem Sie Ihr Passwort wählen.",
    "Мы пришлём ссылку, по которой вы выберете пароль.",
    "Nous vous envoyons un lien qui vous permet de choisir votre mot de passe.",
];
pub(crate) const HAVE_ACCOUNT: Phrase = [
    "Do you have an account?",
    "Haben Sie schon ein Konto?",
    "Уже есть учётная запись?",
    "Vous avez déjà un compte ?",
];
pub(crate) const CHECK_YOUR_MAIL: Phrase = [
    "Please look into your mail",
    "Bitte sehen Sie in Ihre E-Mails",
    "Проверьте почту",
    "Consultez votre messagerie",
];
pub(crate) const SIGN_UP_SENT: Phrase = [
    "If nobody has an account with this address yet, a link is on its way to you. It is good for 24 \
     hours.",
    "Wenn es zu dieser Adresse noch kein Konto gibt, ist ein Link zu Ihnen unterwegs. Er gilt 24 \
     Stunden.",
    "Если с этим адресом ещё нет учётной записи, ссылка уже отправлена. Она действует 24 часа.",
    "Si aucun compte n’existe encore à cette adresse, un lien vous a été envoyé. Il est valable 24 \
     heures.",
];
pub(crate) const CHOOSE_NEW_PASSWORD: Phrase = [
    "Choose a new password",
    "Neues Passwort wählen",
    "Новый пароль",
    "Choisir un nouveau mot de passe",
];
pub(crate) const REQUEST_RESET_LEAD: Phrase = [
    "Tell us the address you sign in with, and we send a link to it.",
    "Nennen Sie die Adresse, mit der Sie sich anmelden. Wir schicken einen Link dorthin.",
    "Укажите адрес, с которым вы входите, и мы пришлём на него ссылку.",
    "Indiquez l’adresse avec laquelle vous vous connectez : nous y envoyons un lien.",
];
pub(crate) const SEND_LINK: Phrase =
    ["Send the link", "Link schicken", "Прислать ссылку", "Envoyer le lien"];
pub(crate) const RESET_SENT: Phrase = [
    "If there is an account with this address, a link is on its way to you. It is good for 30 minutes.",
    "Wenn es zu dieser Adresse ein Konto gibt, ist ein Link zu Ihnen unterwegs. Er gilt 30 Minuten.",
    "Если с этим адресом есть учётная запись, ссылка уже отправлена. Она действует 30 минут.",
    "Si un compte existe à cette adresse, un lien vous a été envoyé. Il est valable 30 minutes.",
];
pub(crate) const BACK_TO_SIGN_IN: Phrase =
    ["Back to sign-in", "Zurück zur Anmeldung", "Назад ко входу", "Retour à la connexion"];
pub(crate) const WELCOME: Phrase = ["Welcome", "Willkommen", "Добро пожаловать", "Bienvenue"];
pub(crate) const VERIFICATION_LEAD: Phrase = [
    "The address is yours. Choose a password, and you can sign in.",
    "Die Adresse gehört Ihnen. Wählen Sie ein Passwort, dann können Sie sich anmelden.",
    "Адрес подтверждён. Выберите пароль — и можно входить.",
    "L’adresse est bien la vôtre. Choisissez un mot de passe pour pouvoir vous connecter.",
];
pub(crate) const RESET_LEAD: Phrase = [
    "You will be signed out everywhere else.",
    "Sie werden dabei überall sonst abgemeldet.",
    "На всех остальных устройствах вы выйдете из системы.",
    "Vous serez déconnecté partout ailleurs.",
];
pub(crate) const SET_PASSWORD: Phrase =
    ["Set the password", "Passwort setzen", "Сохранить пароль", "Définir le mot de passe"];
pub(crate) const CHANGE_EMAIL: Phrase =
    ["Your new address", "Ihre neue Adresse", "Новый адрес", "Votre nouvelle adresse"];
pub(crate) const CHANGE_EMAIL_LEAD: Phrase = [
    "Confirm, and you sign in with this address from now on.",
    "Bestätigen Sie, und Sie melden sich künftig mit dieser Adresse an.",
    "Подтвердите — и впредь вы будете входить с этим адресом.",
    "Confirmez, et vous vous connecterez désormais avec cette adresse.",
];
pub(crate) const CONFIRM: Phrase = ["Confirm", "Bestätigen", "Подтвердить", "Confirmer"];
pub(crate) const VERIFIED: (Phrase, Phrase) = (
    [
        "Your account is ready",
        "Ihr Konto ist bereit",
        "Учётная запись готова",
        "Votre compte est prêt",
    ],
    [
        "Sign in with your address and the password you have just chosen.",
        "Melden Sie sich mit Ihrer Adresse und dem eben gewählten Passwort an.",
        "Войдите с вашим адресом и только что выбранным паролем.",
        "Connectez-vous avec votre adresse et le mot de passe que vous venez de choisir.",
    ],
);
pub(crate) const PASSWORD_CHANGED: (Phrase, Phrase) = (
    [
        "Your password is changed",
        "Ihr Passwort ist geändert",
        "Пароль изменён",
        "Votre mot de passe est modifié",
    ],
    VERIFIED.1,
);
pub(crate) const EMAIL_CHANGED: (Phrase, Phrase) = (
    [
        "Your address is changed",
        "Ihre Adresse ist geändert",
        "Адрес изменён",
        "Votre adresse est modifiée",
    ],
    [
        "Sign in with the new address from now on.",
        "Melden Sie sich von jetzt an mit der neuen Adresse an.",
        "Теперь входите с новым адресом.",
        "Connectez-vous désormais avec la nouvelle adresse.",
    ],
);
pub(crate) const INVALID_LINK: Phrase = [
    "This link is no longer good",
    "Dieser Link gilt nicht mehr",
    "Ссылка больше не действует",
    "Ce lien n’est plus valable",
];
pub(crate) const INVALID_LINK_LEAD: Phrase = [
    "It was used, replaced by a later one, or is too old.",
    "Er wurde benutzt, durch einen späteren ersetzt oder ist zu alt.",
    "Она уже использована, заменена более новой или устарела.",
    "Il a été utilisé, remplacé par un plus récent, ou il est trop ancien.",
];
pub(crate) const ANOTHER_LINK: Phrase = [
    "Have another link sent",
    "Einen neuen Link schicken lassen",
    "Получить новую ссылку",
    "Recevoir un nouveau lien",
];
/// To which the name of the cabinet is added.
pub(crate) const INVITED_TO: Phrase = [
    "You are invited to",
    "Sie sind eingeladen zu",
    "Вас приглашает",
    "Vous êtes invité à rejoindre",
];
pub(crate) const INVITATION_LEAD: Phrase = [
    "Create your account, and you are a member.",
    "Legen Sie Ihr Konto an, dann gehören Sie dazu.",
    "Создайте учётную запись — и вы участник.",
    "Créez votre compte, et vous en êtes membre.",
];
pub(crate) const INVITATION_HAVE_ACCOUNT: Phrase = [
    "If you have an account with this address, sign in first, then open the link again.",
    "Wenn Sie zu dieser Adresse schon ein Konto haben, melden Sie sich zuerst an und öffnen den Link \
     dann noch einmal.",
    "Если с этим адресом уже есть учётная запись, сначала войдите, а потом откройте ссылку ещё раз.",
    "Si vous avez déjà un compte à cette adresse, connectez-vous d’abord, puis rouvrez le lien.",
];
/// To which the name of who is signed in is added.
pub(crate) const SIGNED_IN_AS: Phrase = [
    "You are signed in as",
    "Sie sind angemeldet als",
    "Вы вошли как",
    "Vous êtes connecté en tant que",
];
pub(crate) const ACCEPT: Phrase = ["Accept", "Annehmen", "Принять", "Accepter"];
pub(crate) const JOINED: (Phrase, Phrase) = (
    [
        "You are a member now",
        "Sie gehören jetzt dazu",
        "Теперь вы участник",
        "Vous êtes maintenant membre",
    ],
    [
        "Sign in to see what there is.",
        "Melden Sie sich an, um alles zu sehen.",
        "Войдите, чтобы увидеть всё.",
        "Connectez-vous pour tout voir.",
    ],
);
