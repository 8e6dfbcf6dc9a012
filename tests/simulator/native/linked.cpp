// A library with a TensorRT plugin, registered while it is loaded, beside its parsers: as DeepStream's samples have it.
#include "nvdsinfer_custom_impl.h"
namespace nvinfer1 {
struct IPluginV2 { virtual ~IPluginV2(); virtual int getNbOutputs(); };
struct IPluginRegistry { virtual int first(); virtual bool registerCreator(int); };
}
extern "C" nvinfer1::IPluginRegistry *getPluginRegistry();
extern "C" int cudaMalloc(void **, unsigned long);

struct Plugin : nvinfer1::IPluginV2 { int getNbOutputs() override { return 2; } };
nvinfer1::IPluginV2 *make() { return new Plugin; }
static const bool registered = getPluginRegistry()->registerCreator(1);

using Objects = std::vector<NvDsInferObjectDetectionInfo>;
extern "C" bool NeedsNothing(std::vector<NvDsInferLayerInfo> const &, NvDsInferNetworkInfo const &, NvDsInferParseDetectionParams const &, Objects &objects) {
  objects.push_back({0, 1, 2, 30, 40, registered ? 1.0f : 0.5f});
  return true;
}
extern "C" bool NeedsCuda(std::vector<NvDsInferLayerInfo> const &, NvDsInferNetworkInfo const &, NvDsInferParseDetectionParams const &, Objects &) {
  void *memory;
  return cudaMalloc(&memory, 8) == 0;
}
