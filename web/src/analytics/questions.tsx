// Questions in SQL to begin with. The dictionary speaks English, as the comments in the database do.
import { Code } from '../kit/copy'
import { questions } from './dictionary'

export function Questions() {
  return (
    <div className="questions">
      {questions.map(({ title, sql }) => (
        <details key={title}>
          <summary lang="en">{title}</summary>
          <Code about={title} text={sql} />
        </details>
      ))}
    </div>
  )
}
