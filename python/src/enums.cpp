// SPDX-License-Identifier: Apache-2.0
// Enumerations of engines, builds and plugins.
#include "enums.h"

namespace opentrt::python {

void addAlias(nb::handle type, char const* name, int64_t value) {
    nb::object member = type(value);
    nb::setattr(type, name, member);
    nb::cast<nb::dict>(type.attr("_member_map_"))[name] = member;
}

namespace {

void bindDataType(nb::module_& m) {
    using E = DataType;
    nb::object type = bindEnum<E>(m, "DataType",
                                  {{"FLOAT", E::kFLOAT},
                                   {"HALF", E::kHALF},
                                   {"INT8", E::kINT8},
                                   {"INT32", E::kINT32},
                                   {"BOOL", E::kBOOL},
                                   {"UINT8", E::kUINT8},
                                   {"FP8", E::kFP8},
                                   {"BF16", E::kBF16},
                                   {"INT64", E::kINT64},
                                   {"INT4", E::kINT4},
                                   {"FP4", E::kFP4},
                                   {"E8M0", E::kE8M0}});
    char const* const names[] = {"float32", "float16",  "int8",  "int32", "bool", "uint8",
                                 "fp8",     "bfloat16", "int64", "int4",  "fp4",  "e8m0"};
    for (int64_t i = 0; i < EnumMax<E>(); ++i) m.attr(names[i]) = type(i);
}

void bindRuntimeEnums(nb::module_& m) {
    {
        using E = TensorFormat;
        bindEnum<E>(m, "TensorFormat",
                    {{"LINEAR", E::kLINEAR},
                     {"CHW2", E::kCHW2},
                     {"HWC8", E::kHWC8},
                     {"CHW4", E::kCHW4},
                     {"CHW16", E::kCHW16},
                     {"CHW32", E::kCHW32},
                     {"DHWC8", E::kDHWC8},
                     {"CDHW32", E::kCDHW32},
                     {"HWC", E::kHWC},
                     {"DLA_LINEAR", E::kDLA_LINEAR},
                     {"DLA_HWC4", E::kDLA_HWC4},
                     {"HWC16", E::kHWC16},
                     {"DHWC", E::kDHWC},
                     {"NCHW", E::kNCHW},
                     {"NC2HW2", E::kNC2HW2},
                     {"NHWC8", E::kNHWC8}});
    }
    {
        using E = EngineCapability;
        bindEnum<E>(m, "EngineCapability",
                    {{"STANDARD", E::kSTANDARD},
                     {"SAFETY", E::kSAFETY},
                     {"DLA_STANDALONE", E::kDLA_STANDALONE},
                     {"DEFAULT", E::kDEFAULT},
                     {"SAFE_GPU", E::kSAFE_GPU},
                     {"SAFE_DLA", E::kSAFE_DLA}});
    }
    {
        using E = DimensionOperation;
        bindEnum<E>(m, "DimensionOperation",
                    {{"SUM", E::kSUM},
                     {"PROD", E::kPROD},
                     {"MAX", E::kMAX},
                     {"MIN", E::kMIN},
                     {"SUB", E::kSUB},
                     {"EQUAL", E::kEQUAL},
                     {"LESS", E::kLESS},
                     {"FLOOR_DIV", E::kFLOOR_DIV},
                     {"CEIL_DIV", E::kCEIL_DIV}});
    }
    {
        using E = TensorLocation;
        bindEnum<E>(m, "TensorLocation", {{"DEVICE", E::kDEVICE}, {"HOST", E::kHOST}});
    }
    {
        using E = WeightsRole;
        bindEnum<E>(m, "WeightsRole",
                    {{"KERNEL", E::kKERNEL},
                     {"BIAS", E::kBIAS},
                     {"SHIFT", E::kSHIFT},
                     {"SCALE", E::kSCALE},
                     {"CONSTANT", E::kCONSTANT},
                     {"ANY", E::kANY}});
    }
    {
        using E = DeviceType;
        bindEnum<E>(m, "DeviceType", {{"GPU", E::kGPU}, {"DLA", E::kDLA}});
    }
    {
        using E = TempfileControlFlag;
        bindEnum<E>(m, "TempfileControlFlag",
                    {{"ALLOW_IN_MEMORY_FILES", E::kALLOW_IN_MEMORY_FILES},
                     {"ALLOW_TEMPORARY_FILES", E::kALLOW_TEMPORARY_FILES}});
    }
    {
        using E = AllocatorFlag;
        bindEnum<E>(m, "AllocatorFlag", {{"RESIZABLE", E::kRESIZABLE}});
    }
    {
        using E = OptProfileSelector;
        bindEnum<E>(m, "OptProfileSelector", {{"MIN", E::kMIN}, {"OPT", E::kOPT}, {"MAX", E::kMAX}});
    }
    {
        using E = TacticSource;
        bindEnum<E>(m, "TacticSource",
                    {{"CUBLAS", E::kCUBLAS},
                     {"CUBLAS_LT", E::kCUBLAS_LT},
                     {"CUDNN", E::kCUDNN},
                     {"EDGE_MASK_CONVOLUTIONS", E::kEDGE_MASK_CONVOLUTIONS},
                     {"JIT_CONVOLUTIONS", E::kJIT_CONVOLUTIONS}});
    }
    {
        using E = ProfilingVerbosity;
        bindEnum<E>(m, "ProfilingVerbosity",
                    {{"LAYER_NAMES_ONLY", E::kLAYER_NAMES_ONLY},
                     {"NONE", E::kNONE},
                     {"DETAILED", E::kDETAILED},
                     {"DEFAULT", E::kDEFAULT},
                     {"VERBOSE", E::kVERBOSE}});
    }
    {
        using E = SerializationFlag;
        bindEnum<E>(m, "SerializationFlag",
                    {{"EXCLUDE_WEIGHTS", E::kEXCLUDE_WEIGHTS},
                     {"EXCLUDE_LEAN_RUNTIME", E::kEXCLUDE_LEAN_RUNTIME},
                     {"INCLUDE_REFIT", E::kINCLUDE_REFIT}});
    }
    {
        using E = ExecutionContextAllocationStrategy;
        bindEnum<E>(
            m, "ExecutionContextAllocationStrategy",
            {{"STATIC", E::kSTATIC}, {"ON_PROFILE_CHANGE", E::kON_PROFILE_CHANGE}, {"USER_MANAGED", E::kUSER_MANAGED}});
    }
    {
        using E = EngineStat;
        bindEnum<E>(
            m, "EngineStat",
            {{"TOTAL_WEIGHTS_SIZE", E::kTOTAL_WEIGHTS_SIZE}, {"STRIPPED_WEIGHTS_SIZE", E::kSTRIPPED_WEIGHTS_SIZE}});
    }
    {
        using E = LayerInformationFormat;
        bindEnum<E>(m, "LayerInformationFormat", {{"ONELINE", E::kONELINE}, {"JSON", E::kJSON}});
    }
    {
        using E = SeekPosition;
        bindEnum<E>(m, "SeekPosition", {{"SET", E::kSET}, {"CUR", E::kCUR}, {"END", E::kEND}});
    }
}

void bindSmallEnums(nb::module_& m) {
    {
        using E = ErrorCode;
        bindEnum<E>(m, "ErrorCodeTRT",
                    {{"SUCCESS", E::kSUCCESS},
                     {"UNSPECIFIED_ERROR", E::kUNSPECIFIED_ERROR},
                     {"INTERNAL_ERROR", E::kINTERNAL_ERROR},
                     {"INVALID_ARGUMENT", E::kINVALID_ARGUMENT},
                     {"INVALID_CONFIG", E::kINVALID_CONFIG},
                     {"FAILED_ALLOCATION", E::kFAILED_ALLOCATION},
                     {"FAILED_INITIALIZATION", E::kFAILED_INITIALIZATION},
                     {"FAILED_EXECUTION", E::kFAILED_EXECUTION},
                     {"FAILED_COMPUTATION", E::kFAILED_COMPUTATION},
                     {"INVALID_STATE", E::kINVALID_STATE},
                     {"UNSUPPORTED_STATE", E::kUNSUPPORTED_STATE}});
    }
    {
        using E = TensorIOMode;
        bindEnum<E>(m, "TensorIOMode", {{"NONE", E::kNONE}, {"INPUT", E::kINPUT}, {"OUTPUT", E::kOUTPUT}});
    }
    {
        using E = APILanguage;
        bindEnum<E>(m, "APILanguage", {{"CPP", E::kCPP}, {"PYTHON", E::kPYTHON}});
    }
    {
        using E = PluginFieldType;
        bindEnum<E>(m, "PluginFieldType",
                    {{"FLOAT16", E::kFLOAT16},
                     {"FLOAT32", E::kFLOAT32},
                     {"FLOAT64", E::kFLOAT64},
                     {"INT8", E::kINT8},
                     {"INT16", E::kINT16},
                     {"INT32", E::kINT32},
                     {"CHAR", E::kCHAR},
                     {"DIMS", E::kDIMS},
                     {"UNKNOWN", E::kUNKNOWN},
                     {"BF16", E::kBF16},
                     {"INT64", E::kINT64},
                     {"FP8", E::kFP8},
                     {"INT4", E::kINT4},
                     {"FP4", E::kFP4}});
    }
    {
        using E = TensorRTPhase;
        bindEnum<E>(m, "TensorRTPhase", {{"BUILD", E::kBUILD}, {"RUNTIME", E::kRUNTIME}});
    }
    {
        using E = PluginCapabilityType;
        bindEnum<E>(m, "PluginCapabilityType", {{"CORE", E::kCORE}, {"BUILD", E::kBUILD}, {"RUNTIME", E::kRUNTIME}});
    }
    {
        using E = PluginCreatorVersion;
        bindEnum<E>(m, "PluginCreatorVersion", {{"V1", E::kV1}, {"V1_PYTHON", E::kV1_PYTHON}});
    }
    {
        using E = CalibrationAlgoType;
        bindEnum<E>(m, "CalibrationAlgoType",
                    {{"LEGACY_CALIBRATION", E::kLEGACY_CALIBRATION},
                     {"ENTROPY_CALIBRATION", E::kENTROPY_CALIBRATION},
                     {"ENTROPY_CALIBRATION_2", E::kENTROPY_CALIBRATION_2},
                     {"MINMAX_CALIBRATION", E::kMINMAX_CALIBRATION}});
    }
    {
        using E = QuantizationFlag;
        bindEnum<E>(m, "QuantizationFlag", {{"CALIBRATE_BEFORE_FUSION", E::kCALIBRATE_BEFORE_FUSION}});
    }
}

void bindBuilderEnums(nb::module_& m) {
    {
        using E = BuilderFlag;
        bindEnum<E>(m, "BuilderFlag",
                    {{"FP16", E::kFP16},
                     {"INT8", E::kINT8},
                     {"DEBUG", E::kDEBUG},
                     {"GPU_FALLBACK", E::kGPU_FALLBACK},
                     {"REFIT", E::kREFIT},
                     {"DISABLE_TIMING_CACHE", E::kDISABLE_TIMING_CACHE},
                     {"TF32", E::kTF32},
                     {"SPARSE_WEIGHTS", E::kSPARSE_WEIGHTS},
                     {"SAFETY_SCOPE", E::kSAFETY_SCOPE},
                     {"OBEY_PRECISION_CONSTRAINTS", E::kOBEY_PRECISION_CONSTRAINTS},
                     {"PREFER_PRECISION_CONSTRAINTS", E::kPREFER_PRECISION_CONSTRAINTS},
                     {"DIRECT_IO", E::kDIRECT_IO},
                     {"REJECT_EMPTY_ALGORITHMS", E::kREJECT_EMPTY_ALGORITHMS},
                     {"VERSION_COMPATIBLE", E::kVERSION_COMPATIBLE},
                     {"EXCLUDE_LEAN_RUNTIME", E::kEXCLUDE_LEAN_RUNTIME},
                     {"FP8", E::kFP8},
                     {"ERROR_ON_TIMING_CACHE_MISS", E::kERROR_ON_TIMING_CACHE_MISS},
                     {"BF16", E::kBF16},
                     {"DISABLE_COMPILATION_CACHE", E::kDISABLE_COMPILATION_CACHE},
                     {"STRIP_PLAN", E::kSTRIP_PLAN},
                     {"WEIGHTLESS", E::kWEIGHTLESS},
                     {"REFIT_IDENTICAL", E::kREFIT_IDENTICAL},
                     {"WEIGHT_STREAMING", E::kWEIGHT_STREAMING},
                     {"INT4", E::kINT4},
                     {"REFIT_INDIVIDUAL", E::kREFIT_INDIVIDUAL},
                     {"STRICT_NANS", E::kSTRICT_NANS},
                     {"MONITOR_MEMORY", E::kMONITOR_MEMORY},
                     {"FP4", E::kFP4},
                     {"EDITABLE_TIMING_CACHE", E::kEDITABLE_TIMING_CACHE},
                     {"DISTRIBUTIVE_INDEPENDENCE", E::kDISTRIBUTIVE_INDEPENDENCE},
                     {"STRICT_TYPES", E::kSTRICT_TYPES},
                     {"ENABLE_TACTIC_HEURISTIC", E::kENABLE_TACTIC_HEURISTIC}});
    }
    {
        using E = MemoryPoolType;
        bindEnum<E>(m, "MemoryPoolType",
                    {{"WORKSPACE", E::kWORKSPACE},
                     {"DLA_MANAGED_SRAM", E::kDLA_MANAGED_SRAM},
                     {"DLA_LOCAL_DRAM", E::kDLA_LOCAL_DRAM},
                     {"DLA_GLOBAL_DRAM", E::kDLA_GLOBAL_DRAM},
                     {"TACTIC_DRAM", E::kTACTIC_DRAM},
                     {"TACTIC_SHARED_MEMORY", E::kTACTIC_SHARED_MEMORY}});
    }
    {
        using E = PreviewFeature;
        bindEnum<E>(
            m, "PreviewFeature",
            {{"PROFILE_SHARING_0806", E::kPROFILE_SHARING_0806},
             {"ALIASED_PLUGIN_IO_10_03", E::kALIASED_PLUGIN_IO_10_03},
             {"RUNTIME_ACTIVATION_RESIZE_10_10", E::kRUNTIME_ACTIVATION_RESIZE_10_10},
             {"MULTIDEVICE_RUNTIME_10_16", E::kMULTIDEVICE_RUNTIME_10_16},
             {"FASTER_DYNAMIC_SHAPES_0805", E::kFASTER_DYNAMIC_SHAPES_0805},
             {"DISABLE_EXTERNAL_TACTIC_SOURCES_FOR_CORE_0805", E::kDISABLE_EXTERNAL_TACTIC_SOURCES_FOR_CORE_0805}});
    }
    {
        using E = HardwareCompatibilityLevel;
        bindEnum<E>(m, "HardwareCompatibilityLevel",
                    {{"NONE", E::kNONE},
                     {"AMPERE_PLUS", E::kAMPERE_PLUS},
                     {"SAME_COMPUTE_CAPABILITY", E::kSAME_COMPUTE_CAPABILITY}});
    }
    {
        using E = RuntimePlatform;
        bindEnum<E>(m, "RuntimePlatform", {{"SAME_AS_BUILD", E::kSAME_AS_BUILD}, {"WINDOWS_AMD64", E::kWINDOWS_AMD64}});
    }
    {
        using E = TilingOptimizationLevel;
        bindEnum<E>(m, "TilingOptimizationLevel",
                    {{"NONE", E::kNONE}, {"FAST", E::kFAST}, {"MODERATE", E::kMODERATE}, {"FULL", E::kFULL}});
    }
    {
        using E = NetworkDefinitionCreationFlag;
        bindEnum<E>(m, "NetworkDefinitionCreationFlag",
                    {{"EXPLICIT_BATCH", E::kEXPLICIT_BATCH},
                     {"STRONGLY_TYPED", E::kSTRONGLY_TYPED},
                     {"PREFER_JIT_PYTHON_PLUGINS", E::kPREFER_JIT_PYTHON_PLUGINS},
                     {"PREFER_AOT_PYTHON_PLUGINS", E::kPREFER_AOT_PYTHON_PLUGINS},
                     {"EXPLICIT_PRECISION", E::kEXPLICIT_PRECISION}});
    }
}

}  // namespace

void bindEnums(nb::module_& m) {
    bindDataType(m);
    bindRuntimeEnums(m);
    bindSmallEnums(m);
    bindBuilderEnums(m);
}

}  // namespace opentrt::python
