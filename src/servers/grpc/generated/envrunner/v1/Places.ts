// Original file: proto/envrunner/v1/envrunner.proto


export interface Places {
  'used'?: (number);
  'total'?: (number);
  /**
   * Tasks that wait for one.
   */
  'waiting'?: (number);
}

export interface Places__Output {
  'used': (number);
  'total': (number);
  /**
   * Tasks that wait for one.
   */
  'waiting': (number);
}
