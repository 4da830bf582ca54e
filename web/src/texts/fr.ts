// The phrases of the portal in French.
import type { Texts } from './en'

export const fr: Texts = {
  product: 'Servicebook',
  signOut: 'Se déconnecter',
  skip: 'Aller au contenu',
  demonstration: 'Démonstration : toutes les données sont inventées.',
  groups: { business: 'Activité', clients: 'Clients', administration: 'Administration' },
  places: {
    'platform.business': 'Entreprise', reports: 'Rapports',
    'scheduling.appointment': 'Rendez-vous', 'crm.customer': 'Clientèle', 'scheduling.service': 'Prestations', 'scheduling.resource': 'Postes et personnes',
    'support.issue': 'Assistance', 'licensing.license': 'Licences', 'organizations.cabinet': 'Organisations', 'catalog.product': 'Produits',
    'purchasing.purchase': 'Achats', 'identity.user': 'Personnes', 'notifications.notification': 'Boîte de réception', 'notifications.announcement': 'Annonces', 'platform.audit': 'Journal', calendar: 'Agenda', more: 'Tout le reste',
    'identity.authorization': 'Applications autorisées', 'identity.impersonation': 'Agir pour un autre', 'identity.oauth_client': 'Applications', 'identity.passkey': 'Clés d’accès', 'identity.provider': 'Fournisseurs d’identité', 'identity.service_account': 'Comptes de service',
    today: 'Aujourd’hui', 'my-day': 'Ma journée', home: 'Accueil', 'my-appointments': 'Mes rendez-vous', software: 'Logiciels et licences', requests: 'Demandes', access: 'Accès',
    'reports.issues': 'Demandes', 'reports.utilisation': 'Occupation', data: 'Données', views: 'Vues', 'analytics.replay': 'Rejeux', 'files.export': 'Exports', 'files.saved_export': 'Exports enregistrés', 'files.file': 'Fichiers', 'identity.session': 'Sessions', 'organizations.invitation': 'Invitations', 'organizations.membership': 'Membres', 'platform.parked': 'Bloqués', 'platform.usage': 'Utilisation', 'purchasing.purchase_event': 'Messages mis de côté', 'documents.template': 'Modèles de documents', 'support.macro': 'Réponses types', running: 'État du système', settings: 'Réglages', me: 'Mon compte',
  },
  nav: { more: 'Plus', menu: 'Tous les lieux', acting: (who, until) => `Vous agissez en tant que ${who} jusqu’à ${until}`, end: 'Terminer', member: 'Vous agissez dans' },
  keys: {
    title: 'Touches', anywhere: 'Partout', list: 'Dans une liste', item: 'Sur une fiche', go: 'Aller à', after: (key) => `${key}, puis`,
    off: 'Les touches simples sont désactivées dans votre compte.', find: 'Chercher ou agir', help: 'Toutes les touches', undo: 'Défaire la dernière action',
    search: 'Chercher dans la liste', walk: 'Suivant et précédent', open: 'Ouvrir', back: 'Retour', choose: 'Choisir', create: 'Nouveau', history: 'Ce qui s’est passé', why: 'Pourquoi', acts: 'Actions', edit: 'Modifier',
    earlier: 'Plus tôt et plus tard', views: 'Jour, semaine, liste', reply: 'Réponse', note: 'Note interne', send: 'Envoyer', resolve: 'Envoyer et résoudre', done: 'Terminé', later: 'Remettre à plus tard', unread: 'Marquer comme non lu',
  },
  once: { hint: 'Ceci ne s’affiche que maintenant. Gardez-le en lieu sûr.', copy: 'Copier', copied: 'Copié', kept: 'Je l’ai gardé', print: 'Imprimer' },
  live: { live: 'En direct', late: 'En retard', offline: 'Hors ligne', silent: (since) => `Le serveur ne répond pas depuis ${since}. Ce que vous voyez peut être ancien, et votre dernière action n’est peut-être pas encore faite.` },
  list: {
    keep: 'Enregistrer la vue', forget: (name) => `Oublier « ${name} »`, columns: 'Colonnes', download: 'Télécharger', regularly: 'Me l’envoyer régulièrement…', making: 'Le fichier est en préparation', not: (of) => `sauf ${of}`, others: 'Tous sauf ceux-ci', find: 'Chercher', all: 'Tout', more: 'Afficher plus', empty: 'Rien ici pour l’instant.', noMatch: (q) => `Rien ne correspond à « ${q} ».`,
    count: (n) => (n < 2 ? `${n} affiché` : `${n} affichés`), create: 'Nouveau', clear: 'Effacer', chosen: (n) => (n === 1 ? '1 sélectionné' : `${n} sélectionnés`),
  },
  item: {
    behalf: (who, whom) => `${who} pour ${whom}`, system: 'Servicebook', followed: 'Suite d’un événement précédent',
    path: 'Où cela se trouve', derived: 'Aucun événement ne lui a donné sa valeur : elle découle d’autres données et du temps.', notNow: 'Pas maintenant', happened: 'Ce qui s’est passé', facts: 'Données', acts: 'Agir…', why: (field) => `Pourquoi ${field} ?`, none: '–', yes: 'Oui', no: 'Non', erased: 'Personne effacée', record: (n) => `№ ${n}`, since: (date) => `Depuis ${date}`, because: 'Les événements dont vient la valeur' },
  past: {
    show: 'Afficher', open: 'Voir l’état d’avant', asOf: (when) => `État : ${when}`, differs: (n) => (n === 0 ? 'Rien ne diffère d’aujourd’hui.' : n === 1 ? '1 valeur diffère d’aujourd’hui.' : `${n} valeurs diffèrent d’aujourd’hui.`),
    fixed: 'Rien ne peut être modifié ici.', now: 'maintenant', back: 'Revenir à maintenant', happened: 'Ce qui s’est passé, et la suite',
  },
  act: {
    leave: 'Votre saisie n’est pas encore envoyée. Quitter quand même ?', undone: (act) => `${act} : défait`, close: 'Fermer',
    send: 'Enregistrer', cancel: 'Annuler', done: (act, what) => `Fait : ${act}${what ? ` – ${what}` : ''}`, doneTo: (act, n) => `${act} : fait pour ${n}`, undo: 'Défaire', add: 'Ajouter', remove: 'Retirer', notSet: 'Non défini', fault: 'Quelque chose ne va pas encore.', sure: 'Le voulez-vous ?' },
  problem: { ask: 'Qui gère les personnes ici peut vous donner ce droit.', nowhere: 'Cette page n’existe pas', unknown: 'Un problème est survenu ici.', again: 'Réessayer', forbidden: 'Votre rôle ne peut pas voir cela.', notFound: 'Cela n’existe pas, ou vous ne pouvez pas le voir.', changed: 'Quelqu’un l’a modifié entre-temps. Regardez de nouveau et recommencez.', trace: 'Trace', rule: (rule) => `Règle ${rule}` },
  palette: { open: 'Chercher…', places: 'Lieux', things: 'Choses', acts: 'Actions', empty: 'Rien trouvé.' },
  calendar: { book: 'Prendre un rendez-vous' },
  theme: { light: 'Clair', dark: 'Sombre', system: 'Comme le système' },
}
