//! The phrases of the page that says what a document is worth.

use domain::licensing::license::Status;

use crate::site::language::Phrase;

pub(crate) const TITLE: Phrase = [
    "Document of a licence",
    "Dokument einer Lizenz",
    "Документ лицензии",
    "Document d’une licence",
];
pub(crate) const VALID: Phrase = [
    "The document is valid",
    "Das Dokument ist gültig",
    "Документ действителен",
    "Le document est valable",
];
pub(crate) const ABOUT_VALID: Phrase = [
    "It comes from us and says what is recorded.",
    "Es stammt von uns, und darin steht, was aufgezeichnet ist.",
    "Он выдан нами, и сказанное в нём соответствует записям.",
    "Il vient de nous et dit ce qui est enregistré.",
];
pub(crate) const SUPERSEDED: Phrase = [
    "The document is superseded",
    "Das Dokument ist überholt",
    "Документ заменён",
    "Le document est remplacé",
];
pub(crate) const ABOUT_SUPERSEDED: Phrase = [
    "It comes from us, but the licence has been changed since. Ask for a newer one.",
    "Es stammt von uns, aber die Lizenz wurde seitdem geändert. Verlangen Sie ein neueres.",
    "Он выдан нами, но с тех пор лицензия изменилась. Попросите более новый.",
    "Il vient de nous, mais la licence a changé depuis. Demandez-en un plus récent.",
];
pub(crate) const REVOKED: Phrase = [
    "The licence has been revoked",
    "Die Lizenz wurde widerrufen",
    "Лицензия отозвана",
    "La licence a été révoquée",
];
pub(crate) const ABOUT_REVOKED: Phrase = [
    "The document comes from us, but gives no right any more.",
    "Das Dokument stammt von uns, gibt aber kein Recht mehr.",
    "Документ выдан нами, но больше не даёт никаких прав.",
    "Le document vient de nous, mais ne donne plus aucun droit.",
];
pub(crate) const PRODUCT: Phrase = ["Licence for", "Lizenz für", "Лицензия на", "Licence pour"];
pub(crate) const NUMBER: Phrase = ["Number", "Nummer", "Номер", "Numéro"];
pub(crate) const ISSUED: Phrase = ["As of", "Stand vom", "По состоянию на", "État au"];
/// To which the time is added.
pub(crate) const VERIFIED: Phrase = ["Verified", "Geprüft", "Проверено", "Vérifié"];

/// What the licence is worth now, as a sentence; nothing where that is said already.
pub(crate) fn status(status: Status) -> Option<Phrase> {
    Some(match status {
        Status::Pending => [
            "Its term has not begun yet.",
            "Ihre Laufzeit hat noch nicht begonnen.",
            "Её срок ещё не начался.",
            "Sa période n’a pas encore commencé.",
        ],
        Status::Active => [
            "The licence is active.",
            "Die Lizenz ist aktiv.",
            "Лицензия действует.",
            "La licence est active.",
        ],
        Status::Grace => [
            "The term of the licence is over; the product still works for a while.",
            "Die Laufzeit der Lizenz ist vorbei; das Produkt läuft noch eine Weile.",
            "Срок лицензии истёк; продукт ещё некоторое время работает.",
            "La période de la licence est terminée ; le produit fonctionne encore quelque temps.",
        ],
        Status::Suspended => [
            "The licence is suspended.",
            "Die Lizenz ist ausgesetzt.",
            "Действие лицензии приостановлено.",
            "La licence est suspendue.",
        ],
        Status::Expired => [
            "The licence has expired.",
            "Die Lizenz ist abgelaufen.",
            "Срок лицензии истёк.",
            "La licence a expiré.",
        ],
        Status::Revoked => return None,
    })
}
