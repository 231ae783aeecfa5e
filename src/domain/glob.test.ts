import { describe, expect, it } from 'vitest'
import { createGlob, isGlob, matchesGlob } from './glob.ts'

const matches = (pattern: string, path: string): boolean => matchesGlob(createGlob(pattern.split('/')), path.split('/'))

describe('a glob', () => {
  const cases: readonly (readonly [pattern: string, yes: readonly string[], no: readonly string[]])[] = [
    ['*.json', ['a.json', 'a.b.json'], ['.json', '.a.json', 'a.jsonl', 'out/a.json']],
    ['out/*.json', ['out/a.json'], ['a.json', 'out/deep/a.json', 'other/a.json']],
    ['out/**', ['out/a', 'out/b/c/d'], ['out', 'outer/a', 'out/.hidden', 'out/.git/config']],
    ['**/*.csv', ['a.csv', 'x/a.csv', 'x/y/a.csv'], ['a.csv/b', '.x/a.csv']],
    ['a/**/b/*.txt', ['a/b/c.txt', 'a/x/y/b/c.txt', 'a/b/b/c.txt'], ['a/c.txt', 'a/b/x/c.txt']],
    ['**/**/x*', ['x', 'a/xy', 'a/b/x'], ['a/y']],
    ['part-?.bin', ['part-1.bin'], ['part-.bin', 'part-10.bin']],
    ['.cache/*', ['.cache/a'], ['.cache/.b', 'cache/a']],
    ['*', ['a', 'ä'], ['.a', 'a/b']],
    ['a*b*c', ['abc', 'aXbXbXc'], ['ac', 'abcd']],
  ]
  for (const [pattern, yes, no] of cases)
    it(`${pattern} matches ${yes.join(' and ')}, and not ${no.join(' or ')}`, () => {
      expect(yes.filter((path) => !matches(pattern, path))).toEqual([])
      expect(no.filter((path) => matches(pattern, path))).toEqual([])
    })
  it('begins its walk at what is literal', () => {
    expect(createGlob(['out', 'v1', '*', 'x']).base).toEqual(['out', 'v1'])
    expect(['a/*', 'a?', 'a/b'].map(isGlob)).toEqual([true, true, false])
  })
  it('is not slowed down by a pattern made for it', () => {
    const begun = process.cpuUsage().user
    expect(matches(`${'*a'.repeat(500)}*b`, 'a'.repeat(255))).toBe(false)
    expect(matches(`${'**/'.repeat(500)}x`, 'a/'.repeat(500) + 'y')).toBe(false)
    expect(process.cpuUsage().user - begun).toBeLessThan(2_000_000)
  })
})
