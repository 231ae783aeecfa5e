// Original file: proto/envrunner/v1/envrunner.proto


export interface ResumeRequest {
}

export interface ResumeRequest__Output {
}
