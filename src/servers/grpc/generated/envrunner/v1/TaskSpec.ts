// Original file: proto/envrunner/v1/envrunner.proto

import type { Execution as _envrunner_v1_Execution, Execution__Output as _envrunner_v1_Execution__Output } from '../../envrunner/v1/Execution.ts';
import type { Artifacts as _envrunner_v1_Artifacts, Artifacts__Output as _envrunner_v1_Artifacts__Output } from '../../envrunner/v1/Artifacts.ts';

export interface TaskSpec {
  /**
   * Empty: the caller's.
   */
  'tenant'?: (string);
  'execution'?: (_envrunner_v1_Execution | null);
  'artifacts'?: (_envrunner_v1_Artifacts | null);
  /**
   * A JSON object, kept for audit; empty: none.
   */
  'context_json'?: (string);
}

export interface TaskSpec__Output {
  /**
   * Empty: the caller's.
   */
  'tenant': (string);
  'execution': (_envrunner_v1_Execution__Output | null);
  'artifacts': (_envrunner_v1_Artifacts__Output | null);
  /**
   * A JSON object, kept for audit; empty: none.
   */
  'context_json': (string);
}
