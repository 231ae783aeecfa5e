// Original file: proto/envrunner/v1/envrunner.proto


export interface PythonCall {
  /**
   * One of module and script.
   */
  'module'?: (string);
  'script'?: (string);
  'function'?: (string);
  /**
   * A JSON object with the keyword arguments; empty: none.
   */
  'args_json'?: (string);
}

export interface PythonCall__Output {
  /**
   * One of module and script.
   */
  'module': (string);
  'script': (string);
  'function': (string);
  /**
   * A JSON object with the keyword arguments; empty: none.
   */
  'args_json': (string);
}
