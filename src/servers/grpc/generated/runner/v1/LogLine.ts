// Original file: proto/runner/v1/runner.proto


export interface LogLine {
  /**
   * RFC 3339.
   */
  'ts'?: (string);
  /**
   * info for stdout, error for stderr.
   */
  'level'?: (string);
  'msg'?: (string);
}

export interface LogLine__Output {
  /**
   * RFC 3339.
   */
  'ts': (string);
  /**
   * info for stdout, error for stderr.
   */
  'level': (string);
  'msg': (string);
}
