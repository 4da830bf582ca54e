// The phrases of orders.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: { lines: 'Lines', product: 'Product', quantity: 'Quantity', price: 'Price', sum: 'Sum', became: 'What became of it', refunded: (sum: string) => `${sum} of it was given back`, returned: (n: number) => `${n} returned` },
  de: { lines: 'Positionen', product: 'Produkt', quantity: 'Menge', price: 'Preis', sum: 'Summe', became: 'Was daraus wurde', refunded: (sum) => `davon ${sum} erstattet`, returned: (n) => `${n} zurückgegeben` },
  ru: { lines: 'Позиции', product: 'Продукт', quantity: 'Количество', price: 'Цена', sum: 'Сумма', became: 'Что из этого вышло', refunded: (sum) => `возвращено ${sum}`, returned: (n) => `возвращено: ${n}` },
  fr: { lines: 'Lignes', product: 'Produit', quantity: 'Quantité', price: 'Prix', sum: 'Somme', became: 'Ce qu’elles sont devenues', refunded: (sum) => `dont ${sum} remboursés`, returned: (n) => `${n} rendus` },
})
