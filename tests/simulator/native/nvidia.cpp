// Stands for TensorRT and CUDA at link time: the tests delete it before the parser is loaded.
namespace nvinfer1 {
struct IPluginV2 { virtual ~IPluginV2(); virtual int getNbOutputs(); };
struct IPluginRegistry { virtual int first(); virtual bool registerCreator(int); };
IPluginV2::~IPluginV2() {}
int IPluginV2::getNbOutputs() { return 1; }
int IPluginRegistry::first() { return 0; }
bool IPluginRegistry::registerCreator(int) { return false; }
}
extern "C" nvinfer1::IPluginRegistry *getPluginRegistry() { static nvinfer1::IPluginRegistry registry; return &registry; }
extern "C" int cudaMalloc(void **, unsigned long) { return 0; }
