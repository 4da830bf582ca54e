import { expect, test } from 'vitest'
import { expressionOf, sampleOf } from './expression'

test('a field is named as what it is', () => {
  expect(expressionOf('holder', 'Example')).toBe('{{ holder }}')
  expect(expressionOf('revoked', false)).toBe('{% if revoked %}\n{% endif %}')
  const terms = [{ from: '1 January 2030', until: null }]
  expect(expressionOf('terms', terms)).toBe('{% for one in terms %}\n- {{ one.from }} {{ one.until }}\n{% endfor %}')
  expect(sampleOf(terms)).toBe('from, until')
})
