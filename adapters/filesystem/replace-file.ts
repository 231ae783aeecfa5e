import { randomBytes } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'

/** Of a file that another one takes the place of. */
interface Ownership {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

const writeBeside = async (path: string, text: string, like?: Ownership): Promise<string> => {
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      if (like) {
        await file.chown(like.uid, like.gid)
        await file.chmod(like.mode & 0o7777)
      }
      await file.writeFile(text)
      await file.datasync() // a rename may reach the disk before the content does
    } finally {
      await file.close()
    }
  } catch (cause) {
    await rm(temporary, { force: true })
    throw cause
  }
  return temporary
}

/** Replaces a small file by `text`: a reader, also after a power failure, sees the old content or the new. It has the mode 0600, or is owned and may be read `like`
 * another. Rejects with the system's error. */
export const replaceFile = async (path: string, text: string, like?: Ownership): Promise<void> => {
  const temporary = await writeBeside(path, text, like)
  await rename(temporary, path).catch(async (cause: unknown) => {
    await rm(temporary, { force: true })
    throw cause
  })
}

/** Makes a small file (mode 0600) with its whole content at once. False, and nothing changed, when there is one. */
export const createFile = async (path: string, text: string): Promise<boolean> => {
  const temporary = await writeBeside(path, text)
  try {
    await link(temporary, path)
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw cause
  } finally {
    await rm(temporary, { force: true })
  }
}
