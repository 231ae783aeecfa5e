import type { Json } from './json.ts'

/** Bounds on a literal, so that no text costs more than its length. */
const [unitsMax, depthMax] = [1_048_576, 64]

/** What Python's `repr` of dicts, lists, tuples, strings, numbers, `True`, `False` and `None` means as JSON; undefined for anything else, for what JSON cannot hold
 * (`nan`, `inf`, integers beyond 2^53, keys that are no strings, one key twice) and for what is not the whole text. Python's grammar, section 2.4 and 6.2 of its
 * language reference, restricted to what `repr` writes. */
export const parsePythonLiteral = (text: string): Json | undefined => {
  if (text.length > unitsMax) return undefined
  const reader = new Reader(text)
  try {
    const value = reader.value(0)
    return reader.isAtEnd() ? value : undefined
  } catch (cause) {
    if (cause instanceof NotALiteral) return undefined
    throw cause
  }
}

class NotALiteral extends Error {}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\', "'": "'", '"': '"', n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v',
} // prettier-ignore
const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }
const words: readonly (readonly [string, Json])[] = [['True', true], ['False', false], ['None', null]] // prettier-ignore
const number = /-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

class Reader {
  readonly #text: string
  #at = 0
  constructor(text: string) {
    this.#text = text
  }

  isAtEnd(): boolean {
    this.#space()
    return this.#at === this.#text.length
  }

  value(depth: number): Json {
    if (depth > depthMax) throw new NotALiteral()
    this.#space()
    const first = this.#text[this.#at]
    if (first === '{') return this.#dict(depth)
    if (first === '[') return this.#items('[', ']', depth).items
    if (first === '(') return this.#tuple(depth)
    if (first === "'" || first === '"') return this.#string()
    for (const [word, meaning] of words)
      if (this.#text.startsWith(word, this.#at) && !/\w/.test(this.#text[this.#at + word.length] ?? '')) {
        this.#at += word.length
        return meaning
      }
    return this.#number()
  }

  #space(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at++
  }

  #take(expected: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== expected) return false
    this.#at++
    return true
  }

  #expect(expected: string): void {
    if (!this.#take(expected)) throw new NotALiteral()
  }

  /** Elements up to `close`; a comma may stand behind the last. */
  #items(open: string, close: string, depth: number): { items: Json[]; commas: number } {
    this.#expect(open)
    const items: Json[] = []
    let commas = 0
    while (!this.#take(close)) {
      if (items.length > commas) throw new NotALiteral()
      items.push(this.value(depth + 1))
      if (this.#take(',')) commas++
    }
    return { items, commas }
  }

  /** `(1,)` is a tuple, `(1)` is not. */
  #tuple(depth: number): Json {
    const { items, commas } = this.#items('(', ')', depth)
    if (items.length === 1 && commas === 0) throw new NotALiteral()
    return items
  }

  #dict(depth: number): Json {
    this.#expect('{')
    const members = new Map<string, Json>()
    while (!this.#take('}')) {
      if (members.size > 0) this.#expect(',')
      if (members.size > 0 && this.#take('}')) break
      this.#space()
      const quote = this.#text[this.#at]
      if (quote !== "'" && quote !== '"') throw new NotALiteral()
      const key = this.#string()
      if (members.has(key) || forbiddenKeys.has(key)) throw new NotALiteral()
      this.#expect(':')
      members.set(key, this.value(depth + 1))
    }
    return Object.fromEntries(members)
  }

  #string(): string {
    const quote = this.#text[this.#at++]!
    let value = ''
    for (;;) {
      const next = this.#text[this.#at++]
      if (next === undefined || next === '\n') throw new NotALiteral()
      if (next === quote) return value
      value += next === '\\' ? this.#escape() : next
    }
  }

  #escape(): string {
    const kind = this.#text[this.#at++] ?? ''
    const plain = escapes[kind]
    if (plain !== undefined) return plain
    const digits = this.#text.slice(this.#at, this.#at + (hexDigits[kind] ?? 0))
    if (hexDigits[kind] === undefined || digits.length !== hexDigits[kind] || !/^[0-9a-fA-F]+$/.test(digits)) throw new NotALiteral()
    const code = parseInt(digits, 16)
    if (code > 0x10_ff_ff) throw new NotALiteral()
    this.#at += digits.length
    return String.fromCodePoint(code)
  }

  #number(): number {
    number.lastIndex = this.#at
    const [digits] = number.exec(this.#text) ?? ['']
    const isInteger = /^-?\d+$/.test(digits)
    const value = Number(digits)
    if (digits === '' || /\w/.test(this.#text[this.#at + digits.length] ?? '') || !Number.isFinite(value)) throw new NotALiteral()
    if (isInteger && (!Number.isSafeInteger(value) || /^-?0\d/.test(digits))) throw new NotALiteral()
    this.#at += digits.length
    return value
  }
}
