// What a webshop tells of what it sold.
import { post, tokenOf } from './api'

/** Two of a product, known here or not. */
export async function sell(base: string, sku: string) {
  const ada = await tokenOf(base)
  const name = `shop${sku.replace(/\W/g, '')}`
  const { data: account } = await post(base, 'service-accounts', ada, { name, role: 'purchase_system' })
  const { data: key } = await post(base, `service-accounts/${account.id}/keys`, ada, { name: 'sells', rights: ['purchases_ingest'] })
  await post(base, 'ingest/purchases', key.secret ?? key.key, {
    specversion: '1.0', type: 'purchase.recorded', source: name, id: `${sku}-1`, time: '2026-01-05T10:00:00Z', datacontenttype: 'application/json',
    data: {
      order: sku, sequence: 1, organisation: { name: `Willow ${sku} GmbH`, tax_id: `DE${sku.replace(/\D/g, '').slice(-9)}`, country: 'DE', contact_email: 'it@willow.example' },
      lines: [{ line: 1, product: sku, quantity: 2, parameters: {}, price: { amount: 4_900, currency: 'EUR' } }], total: { amount: 9_800, currency: 'EUR' },
    },
  })
}
