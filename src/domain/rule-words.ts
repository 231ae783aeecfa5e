import type * as z from 'zod'

/** The rule that a value broke, in words that follow its name; the schema library's own where those are plain enough. */
export const ruleWords = (issue: z.core.$ZodIssue): string => {
  const { code, message } = issue
  if (code === 'invalid_type' && issue.expected === 'int') return 'must be a whole number'
  if (code === 'too_small' && issue.minimum === 1 && (issue.origin === 'string' || issue.origin === 'array')) return 'must not be empty'
  if (code === 'too_small' && issue.origin === 'number') return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
  if (code === 'too_big' && issue.origin === 'number') return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
  if (code === 'invalid_value') return `must be ${oneOf(issue.values.map((value) => JSON.stringify(value)))}`
  return message.charAt(0).toLowerCase() + message.slice(1)
}

/** `"a", "b" or "c"` */
const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
