// Original file: proto/orchestrator/v1/orchestrator.proto


export interface SubmitTaskRequest {
  /**
   * Empty: one is made. 1 to 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or digit.
   */
  'id'?: (string);
  /**
   * cpu_short, cpu_long, gpu or gpu_slurm; empty: cpu_short.
   */
  'class'?: (string);
  /**
   * A JSON object spread over strings: a value that parses as a JSON object, array, number, boolean or null is that, a Python literal of dicts,
   * lists, strings, numbers, True, False and None too; everything else is the string. `payload_json` holds a whole object that is merged over the rest.
   */
  'payload'?: ({[key: string]: string});
  /**
   * Higher goes first.
   */
  'priority'?: (number);
  'workflow_id'?: (string);
}

export interface SubmitTaskRequest__Output {
  /**
   * Empty: one is made. 1 to 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or digit.
   */
  'id': (string);
  /**
   * cpu_short, cpu_long, gpu or gpu_slurm; empty: cpu_short.
   */
  'class': (string);
  /**
   * A JSON object spread over strings: a value that parses as a JSON object, array, number, boolean or null is that, a Python literal of dicts,
   * lists, strings, numbers, True, False and None too; everything else is the string. `payload_json` holds a whole object that is merged over the rest.
   */
  'payload': ({[key: string]: string});
  /**
   * Higher goes first.
   */
  'priority': (number);
  'workflow_id': (string);
}
