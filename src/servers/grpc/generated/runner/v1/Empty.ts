// Original file: proto/runner/v1/runner.proto


export interface Empty {
}

export interface Empty__Output {
}
