import { extname } from 'node:path'

/** What an output is, by its extension. The words that clients know come first in docs; anything else is `binary`. */
const types: Readonly<Record<string, string>> = {
  '.parquet': 'parquet',
  '.arrow': 'arrow',
  '.feather': 'arrow',
  '.json': 'json',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.txt': 'text',
  '.log': 'text',
  '.md': 'text',
  '.html': 'html',
  '.xml': 'xml',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.png': 'png',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.svg': 'svg',
  '.pdf': 'pdf',
  '.npy': 'numpy',
  '.npz': 'numpy',
  '.pt': 'pytorch',
  '.pth': 'pytorch',
  '.safetensors': 'safetensors',
  '.onnx': 'onnx',
  '.gguf': 'gguf',
  '.zip': 'zip',
  '.tar': 'tar',
  '.gz': 'gzip',
  '.zst': 'zstd',
}

export const outputType = (path: string): string => types[extname(path).toLowerCase()] ?? 'binary'
