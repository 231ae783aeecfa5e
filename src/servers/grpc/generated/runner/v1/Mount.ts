// Original file: proto/runner/v1/runner.proto


export interface Mount {
  'host_path'?: (string);
  'mount_path'?: (string);
  'read_only'?: (boolean);
}

export interface Mount__Output {
  'host_path': (string);
  'mount_path': (string);
  'read_only': (boolean);
}
