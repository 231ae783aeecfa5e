type Schema = Readonly<Record<string, unknown>>

/** A JSON Schema as people write types: `{ id?: string, exit_code: integer | null }`, with what is said of a field behind it. References are named, not followed. */
export const typeText = (schema: unknown, indent = ''): string => {
  if (typeof schema !== 'object' || schema === null) return 'any'
  const { $ref, const: constant, enum: values, anyOf, oneOf, allOf, type, items } = schema as Record<string, unknown>
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1)
  if (constant !== undefined) return JSON.stringify(constant)
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(' | ')
  const parts = anyOf ?? oneOf ?? allOf
  if (Array.isArray(parts)) return [...new Set(parts.map((part) => typeText(part, indent)))].join(allOf ? ' & ' : ' | ')
  if (Array.isArray(type)) return type.map((one: unknown) => typeText({ ...schema, type: one }, indent)).join(' | ')
  if (type === 'array') return listOf(typeText(items, indent))
  if (type === 'object') return objectText(schema as Schema, indent)
  return typeof type === 'string' ? type : 'any'
}

const listOf = (item: string): string => (/^\w+$/.test(item) ? `${item}[]` : `(${item})[]`)

const objectText = ({ properties, required, additionalProperties }: Schema, indent: string): string => {
  const inner = `${indent}  `
  const needed = new Set(Array.isArray(required) ? (required as string[]) : [])
  const fields = Object.entries((properties ?? {}) as Record<string, Schema>).map(
    ([name, field]) => `${inner}${name}${needed.has(name) ? '' : '?'}: ${typeText(field, inner)}${remark(field)}`,
  )
  const open = additionalProperties !== false && additionalProperties !== undefined
  if (fields.length === 0) return open ? `{ [name]: ${typeText(additionalProperties, indent)} }` : '{}'
  return `{\n${[...fields, ...(open ? [`${inner}…`] : [])].join('\n')}\n${indent}}`
}

const remark = ({ description, default: preset }: Schema): string => {
  const said = [
    ...(typeof description === 'string' ? [description] : []),
    ...(preset === undefined ? [] : [`default ${JSON.stringify(preset)}`]),
  ]
  return said.length === 0 ? '' : `  // ${said.join('; ')}`
}
