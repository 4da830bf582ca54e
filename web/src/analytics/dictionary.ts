// What analysts read: the views of the database with their columns, and questions to begin with.
import contract from '../api/generated/analyst.json'

export interface View {
  name: string
  description: string
  read_model: string
  columns: Column[]
}

interface Column {
  name: string
  type: string
  description: string
  /** Whether it holds a pseudonym in place of what it is of. */
  personal?: boolean
  /** The view whose ids it has. */
  refers_to?: string
}

export const { views, questions }: { views: View[]; questions: { title: string; sql: string }[] } = contract
