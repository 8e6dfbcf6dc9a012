// Boxes of a detector that was trained on Custom Vision ("General (compact)", ONNX): what custom_vision_parser.py does,
// as a library for nvinfer. In the image of the device, whose processor it is built for:
//
//   g++ -shared -fPIC -O2 -I/opt/nvidia/deepstream/deepstream/sources/includes -o LIBRARY custom_vision.cpp
//
// nvinfer suppresses the overlaps itself (cluster-mode=2).
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <vector>

#include "nvdsinfer_custom_impl.h"

namespace {

constexpr unsigned kAnchors = 5;
constexpr unsigned kBox = 5;  // x, y, width, height, objectness
constexpr float kAnchor[kAnchors][2] = {{0.573f, 0.677f}, {1.87f, 2.06f}, {3.34f, 5.47f}, {7.88f, 3.53f}, {9.77f, 9.17f}};
constexpr float kLargest = 10;  // exponent of a size

float logistic(float value) { return 1 / (1 + std::exp(-value)); }

const NvDsInferLayerInfo *head(std::vector<NvDsInferLayerInfo> const &layers) {
  for (auto const &layer : layers)
    if (!std::strcmp(layer.layerName, "model_outputs0")) return &layer;
  std::cerr << "custom_vision: the model has no output 'model_outputs0'" << std::endl;
  return nullptr;
}

}  // namespace

extern "C" bool NvDsInferParseCustomYoloV2Tiny(std::vector<NvDsInferLayerInfo> const &layers,
                                               NvDsInferNetworkInfo const &network,
                                               NvDsInferParseDetectionParams const &params,
                                               std::vector<NvDsInferObjectDetectionInfo> &objects) {
  const NvDsInferLayerInfo *layer = head(layers);
  if (!layer || layer->inferDims.numDims != 3) return false;
  const unsigned planes = layer->inferDims.d[0], rows = layer->inferDims.d[1], columns = layer->inferDims.d[2];
  const unsigned classes = planes / kAnchors - kBox;
  if (planes % kAnchors || planes < kAnchors * (kBox + 1) || classes != params.numClassesConfigured) {
    std::cerr << "custom_vision: the model has " << static_cast<int>(classes) << " classes, and num-detected-classes is "
              << params.numClassesConfigured << std::endl;
    return false;
  }
  const float *values = static_cast<const float *>(layer->buffer);
  const unsigned cells = rows * columns;
  const float cell_width = static_cast<float>(network.width) / columns;
  const float cell_height = static_cast<float>(network.height) / rows;
  for (unsigned anchor = 0; anchor < kAnchors; ++anchor) {
    const float *first = values + anchor * (kBox + classes) * cells;
    for (unsigned cell = 0; cell < cells; ++cell) {
      auto value = [&](unsigned plane) { return first[plane * cells + cell]; };
      unsigned best = 0;
      for (unsigned id = 1; id < classes; ++id)
        if (value(kBox + id) > value(kBox + best)) best = id;
      float sum = 0;
      for (unsigned id = 0; id < classes; ++id) sum += std::exp(value(kBox + id) - value(kBox + best));
      const float score = logistic(value(4)) / sum;
      if (!(score >= params.perClassPreclusterThreshold[best])) continue;
      NvDsInferObjectDetectionInfo object{};
      object.classId = best;
      object.detectionConfidence = score;
      object.width = std::exp(std::min(value(2), kLargest)) * kAnchor[anchor][0] * cell_width;
      object.height = std::exp(std::min(value(3), kLargest)) * kAnchor[anchor][1] * cell_height;
      object.left = (logistic(value(0)) + cell % columns) * cell_width - object.width / 2;
      object.top = (logistic(value(1)) + cell / columns) * cell_height - object.height / 2;
      objects.push_back(object);
    }
  }
  return true;
}
