/** `HOST:PORT`; an IPv6 host stands in brackets. */
export const addressPattern =
  /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?:0|[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$/

export interface Address {
  /** Without brackets. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

/** Splits an address that `addressPattern` has accepted. */
export const parseAddress = (address: string): Address => {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}

/** The inverse of `parseAddress`. */
export const formatAddress = ({ host, port }: Address): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** Nobody but this host reaches it. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
