// Original file: proto/orchestrator/v1/orchestrator.proto


export interface HealthRequest {
}

export interface HealthRequest__Output {
}
