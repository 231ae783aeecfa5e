// Original file: proto/envrunner/v1/envrunner.proto


export interface Output {
  'name'?: (string);
  /**
   * A path or a pattern, relative to the work directory.
   */
  'path'?: (string);
  'type'?: (string);
  /**
   * A URI; empty: kept by the runner.
   */
  'destination'?: (string);
  /**
   * A task that ends well without this output is a failure unless it is optional.
   */
  'optional'?: (boolean);
}

export interface Output__Output {
  'name': (string);
  /**
   * A path or a pattern, relative to the work directory.
   */
  'path': (string);
  'type': (string);
  /**
   * A URI; empty: kept by the runner.
   */
  'destination': (string);
  /**
   * A task that ends well without this output is a failure unless it is optional.
   */
  'optional': (boolean);
}
