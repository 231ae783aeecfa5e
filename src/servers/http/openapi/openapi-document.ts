import * as z from 'zod'
import type { Access } from '../identity.ts'
import { components, problem } from './documents.ts'
import type { AnswerDescription, Operation } from './operations.ts'

/** A route as it was registered. */
export interface RouteFacts {
  readonly method: string
  /** With parameters as `:name`. */
  readonly url: string
  readonly access: Access
}

type JsonSchema = Readonly<Record<string, unknown>>

/** OpenAPI 3.1, as far as it is used here. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly securitySchemes: JsonSchema }
}
/** By content type. */
export type OpenApiContent = Readonly<Record<string, { readonly schema: JsonSchema }>>
export interface OpenApiOperation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly OpenApiParameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: OpenApiContent }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: OpenApiContent }>>
  readonly security: readonly JsonSchema[]
}
export interface OpenApiParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
  readonly explode?: false
}

const tags: Readonly<Record<Operation['tag'], string>> = {
  tasks: 'Submit, look, cancel, read what was printed',
  arrays: 'Many tasks from one template',
  events: 'What happens, while it happens',
  orchestrator: 'What the orchestrator asks of its runner',
  operation: 'For those who run the runner',
}

/** The document of the routes that are described; which are not, a test finds. */
export const createOpenApiDocument = (
  version: string,
  routes: readonly RouteFacts[],
  operations: Readonly<Record<string, Operation>>,
): OpenApiDocument => {
  const toSchema = createToSchema()
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  for (const { method, url, access } of routes) {
    const operation = operations[`${method} ${url}`]
    if (operation) (paths[url.replace(/:(\w+)/g, '{$1}')] ??= {})[method.toLowerCase()] = describe(method, url, access, operation, toSchema)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'env-runner',
      version,
      description: 'Runs tasks and tells the truth about them. Errors are `application/problem+json`.',
    },
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.keys(components).map((name) => [name, toSchema.component(name)])),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of auth.tokens_file' },
        certificate: { type: 'mutualTLS', description: 'A client certificate that auth.tokens_file knows' },
      },
    },
  }
}

const describe = (
  method: string,
  url: string,
  access: Access,
  { tag, summary, description, query, body, headers = {}, answers }: Operation,
  toSchema: ToSchema,
): OpenApiOperation => {
  const parameters = [
    ...[...url.matchAll(/:(\w+)/g)].map(([, name]) => ({ name: name!, in: 'path' as const, required: true, schema: { type: 'string' } })),
    ...(query ? queryParameters(query, toSchema) : []),
    ...Object.entries(headers).map(([name, said]) => ({
      name,
      in: 'header' as const,
      required: false,
      description: said,
      schema: { type: 'string' },
    })),
  ]
  const refused = { description: 'Refused', content: { 'application/problem+json': { schema: toSchema(problem) } } }
  return {
    operationId: operationId(method, url),
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body && { requestBody: { required: body.required, content: { 'application/json': { schema: toSchema(body.schema) } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, said]) => [status, toResponse(said, toSchema)])),
      '4XX': refused,
      '5XX': refused,
    },
    security: access === 'anyone' ? [] : [{ token: [] }, { certificate: [] }],
  }
}

const toResponse = (answers: readonly AnswerDescription[], toSchema: ToSchema) => ({
  description: answers.map(({ description }) => description).join('; or: '),
  content: Object.fromEntries(answers.map(({ type, schema }) => [type, { schema: schema ? toSchema(schema) : { type: 'string' } }])),
})

/** `GET /api/v1/tasks/:id/logs` is `getTasksIdLogs`. */
const operationId = (method: string, url: string): string =>
  method.toLowerCase() +
  url
    .replace(/^\/api\/v1/, '')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')

const queryParameters = (query: z.ZodObject, toSchema: ToSchema): OpenApiParameter[] =>
  Object.entries(query.shape as Record<string, z.ZodType>).map(([name, field]) => {
    const { description, pattern, ...schema } = toSchema(field) as { description?: string; pattern?: string; type?: string; enum?: unknown }
    if (schema.type === 'boolean') delete schema.enum // on the wire it is one of several words
    return {
      name,
      in: 'query',
      required: false,
      ...(description === undefined ? {} : { description }),
      schema: { ...schema, ...(schema.type === 'string' && pattern !== undefined ? { pattern } : {}) },
      ...(schema.type === 'array' ? { explode: false as const } : {}),
    }
  })

/** JSON Schema (2020-12) of what a client sends or gets; what has a name in the document is a reference to it. */
interface ToSchema {
  (schema: z.ZodType): JsonSchema
  component(name: string): JsonSchema
}
const createToSchema = (): ToSchema => {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(components)) registry.add(schema, { id })
  const named = z.toJSONSchema(registry, { ...how, uri: reference }).schemas
  const names = new Map(Object.entries(components).map(([name, schema]) => [schema, name]))
  const toSchema = (schema: z.ZodType): JsonSchema => {
    const name = names.get(schema)
    if (name !== undefined) return { $ref: reference(name) }
    if (schema instanceof z.ZodUnion) return { anyOf: schema.options.map((option) => toSchema(option as z.ZodType)) }
    return withoutIds(z.toJSONSchema(schema, how))
  }
  return Object.assign(toSchema, { component: (name: string) => withoutIds(named[name]!) })
}

/** Without what a schema says by the way: the pattern behind a format, the integers that a double can hold. */
const override = ({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void => {
  if (jsonSchema['format'] === 'date-time') delete jsonSchema['pattern']
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum']
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum']
}
const how = { io: 'input', unrepresentable: 'any', override } as const
const reference = (name: string): string => `#/components/schemas/${name}`
const withoutIds = ({ $schema: _schema, $id: _id, ...schema }: JsonSchema): JsonSchema => schema
