// Original file: proto/envrunner/v1/envrunner.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { Array as _envrunner_v1_Array, Array__Output as _envrunner_v1_Array__Output } from '../../envrunner/v1/Array.ts';
import type { CancelArrayRequest as _envrunner_v1_CancelArrayRequest, CancelArrayRequest__Output as _envrunner_v1_CancelArrayRequest__Output } from '../../envrunner/v1/CancelArrayRequest.ts';
import type { GetArrayRequest as _envrunner_v1_GetArrayRequest, GetArrayRequest__Output as _envrunner_v1_GetArrayRequest__Output } from '../../envrunner/v1/GetArrayRequest.ts';
import type { RerunArrayRequest as _envrunner_v1_RerunArrayRequest, RerunArrayRequest__Output as _envrunner_v1_RerunArrayRequest__Output } from '../../envrunner/v1/RerunArrayRequest.ts';
import type { SubmitArrayRequest as _envrunner_v1_SubmitArrayRequest, SubmitArrayRequest__Output as _envrunner_v1_SubmitArrayRequest__Output } from '../../envrunner/v1/SubmitArrayRequest.ts';

/**
 * N tasks from one template; errors as above.
 */
export interface ArrayServiceClient extends grpc.Client {
  /**
   * Cancels every task of the array that has not ended.
   */
  CancelArray(argument: _envrunner_v1_CancelArrayRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  CancelArray(argument: _envrunner_v1_CancelArrayRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  CancelArray(argument: _envrunner_v1_CancelArrayRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  CancelArray(argument: _envrunner_v1_CancelArrayRequest, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  /**
   * Cancels every task of the array that has not ended.
   */
  cancelArray(argument: _envrunner_v1_CancelArrayRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  cancelArray(argument: _envrunner_v1_CancelArrayRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  cancelArray(argument: _envrunner_v1_CancelArrayRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  cancelArray(argument: _envrunner_v1_CancelArrayRequest, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  
  /**
   * How many of its tasks are in each state; the tasks themselves are listed with array_id.
   */
  GetArray(argument: _envrunner_v1_GetArrayRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  GetArray(argument: _envrunner_v1_GetArrayRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  GetArray(argument: _envrunner_v1_GetArrayRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  GetArray(argument: _envrunner_v1_GetArrayRequest, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  /**
   * How many of its tasks are in each state; the tasks themselves are listed with array_id.
   */
  getArray(argument: _envrunner_v1_GetArrayRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  getArray(argument: _envrunner_v1_GetArrayRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  getArray(argument: _envrunner_v1_GetArrayRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  getArray(argument: _envrunner_v1_GetArrayRequest, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  
  /**
   * Submits the tasks of the array that ended failed or cancelled again, each as a new task. Answers with the new array.
   */
  RerunArray(argument: _envrunner_v1_RerunArrayRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  RerunArray(argument: _envrunner_v1_RerunArrayRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  RerunArray(argument: _envrunner_v1_RerunArrayRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  RerunArray(argument: _envrunner_v1_RerunArrayRequest, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  /**
   * Submits the tasks of the array that ended failed or cancelled again, each as a new task. Answers with the new array.
   */
  rerunArray(argument: _envrunner_v1_RerunArrayRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  rerunArray(argument: _envrunner_v1_RerunArrayRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  rerunArray(argument: _envrunner_v1_RerunArrayRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  rerunArray(argument: _envrunner_v1_RerunArrayRequest, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  
  /**
   * Accepts every task of the array, or refuses it whole. The same id with the same body is the same array.
   */
  SubmitArray(argument: _envrunner_v1_SubmitArrayRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  SubmitArray(argument: _envrunner_v1_SubmitArrayRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  SubmitArray(argument: _envrunner_v1_SubmitArrayRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  SubmitArray(argument: _envrunner_v1_SubmitArrayRequest, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  /**
   * Accepts every task of the array, or refuses it whole. The same id with the same body is the same array.
   */
  submitArray(argument: _envrunner_v1_SubmitArrayRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  submitArray(argument: _envrunner_v1_SubmitArrayRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  submitArray(argument: _envrunner_v1_SubmitArrayRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  submitArray(argument: _envrunner_v1_SubmitArrayRequest, callback: grpc.requestCallback<_envrunner_v1_Array__Output>): grpc.ClientUnaryCall;
  
}

/**
 * N tasks from one template; errors as above.
 */
export interface ArrayServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Cancels every task of the array that has not ended.
   */
  CancelArray: grpc.handleUnaryCall<_envrunner_v1_CancelArrayRequest__Output, _envrunner_v1_Array>;
  
  /**
   * How many of its tasks are in each state; the tasks themselves are listed with array_id.
   */
  GetArray: grpc.handleUnaryCall<_envrunner_v1_GetArrayRequest__Output, _envrunner_v1_Array>;
  
  /**
   * Submits the tasks of the array that ended failed or cancelled again, each as a new task. Answers with the new array.
   */
  RerunArray: grpc.handleUnaryCall<_envrunner_v1_RerunArrayRequest__Output, _envrunner_v1_Array>;
  
  /**
   * Accepts every task of the array, or refuses it whole. The same id with the same body is the same array.
   */
  SubmitArray: grpc.handleUnaryCall<_envrunner_v1_SubmitArrayRequest__Output, _envrunner_v1_Array>;
  
}

export interface ArrayServiceDefinition extends grpc.ServiceDefinition {
  CancelArray: MethodDefinition<_envrunner_v1_CancelArrayRequest, _envrunner_v1_Array, _envrunner_v1_CancelArrayRequest__Output, _envrunner_v1_Array__Output>
  GetArray: MethodDefinition<_envrunner_v1_GetArrayRequest, _envrunner_v1_Array, _envrunner_v1_GetArrayRequest__Output, _envrunner_v1_Array__Output>
  RerunArray: MethodDefinition<_envrunner_v1_RerunArrayRequest, _envrunner_v1_Array, _envrunner_v1_RerunArrayRequest__Output, _envrunner_v1_Array__Output>
  SubmitArray: MethodDefinition<_envrunner_v1_SubmitArrayRequest, _envrunner_v1_Array, _envrunner_v1_SubmitArrayRequest__Output, _envrunner_v1_Array__Output>
}
