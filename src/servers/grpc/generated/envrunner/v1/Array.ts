// Original file: proto/envrunner/v1/envrunner.proto


export interface Array {
  'id'?: (string);
  'count'?: (number);
  'concurrency'?: (number);
  /**
   * Number of tasks by state; the key is the state's word, such as running.
   */
  'tasks'?: ({[key: string]: number});
  'ended'?: (boolean);
  /**
   * The array whose failed tasks these are; empty: none.
   */
  'rerun_of'?: (string);
}

export interface Array__Output {
  'id': (string);
  'count': (number);
  'concurrency': (number);
  /**
   * Number of tasks by state; the key is the state's word, such as running.
   */
  'tasks': ({[key: string]: number});
  'ended': (boolean);
  /**
   * The array whose failed tasks these are; empty: none.
   */
  'rerun_of': (string);
}
