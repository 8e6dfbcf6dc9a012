"""Triton's model configuration (`config.pbtxt`): the schema of triton-inference-server/common, model_config.proto."""

from dsconfig.protobuf_schema import Schema

_ENUMS = {
    "DataType": "TYPE_INVALID TYPE_BOOL TYPE_UINT8 TYPE_UINT16 TYPE_UINT32 TYPE_UINT64 TYPE_INT8 TYPE_INT16 "
    "TYPE_INT32 TYPE_INT64 TYPE_FP16 TYPE_FP32 TYPE_FP64 TYPE_STRING TYPE_BF16",
    "Format": "FORMAT_NONE FORMAT_NHWC FORMAT_NCHW",
    "InstanceKind": "KIND_AUTO KIND_GPU KIND_CPU KIND_MODEL",
    "SecondaryKind": "KIND_NVDLA",
    "BatchInputKind": "BATCH_ELEMENT_COUNT BATCH_ACCUMULATED_ELEMENT_COUNT "
    "BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO BATCH_MAX_ELEMENT_COUNT_AS_SHAPE BATCH_ITEM_SHAPE "
    "BATCH_ITEM_SHAPE_FLATTEN",
    "BatchOutputKind": "BATCH_SCATTER_WITH_INPUT_SHAPE",
    "ModelPriority": "PRIORITY_DEFAULT PRIORITY_MAX PRIORITY_MIN",
    "TimeoutAction": "REJECT DELAY",
    "ControlKind": "CONTROL_SEQUENCE_START CONTROL_SEQUENCE_READY CONTROL_SEQUENCE_END CONTROL_SEQUENCE_CORRID",
}
_MESSAGES = {
    "Text": "key:string value:string",
    "Empty": "",
    "Resource": "name:string global:bool count:uint32",
    "RateLimiter": "resources:[Resource] priority:uint32",
    "SecondaryDevice": "kind:SecondaryKind device_id:int64",
    "InstanceGroup": "name:string kind:InstanceKind count:int32 rate_limiter:RateLimiter gpus:[int32] "
    "secondary_devices:[SecondaryDevice] profile:[string] passive:bool host_policy:string",
    "Reshape": "shape:[int64]",
    "Input": "name:string data_type:DataType format:Format dims:[int64] reshape:Reshape is_shape_tensor:bool "
    "allow_ragged_batch:bool optional:bool is_non_linear_format_io:bool",
    "Output": "name:string data_type:DataType dims:[int64] reshape:Reshape label_filename:string is_shape_tensor:bool "
    "is_non_linear_format_io:bool",
    "BatchInput": "kind:BatchInputKind target_name:[string] data_type:DataType source_input:[string]",
    "BatchOutput": "target_name:[string] kind:BatchOutputKind source_input:[string]",
    "Latest": "num_versions:uint32",
    "Specific": "versions:[int64]",
    "VersionPolicy": "(latest:Latest all:Empty specific:Specific)",
    "Graph": "level:int32",
    "Shape": "dim:[int64]",
    "ShapeEntry": "key:string value:Shape",
    "LowerBound": "batch_size:int32 input:[ShapeEntry]",
    "GraphSpec": "batch_size:int32 input:[ShapeEntry] graph_lower_bound:LowerBound",
    "Cuda": "graphs:bool busy_wait_events:bool graph_spec:[GraphSpec] output_copy_stream:bool",
    "Accelerator": "name:string parameters:[Text]",
    "Accelerators": "gpu_execution_accelerator:[Accelerator] cpu_execution_accelerator:[Accelerator]",
    "PinnedMemory": "enable:bool",
    "Optimization": "graph:Graph priority:ModelPriority cuda:Cuda execution_accelerators:Accelerators "
    "input_pinned_memory:PinnedMemory output_pinned_memory:PinnedMemory gather_kernel_buffer_threshold:uint32 "
    "eager_batching:bool",
    "QueuePolicy": "timeout_action:TimeoutAction default_timeout_microseconds:uint64 allow_timeout_override:bool "
    "max_queue_size:uint32",
    "QueuePolicyEntry": "key:uint64 value:QueuePolicy",
    "DynamicBatching": "preferred_batch_size:[int32] max_queue_delay_microseconds:uint64 preserve_ordering:bool "
    "priority_levels:uint64 default_priority_level:uint64 default_queue_policy:QueuePolicy "
    "priority_queue_policy:[QueuePolicyEntry]",
    "Control": "kind:ControlKind int32_false_true:[int32] fp32_false_true:[float] bool_false_true:[bool] "
    "data_type:DataType",
    "ControlInput": "name:string control:[Control]",
    "InitialState": "data_type:DataType dims:[int64] (zero_data:bool data_file:string) name:string",
    "State": "input_name:string output_name:string data_type:DataType dims:[int64] initial_state:[InitialState] "
    "use_same_buffer_for_input_output:bool use_growable_memory:bool",
    "StrategyDirect": "max_queue_delay_microseconds:uint64 minimum_slot_utilization:float",
    "StrategyOldest": "max_candidate_sequences:int32 preferred_batch_size:[int32] max_queue_delay_microseconds:uint64 "
    "preserve_ordering:bool",
    "SequenceBatching": "(direct:StrategyDirect oldest:StrategyOldest) max_sequence_idle_microseconds:uint64 "
    "control_input:[ControlInput] state:[State] iterative_sequence:bool",
    "Step": "model_name:string model_version:int64 input_map:[Text] output_map:[Text] model_namespace:string",
    "Ensembling": "step:[Step] max_inflight_responses:uint32",
    "Parameter": "string_value:string",
    "ParameterEntry": "key:string value:Parameter",
    "WarmupInput": "data_type:DataType dims:[int64] (zero_data:bool random_data:bool input_data_file:string)",
    "WarmupInputEntry": "key:string value:WarmupInput",
    "Warmup": "name:string batch_size:uint32 inputs:[WarmupInputEntry] count:uint32",
    "Operations": "op_library_filename:[string]",
    "TransactionPolicy": "decoupled:bool",
    "Agent": "name:string parameters:[Text]",
    "Agents": "agents:[Agent]",
    "ResponseCache": "enable:bool",
    "MetricIdentifier": "family:string",
    "HistogramOptions": "buckets:[float]",
    "MetricControl": "metric_identifier:MetricIdentifier (histogram_options:HistogramOptions)",
    "Metrics": "metric_control:[MetricControl]",
    "ModelConfig": "name:string platform:string backend:string runtime:string version_policy:VersionPolicy "
    "max_batch_size:int32 input:[Input] output:[Output] batch_input:[BatchInput] batch_output:[BatchOutput] "
    "optimization:Optimization (dynamic_batching:DynamicBatching sequence_batching:SequenceBatching "
    "ensemble_scheduling:Ensembling) instance_group:[InstanceGroup] default_model_filename:string "
    "cc_model_filenames:[Text] metric_tags:[Text] parameters:[ParameterEntry] model_warmup:[Warmup] "
    "model_operations:Operations model_transaction_policy:TransactionPolicy model_repository_agents:Agents "
    "response_cache:ResponseCache model_metrics:Metrics",
}

SCHEMA = Schema(_MESSAGES, _ENUMS)
ROOT = "ModelConfig"
TYPES = _ENUMS["DataType"].split()
