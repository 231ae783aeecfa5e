// Original file: proto/runner/v1/runner.proto


export interface LogLine {
  /**
   * RFC 3339: when the runner read the line; of the lines of a RunResult, when the job ended.
   */
  'ts'?: (string);
  /**
   * info for stdout, error for stderr and for why a job did not succeed, warn where lines are missing because the log was over its cap.
   */
  'level'?: (string);
  /**
   * A line of more than 64 KiB comes in parts.
   */
  'msg'?: (string);
}

export interface LogLine__Output {
  /**
   * RFC 3339: when the runner read the line; of the lines of a RunResult, when the job ended.
   */
  'ts': (string);
  /**
   * info for stdout, error for stderr and for why a job did not succeed, warn where lines are missing because the log was over its cap.
   */
  'level': (string);
  /**
   * A line of more than 64 KiB comes in parts.
   */
  'msg': (string);
}
