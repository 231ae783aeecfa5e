// Original file: proto/envrunner/v1/envrunner.proto


export interface GetStatusRequest {
}

export interface GetStatusRequest__Output {
}
