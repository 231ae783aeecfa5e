export { createNativeExecutor, type NativeOptions } from './executor.ts'
export { defaultUidRange, tenantUid, type UidRange } from './tenant-uid.ts'
export { probeNative, type Finding, type NativeProbeOptions } from './probe.ts'
