// Original file: proto/orchestrator/v1/orchestrator.proto


export interface WorkflowStatusUpdate {
  'run_id'?: (string);
  'status'?: (string);
  'current_step'?: (string);
  'steps_completed'?: (number);
  'total_steps'?: (number);
  'output'?: ({[key: string]: string});
  'error'?: (string);
}

export interface WorkflowStatusUpdate__Output {
  'run_id': (string);
  'status': (string);
  'current_step': (string);
  'steps_completed': (number);
  'total_steps': (number);
  'output': ({[key: string]: string});
  'error': (string);
}
