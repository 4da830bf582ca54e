// The phrases of templates of documents.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: {
    create: 'A new template', version: (n: number) => `Version ${n}`, published: 'Published: documents say this from now on.', anyProduct: 'Without one it is for all products that have none of their own.',
    there: 'There is such a template already.', openThere: 'Open it',
    fields: 'What it can name', fieldsHint: 'Press one to put it where you write. Markdown, with conditions and loops of Jinja.', sample: 'A made-up one, unless you choose.',
    fails: 'It makes no document yet.', place: (line: number, column: number) => `Line ${line}, column ${column}`, openPreview: 'Open the document',
  },
  de: {
    create: 'Neue Vorlage', version: (n) => `Fassung ${n}`, published: 'Veröffentlicht: So steht es ab jetzt in Dokumenten.', anyProduct: 'Ohne Produkt gilt sie für alle, die keine eigene haben.',
    there: 'Diese Vorlage gibt es schon.', openThere: 'Öffnen',
    fields: 'Was sie nennen kann', fieldsHint: 'Ein Klick setzt es an die Schreibstelle. Markdown, mit Bedingungen und Schleifen von Jinja.', sample: 'Eine erfundene, wenn Sie keine wählen.',
    fails: 'So entsteht noch kein Dokument.', place: (line, column) => `Zeile ${line}, Spalte ${column}`, openPreview: 'Dokument öffnen',
  },
  ru: {
    create: 'Новый шаблон', version: (n) => `Версия ${n}`, published: 'Опубликовано: теперь документы говорят это.', anyProduct: 'Без продукта — для всех, у которых нет своего шаблона.',
    there: 'Такой шаблон уже есть.', openThere: 'Открыть',
    fields: 'Что можно назвать', fieldsHint: 'Нажмите, чтобы вставить туда, где вы пишете. Markdown с условиями и циклами Jinja.', sample: 'Вымышленная, если не выбрать другую.',
    fails: 'Документ пока не получается.', place: (line, column) => `Строка ${line}, столбец ${column}`, openPreview: 'Открыть документ',
  },
  fr: {
    create: 'Nouveau modèle', version: (n) => `Version ${n}`, published: 'Publié : les documents disent ceci dès maintenant.', anyProduct: 'Sans produit, il vaut pour tous ceux qui n’en ont pas.',
    there: 'Ce modèle existe déjà.', openThere: 'L’ouvrir',
    fields: 'Ce qu’il peut nommer', fieldsHint: 'Un clic l’insère là où vous écrivez. Markdown, avec les conditions et boucles de Jinja.', sample: 'Une licence inventée, si vous n’en choisissez pas.',
    fails: 'Aucun document n’en résulte encore.', place: (line, column) => `Ligne ${line}, colonne ${column}`, openPreview: 'Ouvrir le document',
  },
})
