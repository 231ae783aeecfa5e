import { expect, it } from 'vitest'
import { defaultUidRange, tenantUid } from './tenant-uid.ts'

it('gives a tenant the same user each time, inside the range', () => {
  const { base, count } = defaultUidRange
  for (const tenant of ['', 'default', 'acme', 'x'.repeat(64)]) {
    expect(tenantUid(tenant)).toBe(tenantUid(tenant))
    expect(tenantUid(tenant)).toBeGreaterThanOrEqual(base)
    expect(tenantUid(tenant)).toBeLessThan(base + count)
  }
  expect(tenantUid('acme')).not.toBe(tenantUid('default'))
})

it('never gives a change of release another user', () => {
  // Files of tenants lie on disks under this number.
  expect(tenantUid('acme')).toBe(1_036_385_709)
})

it('stays inside a small range', () => {
  for (let index = 0; index < 200; index++) expect([5_000, 5_001, 5_002]).toContain(tenantUid(`tenant-${index}`, { base: 5_000, count: 3 }))
})

it.each([
  { base: 0, count: 10 },
  { base: -1, count: 10 },
  { base: 1, count: 0 },
  { base: 1.5, count: 2 },
  { base: 2 ** 32 - 5, count: 10 },
])('refuses the range %j', (range) => {
  expect(() => tenantUid('acme', range)).toThrow(RangeError)
})
