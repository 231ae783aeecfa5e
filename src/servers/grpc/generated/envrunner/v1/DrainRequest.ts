// Original file: proto/envrunner/v1/envrunner.proto


export interface DrainRequest {
  /**
   * Stands in the log and the journal.
   */
  'reason'?: (string);
}

export interface DrainRequest__Output {
  /**
   * Stands in the log and the journal.
   */
  'reason': (string);
}
