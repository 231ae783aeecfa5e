/** Calls per second with so many in flight: as many callers, each calls again as soon as it is answered. */
export const inParallel = async (inFlight: number, total: number, call: () => Promise<unknown>): Promise<number> => {
  let left = total
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) await call()
    }),
  )
  return total / ((performance.now() - startedAt) / 1_000)
}
