import { ServerCredentials } from '@grpc/grpc-js'
import type { SecureContextOptions } from 'node:tls'
import type { TlsMaterial } from './http-listener.ts'

/** TLS of gRPC addresses. A client may show a certificate, and is let in without one or with a wrong one: whoever answers decides what that is worth. */
export class TlsServerCredentials extends ServerCredentials {
  constructor(material: TlsMaterial) {
    super({ requestCert: material.clientCa !== null, rejectUnauthorized: false, minVersion: 'TLSv1.2' }, contextOf(material))
  }

  /** What connections that come from now on see; those that are there stay as they are. */
  setTls(material: TlsMaterial): void {
    this.updateSecureContextOptions(contextOf(material))
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other
  }
}

const contextOf = ({ cert, key, clientCa }: TlsMaterial): SecureContextOptions => ({
  cert,
  key,
  minVersion: 'TLSv1.2',
  ...(clientCa && { ca: clientCa }),
})
