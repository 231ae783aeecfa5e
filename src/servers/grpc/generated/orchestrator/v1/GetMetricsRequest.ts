// Original file: proto/orchestrator/v1/orchestrator.proto


export interface GetMetricsRequest {
  /**
   * Empty: all.
   */
  'metric_names'?: (string)[];
}

export interface GetMetricsRequest__Output {
  /**
   * Empty: all.
   */
  'metric_names': (string)[];
}
