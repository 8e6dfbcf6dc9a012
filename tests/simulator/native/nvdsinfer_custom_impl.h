// What the tests' native parsers need of DeepStream's published C++ interface, in our own words: the same layout.
#pragma once
#include <string>
#include <vector>

enum NvDsInferDataType { FLOAT = 0, HALF = 1, INT8 = 2, INT32 = 3, INT64 = 4, UINT8 = 5 };
struct NvDsInferDims { unsigned int numDims; unsigned int d[8]; unsigned int numElements; };
struct NvDsInferLayerInfo {
  NvDsInferDataType dataType;
  union { NvDsInferDims inferDims; NvDsInferDims dims; };
  int bindingIndex;
  const char *layerName;
  void *buffer;
  int isInput;
};
struct NvDsInferNetworkInfo { unsigned int width, height, channels; };
struct NvDsInferParseDetectionParams {
  unsigned int numClassesConfigured;
  std::vector<float> perClassPreclusterThreshold, perClassPostclusterThreshold;
  std::vector<float> &perClassThreshold = perClassPreclusterThreshold;
};
struct NvDsInferObjectDetectionInfo {
  unsigned int classId;
  float left, top, width, height, detectionConfidence;
#ifdef DEEPSTREAM_9
  float rotation_angle;
#endif
};
struct NvDsInferInstanceMaskInfo {
  unsigned int classId;
  float left, top, width, height, detectionConfidence;
  float *mask;
  unsigned int mask_width, mask_height, mask_size;
};
struct NvDsInferAttribute { unsigned int attributeIndex, attributeValue; float attributeConfidence; char *attributeLabel; };
