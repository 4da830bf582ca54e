// How a text names a field, by what that is in a made-up document.

const partsOf = (sample: unknown) => (Array.isArray(sample) && typeof sample[0] === 'object' ? Object.keys(sample[0] as object) : [])

/** Text stands where it is named; of what there may be several each has its line; what is so or not is asked. */
export function expressionOf(name: string, sample: unknown): string {
  if (Array.isArray(sample)) return `{% for one in ${name} %}\n- ${partsOf(sample).map((part) => `{{ one.${part} }}`).join(' ') || '{{ one }}'}\n{% endfor %}`
  return typeof sample === 'boolean' ? `{% if ${name} %}\n{% endif %}` : `{{ ${name} }}`
}

/** What it is of the made-up one; of several, what each of them has. */
export const sampleOf = (sample: unknown) => (Array.isArray(sample) ? partsOf(sample).join(', ') : String(sample ?? ''))
