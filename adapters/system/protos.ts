import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadSync, type Options, type PackageDefinition } from '@grpc/proto-loader'
import { protoPath as healthProto } from 'grpc-health-check'

/** The contracts that the gRPC listener serves, below `proto/`. */
export const protoFiles = ['orchestrator/v1/orchestrator.proto', 'runner/v1/runner.proto', 'envrunner/v1/envrunner.proto'] as const

/** As the generated types have them (scripts/generate-grpc-types.ts): names as in the proto, 64-bit integers as numbers (ours stay below 2^53), enums by name. */
const options: Options = { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true }

/** Loads the contracts from the package's own files, and that of gRPC's health service beside them. */
export const loadProtos = (): PackageDefinition =>
  loadSync([...protoFiles, healthFile], { ...options, includeDirs: [protoDirectory(), resolve(healthProto, '../../..')] })

const healthFile = 'health/v1/health.proto'

/** Beside `adapters/` in the repository, beside `dist/` in the package. */
const protoDirectory = (): string => {
  const places = [join(import.meta.dirname, '../../proto'), join(import.meta.dirname, '../../../proto')]
  return places.find((place) => existsSync(join(place, protoFiles[0]))) ?? places[0]!
}
