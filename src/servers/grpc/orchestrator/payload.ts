import { RunnerError } from '../../../domain/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../domain/json.ts'
import { parsePythonLiteral } from '../../../domain/python-literal.ts'

const wholeKey = 'payload_json'

/** The JSON object that clients spread over a map of strings (contracts §1). `payload_json` holds a whole object, whose members go before the others'.
 * @throws RunnerError `INVALID_SPEC` when `payload_json` holds no object */
export const payloadOf = (map: Readonly<Record<string, string>>): JsonObject => {
  const members = Object.entries(map).filter(([name]) => name !== wholeKey)
  const spread = Object.fromEntries(members.map(([name, text]) => [name, valueOf(text)]))
  const whole = map[wholeKey]
  return whole === undefined ? spread : { ...spread, ...objectOf(whole) }
}

/** What begins otherwise is neither JSON that counts here, nor a Python literal of a container, a number or one of the five words. */
const mayMeanMore = /^\s*(?:[[{(\-.\d]|(?:true|false|null|True|False|None)\s*$)/

const valueOf = (text: string): Json => {
  if (!mayMeanMore.test(text)) return text
  const json = parseJson(text)
  if (json !== undefined) return json
  const literal = parsePythonLiteral(text)
  return literal === undefined ? text : literal
}

/** Undefined for what is no JSON, and for a number that JavaScript would change. */
const parseJson = (text: string): Json | undefined => {
  try {
    const value = JSON.parse(text) as Json
    return typeof value !== 'number' || Number.isSafeInteger(value) || (Number.isFinite(value) && /[.eE]/.test(text)) ? value : undefined
  } catch {
    return undefined
  }
}

const objectOf = (text: string): JsonObject => {
  const value = parseJson(text)
  if (isJsonObject(value)) return value
  throw new RunnerError('INVALID_SPEC', 'it holds no JSON object', { path: `payload.${wholeKey}`, hint: 'Send the text of a JSON object' })
}
