"""nvinferserver's configuration: the schemas that DeepStream 9.1 ships (package nvdsinferserver.config)."""

from dsconfig.protobuf_schema import Schema

_ENUMS = {
    "MediaFormat": "MEDIA_FORMAT_NONE IMAGE_FORMAT_RGB IMAGE_FORMAT_BGR IMAGE_FORMAT_GRAY",
    "TensorOrder": "TENSOR_ORDER_NONE TENSOR_ORDER_LINEAR TENSOR_ORDER_NHWC",
    "TensorDataType": "TENSOR_DT_NONE TENSOR_DT_FP32 TENSOR_DT_FP16 TENSOR_DT_INT8 TENSOR_DT_INT16 TENSOR_DT_INT32 "
    "TENSOR_DT_UINT8 TENSOR_DT_UINT16 TENSOR_DT_UINT32 TENSOR_DT_FP64 TENSOR_DT_INT64 TENSOR_DT_UINT64 "
    "TENSOR_DT_STRING",
    "FrameScalingHW": "FRAME_SCALING_HW_DEFAULT FRAME_SCALING_HW_GPU FRAME_SCALING_HW_VIC",
    "MemoryType": "MEMORY_TYPE_DEFAULT MEMORY_TYPE_CPU MEMORY_TYPE_GPU",
    "ProcessMode": "PROCESS_MODE_DEFAULT PROCESS_MODE_FULL_FRAME PROCESS_MODE_CLIP_OBJECTS",
}
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
}

SCHEMA = Schema(_MESSAGES, _ENUMS)
ROOT = "PluginControl"
