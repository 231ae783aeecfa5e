// Original file: proto/envrunner/v1/envrunner.proto


export interface Input {
  'name'?: (string);
  /**
   * A URI.
   */
  'path'?: (string);
  /**
   * Relative to the work directory.
   */
  'target'?: (string);
  /**
   * sha256:… of the artifact as its store has it; empty: not checked.
   */
  'checksum'?: (string);
  /**
   * It is an archive, and target the directory that its content goes to.
   */
  'unpack'?: (boolean);
  /**
   * The task does not write to it, so that it may share its bytes with other tasks.
   */
  'read_only'?: (boolean);
}

export interface Input__Output {
  'name': (string);
  /**
   * A URI.
   */
  'path': (string);
  /**
   * Relative to the work directory.
   */
  'target': (string);
  /**
   * sha256:… of the artifact as its store has it; empty: not checked.
   */
  'checksum': (string);
  /**
   * It is an archive, and target the directory that its content goes to.
   */
  'unpack': (boolean);
  /**
   * The task does not write to it, so that it may share its bytes with other tasks.
   */
  'read_only': (boolean);
}
