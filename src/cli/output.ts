/** The reader of our output has gone: `env-runner logs X | head -1`. */
export class BrokenPipe extends Error {}

/** Output that waits for its reader, and tells when that has gone. */
export interface Output {
  readonly isTTY: boolean
  write(bytes: Uint8Array | string): Promise<void>
  /** One line with a JSON document. */
  json(document: unknown): Promise<void>
  line(text?: string): Promise<void>
}

/** @throws BrokenPipe from its methods, once the reader has gone */
export const createOutput = (stream: NodeJS.WriteStream): Output => {
  let broken = false
  stream.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPIPE' && cause.code !== 'ERR_STREAM_DESTROYED') throw cause
    broken = true
  })
  const write = async (bytes: Uint8Array | string): Promise<void> => {
    if (broken) throw new BrokenPipe()
    // The callback comes when the reader, or the pipe's buffer, has it; with an error when nobody reads.
    await new Promise<void>((resolve) => stream.write(bytes, () => resolve()))
    if (broken) throw new BrokenPipe()
  }
  return {
    isTTY: stream.isTTY,
    write,
    json: (document) => write(`${JSON.stringify(document)}\n`),
    line: (text = '') => write(`${text}\n`),
  }
}

/** Text from outside for a terminal: control characters, which could drive it, are spelled out. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** The same on one line. */
export const oneLine = (text: string): string => printable(text.replaceAll(/\s*\n\s*/g, ' ')).trim()

/** Rows in columns as wide as their widest cell, the last one as it is. */
export const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  ').trimEnd()) // prettier-ignore
}
