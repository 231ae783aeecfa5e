export { createEngine, type Engine, type EngineOptions } from './engine.ts'
export { createDockerExecutor, type DockerOptions } from './executor.ts'
export { openDocker, type OpenDockerOptions } from './open.ts'
