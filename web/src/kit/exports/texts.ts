// The phrases of files that take long to make.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: {
    exports: 'Exports', making: 'The file is being made', made: 'The file is ready', later: 'It is made also when you close this: it then stands in your account under Exports, and the inbox tells you.',
    cancel: 'Give it up', rows: (n: string) => `${n} rows`, kept: (until: string) => `kept until ${until}`, hint: 'Lists and reports that took long to write to a file.', none: 'There are none.',
  },
  de: {
    exports: 'Exporte', making: 'Die Datei wird erstellt', made: 'Die Datei ist fertig', later: 'Sie wird auch erstellt, wenn Sie dies schließen: sie steht dann in Ihrem Konto unter Exporte, und der Posteingang sagt Bescheid.',
    cancel: 'Abbrechen', rows: (n) => `${n} Zeilen`, kept: (until) => `aufbewahrt bis ${until}`, hint: 'Listen und Berichte, die als Datei länger gedauert haben.', none: 'Es gibt keine.',
  },
  ru: {
    exports: 'Выгрузки', making: 'Файл готовится', made: 'Файл готов', later: 'Файл будет готов, даже если вы это закроете: он появится в вашей учётной записи в разделе «Выгрузки», и придёт уведомление.',
    cancel: 'Прервать', rows: (n) => `Строк: ${n}`, kept: (until) => `хранится до ${until}`, hint: 'Списки и отчёты, запись которых в файл заняла время.', none: 'Их нет.',
  },
  fr: {
    exports: 'Exports', making: 'Le fichier est en préparation', made: 'Le fichier est prêt', later: 'Il se prépare même si vous fermez ceci : il se trouve ensuite dans votre compte sous Exports, et la boîte de réception vous prévient.',
    cancel: 'Abandonner', rows: (n) => `${n} lignes`, kept: (until) => `conservé jusqu’au ${until}`, hint: 'Les listes et rapports longs à écrire dans un fichier.', none: 'Il n’y en a pas.',
  },
})
