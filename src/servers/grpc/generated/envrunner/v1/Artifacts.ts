// Original file: proto/envrunner/v1/envrunner.proto

import type { Input as _envrunner_v1_Input, Input__Output as _envrunner_v1_Input__Output } from '../../envrunner/v1/Input.ts';
import type { Output as _envrunner_v1_Output, Output__Output as _envrunner_v1_Output__Output } from '../../envrunner/v1/Output.ts';

export interface Artifacts {
  'inputs'?: (_envrunner_v1_Input)[];
  'outputs'?: (_envrunner_v1_Output)[];
}

export interface Artifacts__Output {
  'inputs': (_envrunner_v1_Input__Output)[];
  'outputs': (_envrunner_v1_Output__Output)[];
}
