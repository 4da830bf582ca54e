// The heading of a column; where the API can sort by it, a button: up, down, as it was.
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useNarrowed } from './filters'

/** `sorts`: by what can be sorted. */
export function SortHeading({ sorts, name, label, className }: { sorts: string[]; name: string; label: string; className?: string }) {
  const [{ sort }, set] = useNarrowed()
  if (!sorts.includes(name)) return <th scope="col" className={className}>{label}</th>
  const order = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none'
  const next = { none: name, ascending: `-${name}`, descending: undefined }[order]
  return (
    <th scope="col" aria-sort={order} className={className}>
      <button type="button" className="sort" onClick={() => set({ sort: next })}>
        {label} {order === 'ascending' && <ArrowUp size={14} aria-hidden="true" />}{order === 'descending' && <ArrowDown size={14} aria-hidden="true" />}
      </button>
    </th>
  )
}
