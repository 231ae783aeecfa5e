import { expect, it } from 'vitest'
import { mergePulled } from './merge-pulled.ts'

async function* from<T>(items: readonly T[], onEnd = (): void => {}): AsyncGenerator<T, void> {
  try {
    yield* items
  } finally {
    onEnd()
  }
}

it('gives every item of every source, each source in its order', async () => {
  const seen: (number | string)[][] = [[], []]
  for await (const { source, item } of mergePulled<number | string>([from([1, 2, 3]), from(['a', 'b'])])) seen[source]!.push(item)
  expect(seen).toEqual([[1, 2, 3], ['a', 'b']]) // prettier-ignore
})

it('ends every source when the reader stops early', async () => {
  const ended: string[] = []
  for await (const _ of mergePulled([from([1, 2], () => ended.push('first')), from([3, 4], () => ended.push('second'))])) break
  expect(ended.toSorted()).toEqual(['first', 'second'])
})

it('fails with the source that fails, and ends the others', async () => {
  const ended: string[] = []
  async function* broken(): AsyncGenerator<number, void> {
    yield 1
    throw new Error('no more')
  }
  const read = async (): Promise<void> => {
    for await (const _ of mergePulled([broken(), from([1, 2, 3, 4, 5], () => ended.push('other'))]));
  }
  await expect(read()).rejects.toThrow('no more')
  expect(ended).toEqual(['other'])
})
