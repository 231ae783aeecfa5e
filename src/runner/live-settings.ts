import type { RunnerSettings } from './settings.ts'

/** The settings of an engine that may be told new ones while it runs. */
export interface LiveSettings {
  /** One object for the engine's whole life, with the present values: read a field when it is needed; one that was kept is the old one. */
  readonly settings: RunnerSettings
  replace(next: RunnerSettings): void
}

export const createLiveSettings = (given: RunnerSettings): LiveSettings => {
  const settings = { ...given }
  return { settings, replace: (next) => void Object.assign(settings, next) }
}
