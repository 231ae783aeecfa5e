// Original file: proto/envrunner/v1/envrunner.proto


export interface RerunArrayRequest {
  'id'?: (string);
  /**
   * Of the new array; empty: <id>-rerun-<n>.
   */
  'new_id'?: (string);
}

export interface RerunArrayRequest__Output {
  'id': (string);
  /**
   * Of the new array; empty: <id>-rerun-<n>.
   */
  'new_id': (string);
}
