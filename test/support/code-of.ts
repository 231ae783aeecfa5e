/** How a promise ends, in a word: the code of the error that it rejects with, or `resolved`. */
export const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (cause: unknown) => (cause as { code?: unknown }).code ?? String(cause),
  )
