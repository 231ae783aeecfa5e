// Original file: proto/envrunner/v1/envrunner.proto


/**
 * As the task tells it; the journal gets one a second at most, and the last one always.
 */
export interface Progress {
  /**
   * 0 to 100.
   */
  'percent'?: (number | string);
  'step'?: (string);
  'message'?: (string);
  '_percent'?: "percent";
}

/**
 * As the task tells it; the journal gets one a second at most, and the last one always.
 */
export interface Progress__Output {
  /**
   * 0 to 100.
   */
  'percent'?: (number);
  'step': (string);
  'message': (string);
  '_percent'?: "percent";
}
