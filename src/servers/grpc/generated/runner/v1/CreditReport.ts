// Original file: proto/runner/v1/runner.proto


/**
 * Absolute: how many more assignments the worker takes now.
 */
export interface CreditReport {
  'worker_id'?: (string);
  'credits'?: (number);
}

/**
 * Absolute: how many more assignments the worker takes now.
 */
export interface CreditReport__Output {
  'worker_id': (string);
  'credits': (number);
}
