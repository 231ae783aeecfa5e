/** The code of an error from the system (`ENOENT`); undefined for any other value. */
export const codeOf = (cause: unknown): string | undefined => (cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined)

/** `use`'s answer, or `otherwise` when the system answers with one of `codes`. Any other error passes. */
export const unless = <T, F>(codes: readonly string[], use: () => T, otherwise: F): T | F => {
  try {
    return use()
  } catch (cause) {
    if (codes.includes(codeOf(cause) ?? '')) return otherwise
    throw cause
  }
}
