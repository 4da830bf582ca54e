// What one's own account says.
import { phrases } from '../../texts'

export const useMeTexts = phrases({
  en: {
    title: 'My account', profile: 'Profile', security: 'Signing in', sessions: 'Sessions', applications: 'Applications', exports: 'Exports', appearance: 'Appearance',
    edit: 'Change the profile', email: 'Change the e-mail address', password: 'Change the password', passwordHint: 'All other sessions end, and this one goes on.',
    totp: 'Authenticator app', on: 'On', off: 'Off', codes: (n: number) => (n === 1 ? '1 recovery code is left' : `${n} recovery codes are left`),
    scan: 'Scan this with your authenticator app, or type the key. Then type the code that the app shows.', qr: 'QR code for your authenticator app', openApp: 'Open in an app on this device', passkeys: 'Passkeys', passkeysHint: 'A passkey signs you in with your face, finger or the lock of your device.', noPasskeys: 'You have no passkeys yet.', noServer: 'This address cannot keep passkeys: they take a name and TLS.',
    here: 'You are in this one', notMe: 'Not me: end it', endAll: 'Sign out everywhere', sessionsHint: 'Where you are signed in. End what you do not know, and change your password.', until: (when: string) => `until ${when}`, began: (when: string) => `since ${when}`,
    noApplications: 'No application may act for you.', withdraw: 'Shut out', theme: 'Colours', density: 'Density', comfortable: 'Comfortable', compact: 'Compact', keys: 'Single keys', keysHint: 'Letters that act without Ctrl or ⌘, such as G, then C. The question mark shows all.', language: 'Language', mailed: 'A link is on its way to the new address.', ended: 'The session has ended.',
  },
  de: {
    title: 'Mein Konto', profile: 'Profil', security: 'Anmeldung', sessions: 'Sitzungen', applications: 'Anwendungen', exports: 'Exporte', appearance: 'Darstellung',
    edit: 'Profil ändern', email: 'E-Mail-Adresse ändern', password: 'Passwort ändern', passwordHint: 'Alle anderen Sitzungen enden, diese geht weiter.',
    totp: 'Authenticator-App', on: 'An', off: 'Aus', codes: (n) => (n === 1 ? '1 Ersatzcode ist übrig' : `${n} Ersatzcodes sind übrig`),
    scan: 'Scannen Sie dies mit Ihrer Authenticator-App, oder tippen Sie den Schlüssel ab. Geben Sie dann den Code ein, den sie zeigt.', qr: 'QR-Code für Ihre Authenticator-App', openApp: 'In einer App auf diesem Gerät öffnen', passkeys: 'Passkeys', passkeysHint: 'Mit einem Passkey melden Sie sich mit Gesicht, Finger oder der Sperre Ihres Geräts an.', noPasskeys: 'Sie haben noch keine Passkeys.', noServer: 'Unter dieser Adresse sind keine Passkeys möglich: sie brauchen einen Namen und TLS.',
    here: 'In dieser sind Sie gerade', notMe: 'Das war ich nicht: beenden', endAll: 'Überall abmelden', sessionsHint: 'Wo Sie angemeldet sind. Beenden Sie, was Sie nicht kennen, und ändern Sie Ihr Passwort.', until: (when) => `bis ${when}`, began: (when) => `seit ${when}`,
    noApplications: 'Keine Anwendung darf für Sie handeln.', withdraw: 'Zugriff entziehen', theme: 'Farben', density: 'Dichte', comfortable: 'Bequem', compact: 'Kompakt', keys: 'Einzelne Tasten', keysHint: 'Buchstaben, die ohne Strg oder ⌘ wirken, etwa G, dann C. Das Fragezeichen zeigt alle.', language: 'Sprache', mailed: 'Ein Link ist zur neuen Adresse unterwegs.', ended: 'Die Sitzung ist beendet.',
  },
  ru: {
    title: 'Моя учётная запись', profile: 'Профиль', security: 'Вход', sessions: 'Сеансы', applications: 'Приложения', exports: 'Выгрузки', appearance: 'Вид',
    edit: 'Изменить профиль', email: 'Сменить почту', password: 'Сменить пароль', passwordHint: 'Все остальные сеансы завершатся, этот продолжится.',
    totp: 'Приложение-аутентификатор', on: 'Включено', off: 'Отключено', codes: (n) => `Осталось резервных кодов: ${n}`,
    scan: 'Отсканируйте это приложением-аутентификатором или введите ключ вручную. Затем введите код, который оно покажет.', qr: 'QR-код для приложения-аутентификатора', openApp: 'Открыть в приложении на этом устройстве', passkeys: 'Ключи доступа', passkeysHint: 'С ключом доступа вы входите по лицу, отпечатку или блокировке устройства.', noPasskeys: 'У вас пока нет ключей доступа.', noServer: 'По этому адресу ключи доступа невозможны: нужны имя и TLS.',
    here: 'Вы сейчас здесь', notMe: 'Это не я: завершить', endAll: 'Выйти на всех устройствах', sessionsHint: 'Где выполнен вход. Завершите незнакомое и смените пароль.', until: (when) => `до ${when}`, began: (when) => `с ${when}`,
    noApplications: 'Ни одно приложение не действует за вас.', withdraw: 'Отозвать доступ', theme: 'Цвета', density: 'Плотность', comfortable: 'Просторно', compact: 'Плотно', keys: 'Одиночные клавиши', keysHint: 'Буквы, которые действуют без Ctrl и ⌘, например G, затем C. Вопросительный знак покажет все.', language: 'Язык', mailed: 'Ссылка отправлена на новый адрес.', ended: 'Сеанс завершён.',
  },
  fr: {
    title: 'Mon compte', profile: 'Profil', security: 'Connexion', sessions: 'Sessions', applications: 'Applications', exports: 'Exports', appearance: 'Apparence',
    edit: 'Modifier le profil', email: 'Changer l’adresse e-mail', password: 'Changer le mot de passe', passwordHint: 'Toutes les autres sessions se ferment, celle-ci continue.',
    totp: 'Application d’authentification', on: 'Activée', off: 'Désactivée', codes: (n) => (n < 2 ? `Il reste ${n} code de secours` : `Il reste ${n} codes de secours`),
    scan: 'Scannez ceci avec votre application d’authentification, ou saisissez la clé. Saisissez ensuite le code qu’elle affiche.', qr: 'Code QR pour votre application d’authentification', openApp: 'Ouvrir dans une application de cet appareil', passkeys: 'Clés d’accès', passkeysHint: 'Une clé d’accès vous connecte par le visage, le doigt ou le verrou de votre appareil.', noPasskeys: 'Vous n’avez pas encore de clé d’accès.', noServer: 'Cette adresse ne permet pas de clés d’accès : il faut un nom et TLS.',
    here: 'Vous êtes dans celle-ci', notMe: 'Ce n’est pas moi : fermer', endAll: 'Se déconnecter partout', sessionsHint: 'Là où vous êtes connecté. Fermez ce que vous ne reconnaissez pas, et changez de mot de passe.', until: (when) => `jusqu’au ${when}`, began: (when) => `depuis ${when}`,
    noApplications: 'Aucune application n’agit pour vous.', withdraw: 'Retirer l’accès', theme: 'Couleurs', density: 'Densité', comfortable: 'Confortable', compact: 'Compacte', keys: 'Touches simples', keysHint: 'Des lettres qui agissent sans Ctrl ni ⌘, comme G puis C. Le point d’interrogation les montre toutes.', language: 'Langue', mailed: 'Un lien est envoyé à la nouvelle adresse.', ended: 'La session est fermée.',
  },
})
