import grpc
from . import envrunner_pb2 as _pb

class TaskServiceStub:
    def __init__(self, channel: grpc.Channel) -> None: ...
    SubmitTask: grpc.UnaryUnaryMultiCallable[_pb.SubmitTaskRequest, _pb.SubmitTaskResponse]
    GetTask: grpc.UnaryUnaryMultiCallable[_pb.GetTaskRequest, _pb.Task]
    ListTasks: grpc.UnaryUnaryMultiCallable[_pb.ListTasksRequest, _pb.ListTasksResponse]
    CancelTask: grpc.UnaryUnaryMultiCallable[_pb.CancelTaskRequest, _pb.Task]
    WaitTask: grpc.UnaryUnaryMultiCallable[_pb.WaitTaskRequest, _pb.Task]
    WatchTasks: grpc.UnaryStreamMultiCallable[_pb.WatchTasksRequest, _pb.TaskUpdate]
    ReadLogs: grpc.UnaryStreamMultiCallable[_pb.ReadLogsRequest, _pb.LogChunk]
    ExplainTask: grpc.UnaryUnaryMultiCallable[_pb.GetTaskRequest, _pb.ExplainTaskResponse]

class ArrayServiceStub:
    def __init__(self, channel: grpc.Channel) -> None: ...
    SubmitArray: grpc.UnaryUnaryMultiCallable[_pb.SubmitArrayRequest, _pb.Array]
    GetArray: grpc.UnaryUnaryMultiCallable[_pb.GetArrayRequest, _pb.Array]
    RerunArray: grpc.UnaryUnaryMultiCallable[_pb.RerunArrayRequest, _pb.Array]
    CancelArray: grpc.UnaryUnaryMultiCallable[_pb.CancelArrayRequest, _pb.Array]

class RunnerServiceStub:
    def __init__(self, channel: grpc.Channel) -> None: ...
    GetStatus: grpc.UnaryUnaryMultiCallable[_pb.GetStatusRequest, _pb.RunnerStatus]
    Pause: grpc.UnaryUnaryMultiCallable[_pb.PauseRequest, _pb.RunnerStatus]
    Resume: grpc.UnaryUnaryMultiCallable[_pb.ResumeRequest, _pb.RunnerStatus]
    Drain: grpc.UnaryUnaryMultiCallable[_pb.DrainRequest, _pb.RunnerStatus]
