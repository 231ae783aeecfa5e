// Original file: proto/envrunner/v1/envrunner.proto


export interface PauseRequest {
}

export interface PauseRequest__Output {
}
