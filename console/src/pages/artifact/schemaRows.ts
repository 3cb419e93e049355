export interface SchemaRow {
  path: string
  type: string
  fallback: string
  isRequired: boolean
  description: string
}

type Json = Record<string, unknown>

const MOST_ROWS = 2000
const DEEPEST = 12

/** The properties of a JSON schema as rows; null for a text that is no schema. */
export function schemaRows(text: string): SchemaRow[] | null {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    return null
  }
  if (!isMap(root)) return null
  const rows: SchemaRow[] = []
  walk(root, root, '', rows, 0)
  return rows
}

function walk(root: Json, schema: Json, path: string, rows: SchemaRow[], depth: number) {
  if (depth > DEEPEST) return
  const own = resolved(root, schema)
  const required = Array.isArray(own['required']) ? own['required'] : []
  for (const [name, property] of Object.entries(isMap(own['properties']) ? own['properties'] : {})) {
    if (!isMap(property) || rows.length >= MOST_ROWS) continue
    const full = resolved(root, property)
    const here = path ? `${path}.${name}` : name
    rows.push({
      path: here,
      type: typeOf(full),
      fallback: 'default' in full ? JSON.stringify(full['default']) : '',
      isRequired: required.includes(name),
      description: String(full['description'] ?? full['title'] ?? ''),
    })
    walk(root, full, here, rows, depth + 1)
    if (isMap(full['items'])) walk(root, full['items'], `${here}[]`, rows, depth + 1)
  }
}

/** `$ref` within the document is followed once; one that leads elsewhere stays as it is. */
function resolved(root: Json, schema: Json): Json {
  const reference = schema['$ref']
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return schema
  let found: unknown = root
  for (const part of reference.slice(2).split('/')) {
    found = isMap(found) ? found[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  }
  return isMap(found) ? { ...found, ...schema, $ref: undefined } : schema
}

function typeOf(schema: Json): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].map((one) => JSON.stringify(one)).join(' | ')
  const type = schema['type']
  if (Array.isArray(type)) return type.join(' | ')
  if (type === 'array' && isMap(schema['items'])) return `${typeOf(schema['items'])}[]`
  if (typeof type === 'string') return type
  const choices = ['oneOf', 'anyOf'].flatMap((key) => (Array.isArray(schema[key]) ? schema[key] : []))
  return choices.filter(isMap).map(typeOf).filter(Boolean).join(' | ')
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
