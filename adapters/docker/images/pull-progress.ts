import type { Progress } from '../../../src/domain/events.ts'
import type { PullMessage } from './pull-messages.ts'

interface Layer {
  /** Bytes as the registry serves them; null until the download has begun. */
  sizeBytes: number | null
  /** 0 to 1. */
  downloaded: number
  unpacked: number
}

/** What the messages about single layers mean for the image: a percentage that never goes back, half for the download and half for unpacking; a layer of
 * unknown size counts as an average one. */
export const createPullProgress = () => {
  const layers = new Map<string, Layer>()
  let percent = 0

  const note = ({ id, status = '', progressDetail }: PullMessage): void => {
    if (id === undefined || !layerStatus.test(status)) return
    const layer = layers.get(id) ?? { sizeBytes: null, downloaded: 0, unpacked: 0 }
    layers.set(id, layer)
    const { current = 0, total = 0 } = progressDetail ?? {}
    if (status === 'Already exists') Object.assign(layer, { sizeBytes: 0, downloaded: 1, unpacked: 1 })
    else if (status === 'Pull complete') Object.assign(layer, { downloaded: 1, unpacked: 1 })
    else if (status === 'Download complete' || status === 'Verifying Checksum') layer.downloaded = 1
    else if (status === 'Downloading' && total > 0) Object.assign(layer, { sizeBytes: total, downloaded: Math.min(1, current / total) })
    else if (status === 'Extracting' && total > 0)
      Object.assign(layer, { sizeBytes: layer.sizeBytes ?? total, downloaded: 1, unpacked: Math.min(1, current / total) })
  }

  return (message: PullMessage): Progress => {
    note(message)
    const known = [...layers.values()].filter(({ sizeBytes }) => sizeBytes !== null)
    const knownBytes = sum(known.map(({ sizeBytes }) => sizeBytes!))
    const averageBytes = knownBytes > 0 ? knownBytes / known.length : 1
    const weight = ({ sizeBytes }: Layer): number => sizeBytes ?? averageBytes
    const whole = sum([...layers.values()].map(weight))
    const done = sum([...layers.values()].map((layer) => (weight(layer) * (layer.downloaded + layer.unpacked)) / 2))
    if (whole > 0) percent = Math.max(percent, Math.round((1_000 * done) / whole) / 10)
    const loadedBytes = sum(known.map(({ sizeBytes, downloaded }) => sizeBytes! * downloaded))
    return { percent, step: 'pull', message: knownBytes > 0 ? `${megabytes(loadedBytes)} of ${megabytes(knownBytes)} MB` : null }
  }
}

const layerStatus =
  /^(?:Pulling fs layer|Waiting|Downloading|Verifying Checksum|Download complete|Extracting|Pull complete|Already exists)$/

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
