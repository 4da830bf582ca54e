// What the fields of answers refer to.
const topics: Record<string, string> = {
  customer: 'crm.customer',
  service: 'scheduling.service',
  resources: 'scheduling.resource',
  cabinet: 'organizations.cabinet',
  cabinet_id: 'organizations.cabinet',
  parent_id: 'organizations.cabinet',
  product: 'catalog.product',
  product_id: 'catalog.product',
  license: 'licensing.license',
  purchase_id: 'purchasing.purchase',
  user: 'identity.user',
  requester: 'identity.user',
  reporter: 'identity.user',
  assignee: 'identity.user',
  recipient: 'identity.user',
  agent: 'identity.user',
  account: 'identity.user',
}

export const topicOf = (field: string): string | undefined => topics[field]
