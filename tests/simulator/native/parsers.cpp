// One native parser per kind, and one per way to go wrong.
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include "nvdsinfer_custom_impl.h"

using Layers = std::vector<NvDsInferLayerInfo>;
using Network = NvDsInferNetworkInfo;
using Params = NvDsInferParseDetectionParams;
using Objects = std::vector<NvDsInferObjectDetectionInfo>;

static const NvDsInferLayerInfo *named(Layers const &layers, const char *name) {
  for (auto const &layer : layers)
    if (!strcmp(layer.layerName, name)) return &layer;
  return nullptr;
}

// Rows of class, score, left, top, width, height in fractions of the network.
extern "C" bool ParseRows(Layers const &layers, Network const &network, Params const &params, Objects &objects) {
  auto rows = named(layers, "rows");
  if (!rows || rows->dataType != FLOAT || rows->inferDims.numDims != 2 || rows->dims.d[1] != 6) return false;
  std::cout << "parsing " << rows->inferDims.numElements << " values" << std::endl;
  auto values = static_cast<const float *>(rows->buffer);
  for (unsigned int i = 0; i < rows->inferDims.d[0]; ++i, values += 6) {
    unsigned int id = static_cast<unsigned int>(values[0]);
    if (id < params.numClassesConfigured && values[1] < params.perClassThreshold[id]) continue;
    NvDsInferObjectDetectionInfo object{};
    object.classId = id;
    object.detectionConfidence = values[1];
    object.left = values[2] * network.width;
    object.top = values[3] * network.height;
    object.width = values[4] * network.width;
    object.height = values[5] * network.height;
    objects.push_back(object);
  }
  return true;
}

extern "C" bool ParseMasks(Layers const &layers, Network const &network, Params const &, std::vector<NvDsInferInstanceMaskInfo> &objects) {
  auto values = static_cast<const float *>(named(layers, "rows")->buffer);
  NvDsInferInstanceMaskInfo object{0, 0, 0, network.width / 2.0f, network.height / 2.0f, 0.9f, new float[6], 3, 2, 6 * sizeof(float)};
  for (int i = 0; i < 6; ++i) object.mask[i] = values[i];
  objects.push_back(object);
  objects.push_back({0, 1, 1, 4, 4, 0.8f, nullptr, 0, 0, 0});
  return true;
}

extern "C" bool ParseClasses(Layers const &layers, Network const &, float threshold, std::vector<NvDsInferAttribute> &attributes, std::string &description) {
  auto values = static_cast<const float *>(named(layers, "rows")->buffer);
  for (unsigned int i = 0; i < 6; ++i)
    if (values[i] > threshold) {
      attributes.push_back({0, i, values[i], strdup(("label " + std::to_string(i)).c_str())});
      description += "a description that is longer than a short string ";
    }
  return true;
}

extern "C" bool Refuses(Layers const &, Network const &, Params const &, Objects &) { return false; }
static float below(const float *address) { return *address; }
extern "C" bool Crashes(Layers const &, Network const &, Params const &, Objects &objects) {
  objects.resize(1);
  objects[0].left = below(reinterpret_cast<const float *>(16));
  return true;
}
extern "C" bool Throws(Layers const &layers, Network const &, Params const &, Objects &) { return layers.at(99).isInput; }
extern "C" bool Leaves(Layers const &, Network const &, Params const &, Objects &) { std::_Exit(3); }

static volatile bool always = true;
static void endless() { while (always) {} }
extern "C" bool Loops(Layers const &, Network const &, Params const &, Objects &) { endless(); return true; }
// As many boxes as the frame has rows, of class 0.
extern "C" bool ParseMany(Layers const &layers, Network const &, Params const &, Objects &objects) {
  for (unsigned int i = 0; i < named(layers, "rows")->inferDims.d[0]; ++i) {
    NvDsInferObjectDetectionInfo object{};
    object.left = object.top = 8.5f * i;
    object.width = object.height = object.detectionConfidence = 0.75f;
    objects.push_back(object);
  }
  return true;
}
