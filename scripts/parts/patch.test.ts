import { describe, expect, it } from 'vitest'
import { applyTo, parsePatch } from './patch.ts'

const text = `a place is forgotten

--- a/src/place.ts
+++ b/src/place.ts
@@ -1,3 +1,3 @@
 one
-two
+second
 three
@@ -9,2 +9,1 @@
 nine
-ten
`
const file = 'one\ntwo\nthree\n\nnine\nten\n'

describe('a patch', () => {
  it('says what it is about and what it changes', () => {
    const { says, changes } = parsePatch(text)
    expect(says).toBe('a place is forgotten')
    expect(changes).toEqual([
      { path: 'src/place.ts', from: 'one\ntwo\nthree\n', to: 'one\nsecond\nthree\n' },
      { path: 'src/place.ts', from: 'nine\nten\n', to: 'nine\n' },
    ])
  })

  it('is applied wherever its lines stand', () => {
    expect(applyTo(file, 'src/place.ts', parsePatch(text))).toBe('one\nsecond\nthree\n\nnine\n')
    expect(applyTo(`zero\n${file}`, 'src/place.ts', parsePatch(text))).toBe('zero\none\nsecond\nthree\n\nnine\n')
  })

  it('leaves other files alone', () => {
    expect(applyTo(file, 'src/other.ts', parsePatch(text))).toBe(file)
  })

  it.each([
    ['never', file.replace('two', 'zwei'), 0],
    ['twice', file + file, 2],
  ])('is refused where its lines stand %s', (_, content, places) => {
    expect(() => applyTo(content, 'src/place.ts', parsePatch(text))).toThrow(`in ${places} places`)
  })

  it('is refused when it is no diff', () => {
    expect(() => parsePatch('says\nno diff\n')).toThrow('is no line of a diff')
  })
})
