import type { Output } from './output.ts'

export interface Reported {
  readonly percent: number | null
  readonly step: string | null
  readonly message: string | null
}

const barColumns = 24
const eraseLine = '\r\u001b[K'

/** One line at the bottom of a terminal: a bar once a task has reported a percentage, and what it says it does. Nothing where there is no terminal. */
export const createProgressBar = (stderr: Output) => {
  let shown = ''
  const draw = async (text: string): Promise<void> => {
    if (!stderr.isTTY || text === shown) return
    shown = text
    await stderr.write(`${eraseLine}${text}`)
  }
  return {
    /** Shows what was reported last. */
    show: (reported: Reported | null): Promise<void> => (reported === null ? Promise.resolve() : draw(progressText(reported))),
    /** Makes room for other output; the next `show` draws again. */
    clear: (): Promise<void> => draw(''),
  }
}

/** `[#########               ]  38% train: epoch 3` */
export const progressText = ({ percent, step, message }: Reported): string => {
  const words = [step, message].filter((word): word is string => word !== null && word !== '').join(': ').replaceAll(/\s+/g, ' ').slice(0, 60) // prettier-ignore
  if (percent === null) return words
  const share = Math.min(100, Math.max(0, percent))
  const filled = Math.round((share / 100) * barColumns)
  return `[${'#'.repeat(filled)}${' '.repeat(barColumns - filled)}] ${Math.floor(share).toString().padStart(3)}% ${words}`.trimEnd()
}
