// SPDX-License-Identifier: Apache-2.0
// Enumerations of layers.
#include "enums.h"

namespace opentrt::python {
namespace {

void bindLayerEnums(nb::module_& m) {
    {
        using E = LayerType;
        bindEnum<E>(m, "LayerType",
                    {{"CONVOLUTION", E::kCONVOLUTION},
                     {"CAST", E::kCAST},
                     {"ACTIVATION", E::kACTIVATION},
                     {"POOLING", E::kPOOLING},
                     {"LRN", E::kLRN},
                     {"SCALE", E::kSCALE},
                     {"SOFTMAX", E::kSOFTMAX},
                     {"DECONVOLUTION", E::kDECONVOLUTION},
                     {"CONCATENATION", E::kCONCATENATION},
                     {"ELEMENTWISE", E::kELEMENTWISE},
                     {"PLUGIN", E::kPLUGIN},
                     {"UNARY", E::kUNARY},
                     {"PADDING", E::kPADDING},
                     {"SHUFFLE", E::kSHUFFLE},
                     {"REDUCE", E::kREDUCE},
                     {"TOPK", E::kTOPK},
                     {"GATHER", E::kGATHER},
                     {"MATRIX_MULTIPLY", E::kMATRIX_MULTIPLY},
                     {"RAGGED_SOFTMAX", E::kRAGGED_SOFTMAX},
                     {"CONSTANT", E::kCONSTANT},
                     {"IDENTITY", E::kIDENTITY},
                     {"PLUGIN_V2", E::kPLUGIN_V2},
                     {"SLICE", E::kSLICE},
                     {"SHAPE", E::kSHAPE},
                     {"PARAMETRIC_RELU", E::kPARAMETRIC_RELU},
                     {"RESIZE", E::kRESIZE},
                     {"TRIP_LIMIT", E::kTRIP_LIMIT},
                     {"RECURRENCE", E::kRECURRENCE},
                     {"ITERATOR", E::kITERATOR},
                     {"LOOP_OUTPUT", E::kLOOP_OUTPUT},
                     {"SELECT", E::kSELECT},
                     {"FILL", E::kFILL},
                     {"QUANTIZE", E::kQUANTIZE},
                     {"DEQUANTIZE", E::kDEQUANTIZE},
                     {"CONDITION", E::kCONDITION},
                     {"CONDITIONAL_INPUT", E::kCONDITIONAL_INPUT},
                     {"CONDITIONAL_OUTPUT", E::kCONDITIONAL_OUTPUT},
                     {"SCATTER", E::kSCATTER},
                     {"EINSUM", E::kEINSUM},
                     {"ASSERTION", E::kASSERTION},
                     {"ONE_HOT", E::kONE_HOT},
                     {"NON_ZERO", E::kNON_ZERO},
                     {"GRID_SAMPLE", E::kGRID_SAMPLE},
                     {"NMS", E::kNMS},
                     {"REVERSE_SEQUENCE", E::kREVERSE_SEQUENCE},
                     {"NORMALIZATION", E::kNORMALIZATION},
                     {"PLUGIN_V3", E::kPLUGIN_V3},
                     {"SQUEEZE", E::kSQUEEZE},
                     {"UNSQUEEZE", E::kUNSQUEEZE},
                     {"CUMULATIVE", E::kCUMULATIVE},
                     {"DYNAMIC_QUANTIZE", E::kDYNAMIC_QUANTIZE},
                     {"ATTENTION_INPUT", E::kATTENTION_INPUT},
                     {"ATTENTION_OUTPUT", E::kATTENTION_OUTPUT},
                     {"ROTARY_EMBEDDING", E::kROTARY_EMBEDDING},
                     {"KV_CACHE_UPDATE", E::kKVCACHE_UPDATE},
                     {"MOE", E::kMOE},
                     {"DIST_COLLECTIVE", E::kDIST_COLLECTIVE},
                     {"FULLY_CONNECTED", E::kFULLY_CONNECTED},
                     {"RNN", E::kRNN},
                     {"RNN_V2", E::kRNN_V2}});
    }
    {
        using E = ActivationType;
        bindEnum<E>(m, "ActivationType",
                    {{"RELU", E::kRELU},
                     {"SIGMOID", E::kSIGMOID},
                     {"TANH", E::kTANH},
                     {"LEAKY_RELU", E::kLEAKY_RELU},
                     {"ELU", E::kELU},
                     {"SELU", E::kSELU},
                     {"SOFTSIGN", E::kSOFTSIGN},
                     {"SOFTPLUS", E::kSOFTPLUS},
                     {"CLIP", E::kCLIP},
                     {"HARD_SIGMOID", E::kHARD_SIGMOID},
                     {"SCALED_TANH", E::kSCALED_TANH},
                     {"THRESHOLDED_RELU", E::kTHRESHOLDED_RELU},
                     {"GELU_ERF", E::kGELU_ERF},
                     {"GELU_TANH", E::kGELU_TANH}});
    }
    {
        using E = ScaleMode;
        bindEnum<E>(m, "ScaleMode",
                    {{"UNIFORM", E::kUNIFORM}, {"CHANNEL", E::kCHANNEL}, {"ELEMENTWISE", E::kELEMENTWISE}});
    }
    {
        using E = UnaryOperation;
        bindEnum<E>(m, "UnaryOperation",
                    {{"EXP", E::kEXP},     {"LOG", E::kLOG},   {"SQRT", E::kSQRT},   {"RECIP", E::kRECIP},
                     {"ABS", E::kABS},     {"NEG", E::kNEG},   {"SIN", E::kSIN},     {"COS", E::kCOS},
                     {"TAN", E::kTAN},     {"SINH", E::kSINH}, {"COSH", E::kCOSH},   {"ASIN", E::kASIN},
                     {"ACOS", E::kACOS},   {"ATAN", E::kATAN}, {"ASINH", E::kASINH}, {"ACOSH", E::kACOSH},
                     {"ATANH", E::kATANH}, {"CEIL", E::kCEIL}, {"FLOOR", E::kFLOOR}, {"ERF", E::kERF},
                     {"NOT", E::kNOT},     {"SIGN", E::kSIGN}, {"ROUND", E::kROUND}, {"ISINF", E::kISINF},
                     {"ISNAN", E::kISNAN}});
    }
    {
        using E = ElementWiseOperation;
        bindEnum<E>(m, "ElementWiseOperation",
                    {{"SUM", E::kSUM},
                     {"PROD", E::kPROD},
                     {"MAX", E::kMAX},
                     {"MIN", E::kMIN},
                     {"SUB", E::kSUB},
                     {"DIV", E::kDIV},
                     {"POW", E::kPOW},
                     {"FLOOR_DIV", E::kFLOOR_DIV},
                     {"AND", E::kAND},
                     {"OR", E::kOR},
                     {"XOR", E::kXOR},
                     {"EQUAL", E::kEQUAL},
                     {"GREATER", E::kGREATER},
                     {"LESS", E::kLESS}});
    }
    {
        using E = PoolingType;
        bindEnum<E>(m, "PoolingType",
                    {{"MAX", E::kMAX}, {"AVERAGE", E::kAVERAGE}, {"MAX_AVERAGE_BLEND", E::kMAX_AVERAGE_BLEND}});
    }
    {
        using E = PaddingMode;
        bindEnum<E>(m, "PaddingMode",
                    {{"EXPLICIT_ROUND_DOWN", E::kEXPLICIT_ROUND_DOWN},
                     {"EXPLICIT_ROUND_UP", E::kEXPLICIT_ROUND_UP},
                     {"SAME_UPPER", E::kSAME_UPPER},
                     {"SAME_LOWER", E::kSAME_LOWER},
                     {"CAFFE_ROUND_DOWN", E::kCAFFE_ROUND_DOWN},
                     {"CAFFE_ROUND_UP", E::kCAFFE_ROUND_UP}});
    }
    {
        using E = ReduceOperation;
        bindEnum<E>(m, "ReduceOperation",
                    {{"SUM", E::kSUM},
                     {"PROD", E::kPROD},
                     {"MAX", E::kMAX},
                     {"MIN", E::kMIN},
                     {"AVG", E::kAVG},
                     {"NONE", E::kNONE}});
    }
    {
        using E = TopKOperation;
        bindEnum<E>(m, "TopKOperation", {{"MAX", E::kMAX}, {"MIN", E::kMIN}});
    }
    {
        using E = CumulativeOperation;
        bindEnum<E>(m, "CumulativeOperation", {{"SUM", E::kSUM}});
    }
    {
        using E = MatrixOperation;
        bindEnum<E>(m, "MatrixOperation", {{"NONE", E::kNONE}, {"TRANSPOSE", E::kTRANSPOSE}, {"VECTOR", E::kVECTOR}});
    }
    {
        using E = GatherMode;
        bindEnum<E>(m, "GatherMode", {{"DEFAULT", E::kDEFAULT}, {"ELEMENT", E::kELEMENT}, {"ND", E::kND}});
    }
    {
        using E = ScatterMode;
        bindEnum<E>(m, "ScatterMode", {{"ELEMENT", E::kELEMENT}, {"ND", E::kND}});
    }
    {
        using E = SampleMode;
        bindEnum<E>(m, "SampleMode",
                    {{"STRICT_BOUNDS", E::kSTRICT_BOUNDS},
                     {"WRAP", E::kWRAP},
                     {"CLAMP", E::kCLAMP},
                     {"FILL", E::kFILL},
                     {"REFLECT", E::kREFLECT},
                     {"DEFAULT", E::kDEFAULT}});
    }
    {
        using E = FillOperation;
        bindEnum<E>(
            m, "FillOperation",
            {{"LINSPACE", E::kLINSPACE}, {"RANDOM_UNIFORM", E::kRANDOM_UNIFORM}, {"RANDOM_NORMAL", E::kRANDOM_NORMAL}});
    }
    {
        using E = InterpolationMode;
        bindEnum<E>(m, "InterpolationMode", {{"NEAREST", E::kNEAREST}, {"LINEAR", E::kLINEAR}, {"CUBIC", E::kCUBIC}});
    }
}

void bindFurtherLayerEnums(nb::module_& m) {
    {
        using E = ResizeCoordinateTransformation;
        bindEnum<E>(
            m, "ResizeCoordinateTransformation",
            {{"ALIGN_CORNERS", E::kALIGN_CORNERS}, {"ASYMMETRIC", E::kASYMMETRIC}, {"HALF_PIXEL", E::kHALF_PIXEL}});
    }
    {
        using E = ResizeSelector;
        bindEnum<E>(m, "ResizeSelector", {{"FORMULA", E::kFORMULA}, {"UPPER", E::kUPPER}});
    }
    {
        using E = ResizeRoundMode;
        bindEnum<E>(m, "ResizeRoundMode",
                    {{"HALF_UP", E::kHALF_UP}, {"HALF_DOWN", E::kHALF_DOWN}, {"FLOOR", E::kFLOOR}, {"CEIL", E::kCEIL}});
    }
    {
        using E = BoundingBoxFormat;
        bindEnum<E>(m, "BoundingBoxFormat", {{"CORNER_PAIRS", E::kCORNER_PAIRS}, {"CENTER_SIZES", E::kCENTER_SIZES}});
    }
    {
        using E = LoopOutput;
        bindEnum<E>(m, "LoopOutput",
                    {{"LAST_VALUE", E::kLAST_VALUE}, {"CONCATENATE", E::kCONCATENATE}, {"REVERSE", E::kREVERSE}});
    }
    {
        using E = TripLimit;
        bindEnum<E>(m, "TripLimit", {{"COUNT", E::kCOUNT}, {"WHILE", E::kWHILE}});
    }
    {
        using E = AttentionNormalizationOp;
        bindEnum<E>(m, "AttentionNormalizationOp", {{"NONE", E::kNONE}, {"SOFTMAX", E::kSOFTMAX}});
    }
    {
        using E = CausalMaskKind;
        bindEnum<E>(m, "CausalMaskKind",
                    {{"NONE", E::kNONE}, {"UPPER_LEFT", E::kUPPER_LEFT}, {"LOWER_RIGHT", E::kLOWER_RIGHT}});
    }
    {
        using E = AttentionIOForm;
        bindEnum<E>(m, "AttentionIOForm", {{"PADDED_BHND", E::kPADDED_BHND}, {"PACKED_NHD", E::kPACKED_NHD}});
    }
    {
        using E = KVCacheMode;
        bindEnum<E>(m, "KVCacheMode", {{"LINEAR", E::kLINEAR}});
    }
    {
        using E = MoEActType;
        bindEnum<E>(m, "MoEActType", {{"NONE", E::kNONE}, {"SILU", E::kSILU}});
    }
    {
        using E = CollectiveOperation;
        bindEnum<E>(m, "CollectiveOperation",
                    {{"ALL_REDUCE", E::kALL_REDUCE},
                     {"ALL_GATHER", E::kALL_GATHER},
                     {"BROADCAST", E::kBROADCAST},
                     {"REDUCE", E::kREDUCE},
                     {"REDUCE_SCATTER", E::kREDUCE_SCATTER},
                     {"ALL_TO_ALL", E::kALL_TO_ALL},
                     {"GATHER", E::kGATHER},
                     {"SCATTER", E::kSCATTER}});
    }
    {
        using E = RNNOperation;
        bindEnum<E>(m, "RNNOperation", {{"RELU", E::kRELU}, {"TANH", E::kTANH}, {"LSTM", E::kLSTM}, {"GRU", E::kGRU}});
    }
    {
        using E = RNNDirection;
        bindEnum<E>(m, "RNNDirection", {{"UNIDIRECTION", E::kUNIDIRECTION}, {"BIDIRECTION", E::kBIDIRECTION}});
    }
    {
        using E = RNNInputMode;
        bindEnum<E>(m, "RNNInputMode", {{"LINEAR", E::kLINEAR}, {"SKIP", E::kSKIP}});
    }
    {
        using E = RNNGateType;
        bindEnum<E>(m, "RNNGateType",
                    {{"INPUT", E::kINPUT},
                     {"OUTPUT", E::kOUTPUT},
                     {"FORGET", E::kFORGET},
                     {"UPDATE", E::kUPDATE},
                     {"RESET", E::kRESET},
                     {"CELL", E::kCELL},
                     {"HIDDEN", E::kHIDDEN}});
    }
}

}  // namespace

void bindNetworkEnums(nb::module_& m) {
    bindLayerEnums(m);
    bindFurtherLayerEnums(m);
    // Names of older releases.
    m.attr("SliceMode") = m.attr("SampleMode");
    m.attr("ResizeMode") = m.attr("InterpolationMode");
}

}  // namespace opentrt::python
