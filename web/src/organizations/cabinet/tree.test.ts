// The tree of organisations.
import { expect, test } from 'vitest'
import { tree } from './tree'

test('what is below stands after its parent, by name; whose parent is not seen stands at the top', () => {
  const rows = [
    { id: 'b', name: 'Branch', parent_id: 'g' },
    { id: 'g', name: 'Group', parent_id: null },
    { id: 'a', name: 'Altona', parent_id: 'g' },
    { id: 'x', name: 'Elsewhere', parent_id: 'hidden' },
  ]
  expect(tree(rows).map(({ of, depth }) => `${depth} ${of.name}`)).toEqual(['0 Elsewhere', '0 Group', '1 Altona', '1 Branch'])
})
