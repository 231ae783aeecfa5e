// Original file: proto/orchestrator/v1/orchestrator.proto


export interface CreateWorkflowRequest {
  'id'?: (string);
  'name'?: (string);
  'description'?: (string);
  /**
   * JSON: {"steps": […]} or {"nodes": […], "edges": […]}.
   */
  'spec'?: (Buffer | Uint8Array | string);
}

export interface CreateWorkflowRequest__Output {
  'id': (string);
  'name': (string);
  'description': (string);
  /**
   * JSON: {"steps": […]} or {"nodes": […], "edges": […]}.
   */
  'spec': (Buffer);
}
