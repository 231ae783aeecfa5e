import { ServerCredentials } from '@grpc/grpc-js'
import { secureContext, serverOptions, type TlsMaterial } from './tls.ts'

/** What gRPC addresses show to their clients. */
export interface GrpcCredentials {
  /** For every address that is bound. */
  readonly credentials: ServerCredentials
  /** What connections that come from now on see; those that are there stay as they are. Without effect where there is no TLS. */
  setTls(material: TlsMaterial): void
}

/** The library's own `createSsl` lets nobody in who shows no certificate once it asks for one, and never takes a new one. */
class TlsCredentials extends ServerCredentials {
  constructor(material: TlsMaterial) {
    super(serverOptions(material), secureContext(material))
  }
  show(material: TlsMaterial): void {
    this.updateSecureContextOptions(secureContext(material))
  }
  override _equals(other: ServerCredentials): boolean {
    return other === this
  }
}

/** TLS as HTTP has it; null: none. */
export const createGrpcCredentials = (tls: TlsMaterial | null): GrpcCredentials => {
  if (tls === null) return { credentials: ServerCredentials.createInsecure(), setTls: () => undefined }
  const credentials = new TlsCredentials(tls)
  return { credentials, setTls: (material) => credentials.show(material) }
}
