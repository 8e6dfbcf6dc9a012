"""nvinferserver's and Triton's configuration texts, parsed by the protobuf library.

The messages are built when this module is imported. Text format knows fields by name alone, so the numbers here are
simply counted; the names are those of the schemas that DeepStream 9.1 ships (package nvdsinferserver.config) and of
Triton's model configuration.
"""

import re
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

from simulator.errors import ConfigurationError

_PACKAGE = "nvdsinferserver.config"

_ENUMS = {
    "MediaFormat": "MEDIA_FORMAT_NONE IMAGE_FORMAT_RGB IMAGE_FORMAT_BGR IMAGE_FORMAT_GRAY",
    "TensorOrder": "TENSOR_ORDER_NONE TENSOR_ORDER_LINEAR TENSOR_ORDER_NHWC",
    "TensorDataType": "TENSOR_DT_NONE TENSOR_DT_FP32 TENSOR_DT_FP16 TENSOR_DT_INT8 TENSOR_DT_INT16 TENSOR_DT_INT32 "
    "TENSOR_DT_UINT8 TENSOR_DT_UINT16 TENSOR_DT_UINT32 TENSOR_DT_FP64 TENSOR_DT_INT64 TENSOR_DT_UINT64 "
    "TENSOR_DT_STRING",
    "FrameScalingHW": "FRAME_SCALING_HW_DEFAULT FRAME_SCALING_HW_GPU FRAME_SCALING_HW_VIC",
    "MemoryType": "MEMORY_TYPE_DEFAULT MEMORY_TYPE_CPU MEMORY_TYPE_GPU",
    "ProcessMode": "PROCESS_MODE_DEFAULT PROCESS_MODE_FULL_FRAME PROCESS_MODE_CLIP_OBJECTS",
    "DataType": "TYPE_INVALID TYPE_BOOL TYPE_UINT8 TYPE_UINT16 TYPE_UINT32 TYPE_UINT64 TYPE_INT8 TYPE_INT16 "
    "TYPE_INT32 TYPE_INT64 TYPE_FP16 TYPE_FP32 TYPE_FP64 TYPE_STRING TYPE_BF16",
    "Format": "FORMAT_NONE FORMAT_NHWC FORMAT_NCHW",
}

# Fields are `name:type`; a type in [] repeats, and fields of one oneof stand in (). A map is what it is in text: a
# repeated message of key and value.
_MESSAGES = {
    "PluginControl": "infer_config:InferenceConfig input_control:InputControl output_control:OutputControl",
    "Color": "r:float g:float b:float a:float",
    "BBoxFilter": "min_width:uint32 min_height:uint32 max_width:uint32 max_height:uint32",
    "DetectClassFilter": "bbox_filter:BBoxFilter roi_top_offset:uint32 roi_bottom_offset:uint32 border_color:Color "
    "bg_color:Color",
    "DetectClassFilterEntry": "key:uint32 value:DetectClassFilter",
    "OutputDetectionControl": "default_filter:DetectClassFilter specific_class_filters:[DetectClassFilterEntry] "
    "filter_out_class_ids:[int32]",
    "InputObjectControl": "bbox_filter:BBoxFilter",
    "InputControl": "process_mode:ProcessMode operate_on_gie_id:int32 operate_on_class_ids:[int32] "
    "(interval:uint32 secondary_reinfer_interval:uint32) async_mode:bool (object_control:InputObjectControl)",
    "OutputControl": "output_tensor_meta:bool (detect_control:OutputDetectionControl) (classifier_type:string)",
    "InferenceConfig": "unique_id:uint32 gpu_ids:[int32] max_batch_size:uint32 backend:BackendParams "
    "(preprocess:PreProcessParams input_tensor_from_meta:InputTensorFromMeta) (postprocess:PostProcessParams) "
    "custom_lib:CustomLib (extra:ExtraControl) (lstm:LstmParams) clip_object_outside_roi:bool",
    "BackendParams": "inputs:[InputLayer] outputs:[OutputLayer] (trt_is:TritonParams triton:TritonParams) "
    "output_mem_type:MemoryType disable_warmup:bool",
    "TritonParams": "model_name:string version:int64 class_params:[TritonClassifyParams] "
    "(model_repo:TritonModelRepo grpc:TritonGrpcParams)",
    "TritonGrpcParams": "url:string enable_cuda_buffer_sharing:bool",
    "TritonModelRepo": "root:[string] log_level:uint32 strict_model_config:bool tf_gpu_memory_fraction:float "
    "tf_disable_soft_placement:bool min_compute_capacity:float backend_dir:string model_control_mode:string "
    "cuda_device_memory:[CudaDeviceMem] (pinned_memory_pool_byte_size:uint64) backend_configs:[BackendConfig]",
    "BackendConfig": "backend:string setting:string value:string",
    "CudaDeviceMem": "device:uint32 memory_pool_byte_size:uint64",
    "InputTensorFromMeta": "is_first_dim_batch:bool",
    "ExtraControl": "copy_input_to_host_buffers:bool output_buffer_pool_size:int32 custom_process_funcion:string",
    "CustomLib": "path:string",
    "InputLayer": "name:string dims:[int32] data_type:TensorDataType",
    "OutputLayer": "name:string max_buffer_bytes:uint64",
    "ScaleNormalize": "scale_factor:float channel_offsets:[float] mean_file:string",
    "PreProcessParams": "network_format:MediaFormat tensor_order:TensorOrder tensor_name:string "
    "maintain_aspect_ratio:int32 frame_scaling_hw:FrameScalingHW frame_scaling_filter:uint32 "
    "(normalize:ScaleNormalize) symmetric_padding:int32",
    "PostProcessParams": "labelfile_path:string (detection:DetectionParams classification:ClassificationParams "
    "segmentation:SegmentationParams other:OtherNetworkParams trtis_classification:TritonClassifyParams "
    "triton_classification:TritonClassifyParams)",
    "Nms": "confidence_threshold:float iou_threshold:float topk:int32",
    "DbScan": "pre_threshold:float eps:float min_boxes:int32 min_score:float",
    "GroupRectangle": "confidence_threshold:float group_threshold:int32 eps:float",
    "SimpleCluster": "threshold:float",
    "PerClassParams": "pre_threshold:float",
    "PerClassParamsEntry": "key:int32 value:PerClassParams",
    "DetectionParams": "num_detected_classes:int32 per_class_params:[PerClassParamsEntry] "
    "custom_parse_bbox_func:string (nms:Nms dbscan:DbScan group_rectangle:GroupRectangle "
    "simple_cluster:SimpleCluster)",
    "ClassificationParams": "threshold:float custom_parse_classifier_func:string",
    "SegmentationParams": "threshold:float num_segmentation_classes:int32 custom_parse_segmentation_func:string",
    "OtherNetworkParams": "type_name:string",
    "TritonClassifyParams": "topk:uint32 threshold:float tensor_name:string",
    "InitConst": "value:float",
    "LstmLoop": "input:string output:string (init_const:InitConst) keep_output:bool",
    "LstmParams": "loops:[LstmLoop]",
    "ModelTensorReshape": "shape:[int64]",
    "ModelInput": "name:string data_type:DataType format:Format dims:[int64] reshape:ModelTensorReshape",
    "ModelOutput": "name:string data_type:DataType dims:[int64] reshape:ModelTensorReshape label_filename:string",
    "ModelConfig": "name:string platform:string backend:string max_batch_size:int32 input:[ModelInput] "
    "output:[ModelOutput] default_model_filename:string",
}

_FIELD = re.compile(r"(\w+):(\[?)(\w+)\]?")
_SCALARS = {
    name: getattr(descriptor_pb2.FieldDescriptorProto, f"TYPE_{name.upper()}")
    for name in ("bool", "float", "int32", "int64", "string", "uint32", "uint64")
}


def parse_plugin_control(text: str, name: str) -> Any:
    """Parse nvinferserver's `config-file-path`.

    Returns:
        A PluginControl message.

    Raises:
        ConfigurationError: If the text is no PluginControl; says the line.
    """
    return _parse(text, name, "PluginControl", unknown=False)


def parse_model_config(text: str, name: str) -> Any:
    """Parse a model's `config.pbtxt`; fields that do not matter here are passed over.

    Returns:
        A ModelConfig message.

    Raises:
        ConfigurationError: If the text is no ModelConfig; says the line.
    """
    return _parse(text, name, "ModelConfig", unknown=True)


def _parse(text: str, name: str, message: str, *, unknown: bool) -> Any:
    descriptor = _POOL.FindMessageTypeByName(f"{_PACKAGE}.{message}")
    try:
        return text_format.Parse(
            text, message_factory.GetMessageClass(descriptor)(), allow_unknown_field=unknown, descriptor_pool=_POOL
        )
    except (text_format.ParseError, RecursionError, UnicodeError) as error:
        raise ConfigurationError(f"Failed to parse config file {name}: {error}") from error


def _described() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="simulator.proto", package=_PACKAGE, syntax="proto3")
    for name, values in _ENUMS.items():
        enum = file.enum_type.add(name=name)
        for number, word in enumerate(values.split()):
            enum.value.add(name=word, number=number)
    for name, fields in _MESSAGES.items():
        _describe(file.message_type.add(name=name), fields)
    return file


def _describe(message: descriptor_pb2.DescriptorProto, fields: str) -> None:
    for part in re.findall(r"\([^)]*\)|\S+", fields):
        choice = None
        if part.startswith("("):
            choice = len(message.oneof_decl)
            message.oneof_decl.add(name=f"choice_{choice}")
        for field, repeated, kind in _FIELD.findall(part):
            _add(message, field, kind, repeated=bool(repeated), choice=choice)


def _add(message: descriptor_pb2.DescriptorProto, name: str, kind: str, *, repeated: bool, choice: int | None) -> None:
    field = message.field.add(name=name, number=len(message.field) + 1)
    field.label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type = field.TYPE_ENUM if kind in _ENUMS else field.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{kind}"
    if choice is not None:
        field.oneof_index = choice


_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(_described())
