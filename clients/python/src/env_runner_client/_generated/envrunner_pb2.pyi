from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TaskClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_CLASS_UNSPECIFIED: _ClassVar[TaskClass]
    TASK_CLASS_CPU_SHORT: _ClassVar[TaskClass]
    TASK_CLASS_CPU_LONG: _ClassVar[TaskClass]
    TASK_CLASS_GPU: _ClassVar[TaskClass]
    TASK_CLASS_GPU_SLURM: _ClassVar[TaskClass]

class TaskState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_STATE_UNSPECIFIED: _ClassVar[TaskState]
    TASK_STATE_PENDING: _ClassVar[TaskState]
    TASK_STATE_PREPARING: _ClassVar[TaskState]
    TASK_STATE_RUNNING: _ClassVar[TaskState]
    TASK_STATE_COLLECTING: _ClassVar[TaskState]
    TASK_STATE_RETRYING: _ClassVar[TaskState]
    TASK_STATE_COMPLETED: _ClassVar[TaskState]
    TASK_STATE_FAILED: _ClassVar[TaskState]
    TASK_STATE_CANCELLED: _ClassVar[TaskState]

class LogStream(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOG_STREAM_UNSPECIFIED: _ClassVar[LogStream]
    LOG_STREAM_STDOUT: _ClassVar[LogStream]
    LOG_STREAM_STDERR: _ClassVar[LogStream]
TASK_CLASS_UNSPECIFIED: TaskClass
TASK_CLASS_CPU_SHORT: TaskClass
TASK_CLASS_CPU_LONG: TaskClass
TASK_CLASS_GPU: TaskClass
TASK_CLASS_GPU_SLURM: TaskClass
TASK_STATE_UNSPECIFIED: TaskState
TASK_STATE_PENDING: TaskState
TASK_STATE_PREPARING: TaskState
TASK_STATE_RUNNING: TaskState
TASK_STATE_COLLECTING: TaskState
TASK_STATE_RETRYING: TaskState
TASK_STATE_COMPLETED: TaskState
TASK_STATE_FAILED: TaskState
TASK_STATE_CANCELLED: TaskState
LOG_STREAM_UNSPECIFIED: LogStream
LOG_STREAM_STDOUT: LogStream
LOG_STREAM_STDERR: LogStream

class SubmitTaskRequest(_message.Message):
    __slots__ = ("id", "task_class", "priority", "workflow_id", "spec")
    ID_FIELD_NUMBER: _ClassVar[int]
    TASK_CLASS_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    id: str
    task_class: TaskClass
    priority: int
    workflow_id: str
    spec: TaskSpec
    def __init__(self, id: _Optional[str] = ..., task_class: _Optional[_Union[TaskClass, str]] = ..., priority: _Optional[int] = ..., workflow_id: _Optional[str] = ..., spec: _Optional[_Union[TaskSpec, _Mapping]] = ...) -> None: ...

class SubmitTaskResponse(_message.Message):
    __slots__ = ("task", "created")
    TASK_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    task: Task
    created: bool
    def __init__(self, task: _Optional[_Union[Task, _Mapping]] = ..., created: bool = ...) -> None: ...

class TaskSpec(_message.Message):
    __slots__ = ("tenant", "execution", "artifacts", "context_json")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    ARTIFACTS_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_JSON_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    execution: Execution
    artifacts: Artifacts
    context_json: str
    def __init__(self, tenant: _Optional[str] = ..., execution: _Optional[_Union[Execution, _Mapping]] = ..., artifacts: _Optional[_Union[Artifacts, _Mapping]] = ..., context_json: _Optional[str] = ...) -> None: ...

class Execution(_message.Message):
    __slots__ = ("image", "entrypoint", "command", "python", "env", "mounts", "resources", "timeout_seconds", "working_dir", "container_workdir", "secrets", "network", "runtime")
    class EnvEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    ENTRYPOINT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    PYTHON_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    MOUNTS_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    WORKING_DIR_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_WORKDIR_FIELD_NUMBER: _ClassVar[int]
    SECRETS_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_FIELD_NUMBER: _ClassVar[int]
    image: str
    entrypoint: _containers.RepeatedScalarFieldContainer[str]
    command: _containers.RepeatedScalarFieldContainer[str]
    python: PythonCall
    env: _containers.ScalarMap[str, str]
    mounts: _containers.RepeatedCompositeFieldContainer[Mount]
    resources: Resources
    timeout_seconds: float
    working_dir: str
    container_workdir: str
    secrets: _containers.RepeatedScalarFieldContainer[str]
    network: str
    runtime: str
    def __init__(self, image: _Optional[str] = ..., entrypoint: _Optional[_Iterable[str]] = ..., command: _Optional[_Iterable[str]] = ..., python: _Optional[_Union[PythonCall, _Mapping]] = ..., env: _Optional[_Mapping[str, str]] = ..., mounts: _Optional[_Iterable[_Union[Mount, _Mapping]]] = ..., resources: _Optional[_Union[Resources, _Mapping]] = ..., timeout_seconds: _Optional[float] = ..., working_dir: _Optional[str] = ..., container_workdir: _Optional[str] = ..., secrets: _Optional[_Iterable[str]] = ..., network: _Optional[str] = ..., runtime: _Optional[str] = ...) -> None: ...

class PythonCall(_message.Message):
    __slots__ = ("module", "script", "function", "args_json")
    MODULE_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    ARGS_JSON_FIELD_NUMBER: _ClassVar[int]
    module: str
    script: str
    function: str
    args_json: str
    def __init__(self, module: _Optional[str] = ..., script: _Optional[str] = ..., function: _Optional[str] = ..., args_json: _Optional[str] = ...) -> None: ...

class Mount(_message.Message):
    __slots__ = ("host_path", "mount_path", "read_only")
    HOST_PATH_FIELD_NUMBER: _ClassVar[int]
    MOUNT_PATH_FIELD_NUMBER: _ClassVar[int]
    READ_ONLY_FIELD_NUMBER: _ClassVar[int]
    host_path: str
    mount_path: str
    read_only: bool
    def __init__(self, host_path: _Optional[str] = ..., mount_path: _Optional[str] = ..., read_only: bool = ...) -> None: ...

class Resources(_message.Message):
    __slots__ = ("cpu_millicores", "mem_bytes", "gpu_count", "gpu_class", "gpu_memory_gb", "storage_gb", "shm_bytes")
    CPU_MILLICORES_FIELD_NUMBER: _ClassVar[int]
    MEM_BYTES_FIELD_NUMBER: _ClassVar[int]
    GPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    GPU_CLASS_FIELD_NUMBER: _ClassVar[int]
    GPU_MEMORY_GB_FIELD_NUMBER: _ClassVar[int]
    STORAGE_GB_FIELD_NUMBER: _ClassVar[int]
    SHM_BYTES_FIELD_NUMBER: _ClassVar[int]
    cpu_millicores: int
    mem_bytes: int
    gpu_count: int
    gpu_class: str
    gpu_memory_gb: float
    storage_gb: float
    shm_bytes: int
    def __init__(self, cpu_millicores: _Optional[int] = ..., mem_bytes: _Optional[int] = ..., gpu_count: _Optional[int] = ..., gpu_class: _Optional[str] = ..., gpu_memory_gb: _Optional[float] = ..., storage_gb: _Optional[float] = ..., shm_bytes: _Optional[int] = ...) -> None: ...

class Artifacts(_message.Message):
    __slots__ = ("inputs", "outputs")
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    inputs: _containers.RepeatedCompositeFieldContainer[Input]
    outputs: _containers.RepeatedCompositeFieldContainer[Output]
    def __init__(self, inputs: _Optional[_Iterable[_Union[Input, _Mapping]]] = ..., outputs: _Optional[_Iterable[_Union[Output, _Mapping]]] = ...) -> None: ...

class Input(_message.Message):
    __slots__ = ("name", "path", "target", "checksum", "unpack", "read_only")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    UNPACK_FIELD_NUMBER: _ClassVar[int]
    READ_ONLY_FIELD_NUMBER: _ClassVar[int]
    name: str
    path: str
    target: str
    checksum: str
    unpack: bool
    read_only: bool
    def __init__(self, name: _Optional[str] = ..., path: _Optional[str] = ..., target: _Optional[str] = ..., checksum: _Optional[str] = ..., unpack: bool = ..., read_only: bool = ...) -> None: ...

class Output(_message.Message):
    __slots__ = ("name", "path", "type", "destination", "optional")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    OPTIONAL_FIELD_NUMBER: _ClassVar[int]
    name: str
    path: str
    type: str
    destination: str
    optional: bool
    def __init__(self, name: _Optional[str] = ..., path: _Optional[str] = ..., type: _Optional[str] = ..., destination: _Optional[str] = ..., optional: bool = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ("id", "task_class", "tenant", "workflow_id", "priority", "state", "why", "attempt", "progress", "submitted_at_ms", "started_at_ms", "completed_at_ms", "result", "array_id", "array_index")
    ID_FIELD_NUMBER: _ClassVar[int]
    TASK_CLASS_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ARRAY_ID_FIELD_NUMBER: _ClassVar[int]
    ARRAY_INDEX_FIELD_NUMBER: _ClassVar[int]
    id: str
    task_class: TaskClass
    tenant: str
    workflow_id: str
    priority: int
    state: TaskState
    why: str
    attempt: int
    progress: Progress
    submitted_at_ms: int
    started_at_ms: int
    completed_at_ms: int
    result: Result
    array_id: str
    array_index: int
    def __init__(self, id: _Optional[str] = ..., task_class: _Optional[_Union[TaskClass, str]] = ..., tenant: _Optional[str] = ..., workflow_id: _Optional[str] = ..., priority: _Optional[int] = ..., state: _Optional[_Union[TaskState, str]] = ..., why: _Optional[str] = ..., attempt: _Optional[int] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., submitted_at_ms: _Optional[int] = ..., started_at_ms: _Optional[int] = ..., completed_at_ms: _Optional[int] = ..., result: _Optional[_Union[Result, _Mapping]] = ..., array_id: _Optional[str] = ..., array_index: _Optional[int] = ...) -> None: ...

class Result(_message.Message):
    __slots__ = ("state", "exit_code", "signal", "attempts", "latency_ms", "outputs", "metrics", "runner_output_json", "error_code", "error", "stdout_tail", "stderr_tail", "stdout_bytes", "stderr_bytes", "image_digest", "logs_url")
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    STATE_FIELD_NUMBER: _ClassVar[int]
    EXIT_CODE_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    RUNNER_OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    STDOUT_TAIL_FIELD_NUMBER: _ClassVar[int]
    STDERR_TAIL_FIELD_NUMBER: _ClassVar[int]
    STDOUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    STDERR_BYTES_FIELD_NUMBER: _ClassVar[int]
    IMAGE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LOGS_URL_FIELD_NUMBER: _ClassVar[int]
    state: TaskState
    exit_code: int
    signal: int
    attempts: int
    latency_ms: float
    outputs: _containers.RepeatedCompositeFieldContainer[OutputFile]
    metrics: _containers.ScalarMap[str, float]
    runner_output_json: str
    error_code: str
    error: str
    stdout_tail: str
    stderr_tail: str
    stdout_bytes: int
    stderr_bytes: int
    image_digest: str
    logs_url: str
    def __init__(self, state: _Optional[_Union[TaskState, str]] = ..., exit_code: _Optional[int] = ..., signal: _Optional[int] = ..., attempts: _Optional[int] = ..., latency_ms: _Optional[float] = ..., outputs: _Optional[_Iterable[_Union[OutputFile, _Mapping]]] = ..., metrics: _Optional[_Mapping[str, float]] = ..., runner_output_json: _Optional[str] = ..., error_code: _Optional[str] = ..., error: _Optional[str] = ..., stdout_tail: _Optional[str] = ..., stderr_tail: _Optional[str] = ..., stdout_bytes: _Optional[int] = ..., stderr_bytes: _Optional[int] = ..., image_digest: _Optional[str] = ..., logs_url: _Optional[str] = ...) -> None: ...

class OutputFile(_message.Message):
    __slots__ = ("name", "path", "type", "size_bytes", "checksum")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    name: str
    path: str
    type: str
    size_bytes: int
    checksum: str
    def __init__(self, name: _Optional[str] = ..., path: _Optional[str] = ..., type: _Optional[str] = ..., size_bytes: _Optional[int] = ..., checksum: _Optional[str] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("percent", "step", "message")
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    percent: float
    step: str
    message: str
    def __init__(self, percent: _Optional[float] = ..., step: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class GetTaskRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class ListTasksRequest(_message.Message):
    __slots__ = ("states", "task_class", "tenant", "workflow_id", "array_id", "page_size", "page_token")
    STATES_FIELD_NUMBER: _ClassVar[int]
    TASK_CLASS_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    ARRAY_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    states: _containers.RepeatedScalarFieldContainer[TaskState]
    task_class: TaskClass
    tenant: str
    workflow_id: str
    array_id: str
    page_size: int
    page_token: str
    def __init__(self, states: _Optional[_Iterable[_Union[TaskState, str]]] = ..., task_class: _Optional[_Union[TaskClass, str]] = ..., tenant: _Optional[str] = ..., workflow_id: _Optional[str] = ..., array_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTasksResponse(_message.Message):
    __slots__ = ("tasks", "next_page_token")
    TASKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[Task]
    next_page_token: str
    def __init__(self, tasks: _Optional[_Iterable[_Union[Task, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CancelTaskRequest(_message.Message):
    __slots__ = ("id", "reason")
    ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    id: str
    reason: str
    def __init__(self, id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class WaitTaskRequest(_message.Message):
    __slots__ = ("id", "timeout_seconds")
    ID_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    id: str
    timeout_seconds: float
    def __init__(self, id: _Optional[str] = ..., timeout_seconds: _Optional[float] = ...) -> None: ...

class WatchTasksRequest(_message.Message):
    __slots__ = ("ids", "after_position")
    IDS_FIELD_NUMBER: _ClassVar[int]
    AFTER_POSITION_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[str]
    after_position: int
    def __init__(self, ids: _Optional[_Iterable[str]] = ..., after_position: _Optional[int] = ...) -> None: ...

class TaskUpdate(_message.Message):
    __slots__ = ("id", "position", "at_ms", "type", "state", "attempt", "progress", "task")
    ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    id: str
    position: int
    at_ms: int
    type: str
    state: TaskState
    attempt: int
    progress: Progress
    task: Task
    def __init__(self, id: _Optional[str] = ..., position: _Optional[int] = ..., at_ms: _Optional[int] = ..., type: _Optional[str] = ..., state: _Optional[_Union[TaskState, str]] = ..., attempt: _Optional[int] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., task: _Optional[_Union[Task, _Mapping]] = ...) -> None: ...

class ReadLogsRequest(_message.Message):
    __slots__ = ("id", "streams", "attempt", "offset", "follow")
    ID_FIELD_NUMBER: _ClassVar[int]
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    id: str
    streams: _containers.RepeatedScalarFieldContainer[LogStream]
    attempt: int
    offset: int
    follow: bool
    def __init__(self, id: _Optional[str] = ..., streams: _Optional[_Iterable[_Union[LogStream, str]]] = ..., attempt: _Optional[int] = ..., offset: _Optional[int] = ..., follow: bool = ...) -> None: ...

class LogChunk(_message.Message):
    __slots__ = ("stream", "attempt", "offset", "data", "gap")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    stream: LogStream
    attempt: int
    offset: int
    data: bytes
    gap: int
    def __init__(self, stream: _Optional[_Union[LogStream, str]] = ..., attempt: _Optional[int] = ..., offset: _Optional[int] = ..., data: _Optional[bytes] = ..., gap: _Optional[int] = ...) -> None: ...

class ExplainTaskResponse(_message.Message):
    __slots__ = ("id", "state", "sentences")
    ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SENTENCES_FIELD_NUMBER: _ClassVar[int]
    id: str
    state: TaskState
    sentences: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., state: _Optional[_Union[TaskState, str]] = ..., sentences: _Optional[_Iterable[str]] = ...) -> None: ...

class SubmitArrayRequest(_message.Message):
    __slots__ = ("id", "task_class", "priority", "workflow_id", "template", "count", "items", "concurrency")
    ID_FIELD_NUMBER: _ClassVar[int]
    TASK_CLASS_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    id: str
    task_class: TaskClass
    priority: int
    workflow_id: str
    template: TaskSpec
    count: int
    items: _containers.RepeatedScalarFieldContainer[str]
    concurrency: int
    def __init__(self, id: _Optional[str] = ..., task_class: _Optional[_Union[TaskClass, str]] = ..., priority: _Optional[int] = ..., workflow_id: _Optional[str] = ..., template: _Optional[_Union[TaskSpec, _Mapping]] = ..., count: _Optional[int] = ..., items: _Optional[_Iterable[str]] = ..., concurrency: _Optional[int] = ...) -> None: ...

class GetArrayRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class RerunArrayRequest(_message.Message):
    __slots__ = ("id", "new_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    NEW_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    new_id: str
    def __init__(self, id: _Optional[str] = ..., new_id: _Optional[str] = ...) -> None: ...

class CancelArrayRequest(_message.Message):
    __slots__ = ("id", "reason")
    ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    id: str
    reason: str
    def __init__(self, id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Array(_message.Message):
    __slots__ = ("id", "count", "concurrency", "tasks", "ended", "rerun_of", "task_class", "tenant", "workflow_id", "submitted_at_ms")
    class TasksEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    RERUN_OF_FIELD_NUMBER: _ClassVar[int]
    TASK_CLASS_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    id: str
    count: int
    concurrency: int
    tasks: _containers.ScalarMap[str, int]
    ended: bool
    rerun_of: str
    task_class: TaskClass
    tenant: str
    workflow_id: str
    submitted_at_ms: int
    def __init__(self, id: _Optional[str] = ..., count: _Optional[int] = ..., concurrency: _Optional[int] = ..., tasks: _Optional[_Mapping[str, int]] = ..., ended: bool = ..., rerun_of: _Optional[str] = ..., task_class: _Optional[_Union[TaskClass, str]] = ..., tenant: _Optional[str] = ..., workflow_id: _Optional[str] = ..., submitted_at_ms: _Optional[int] = ...) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PauseRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResumeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DrainRequest(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class RunnerStatus(_message.Message):
    __slots__ = ("runner_id", "version", "state", "tasks", "places", "trouble", "last_position")
    class TasksEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class PlacesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Places
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Places, _Mapping]] = ...) -> None: ...
    RUNNER_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    PLACES_FIELD_NUMBER: _ClassVar[int]
    TROUBLE_FIELD_NUMBER: _ClassVar[int]
    LAST_POSITION_FIELD_NUMBER: _ClassVar[int]
    runner_id: str
    version: str
    state: str
    tasks: _containers.ScalarMap[str, int]
    places: _containers.MessageMap[str, Places]
    trouble: str
    last_position: int
    def __init__(self, runner_id: _Optional[str] = ..., version: _Optional[str] = ..., state: _Optional[str] = ..., tasks: _Optional[_Mapping[str, int]] = ..., places: _Optional[_Mapping[str, Places]] = ..., trouble: _Optional[str] = ..., last_position: _Optional[int] = ...) -> None: ...

class Places(_message.Message):
    __slots__ = ("used", "total", "waiting")
    USED_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    used: int
    total: int
    waiting: int
    def __init__(self, used: _Optional[int] = ..., total: _Optional[int] = ..., waiting: _Optional[int] = ...) -> None: ...
