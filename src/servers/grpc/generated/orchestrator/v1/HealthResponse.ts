// Original file: proto/orchestrator/v1/orchestrator.proto


export interface HealthResponse {
  /**
   * It would take a task now.
   */
  'healthy'?: (boolean);
  'version'?: (string);
  /**
   * Part and its state, such as runner: accepting, journal: ok.
   */
  'services'?: ({[key: string]: string});
}

export interface HealthResponse__Output {
  /**
   * It would take a task now.
   */
  'healthy': (boolean);
  'version': (string);
  /**
   * Part and its state, such as runner: accepting, journal: ok.
   */
  'services': ({[key: string]: string});
}
