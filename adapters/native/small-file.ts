import { closeSync, openSync, readSync, writeSync, constants } from 'node:fs'

const bytesMax = 64 * 1_024
const buffer = Buffer.allocUnsafe(bytesMax)

/** The text of a small file of the kernel's or ours, at most its first 64 KiB. Three system calls, where `readFileSync` makes five. */
export const readSmall = (path: string): string => {
  const fd = openSync(path, constants.O_RDONLY)
  try {
    let length = 0
    for (let read = 1; read > 0 && length < bytesMax; length += read) read = readSync(fd, buffer, length, bytesMax - length, null)
    return buffer.toString('utf8', 0, length)
  } finally {
    closeSync(fd)
  }
}

/** Writes a control file of the kernel's in one call, as it wants it. */
export const writeSmall = (path: string, text: string): void => {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o644)
  try {
    writeSync(fd, text)
  } finally {
    closeSync(fd)
  }
}
