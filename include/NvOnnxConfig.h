// SPDX-License-Identifier: Apache-2.0
//! \file NvOnnxConfig.h
//! A bag of options that example programs hand around. The parser does not read it.
#ifndef NV_OnnxConfig_H
#define NV_OnnxConfig_H
#ifndef NV_ONNX_CONFIG_H
#define NV_ONNX_CONFIG_H  //!< Guard of 5.x to 7.0.
#endif

#include "NvInfer.h"

namespace nvonnxparser {

//! Options of a program that imports an ONNX model. Strings are copied. Made by createONNXConfig(); the caller deletes
//! it. Programs may derive from it. Not thread safe.
class IOnnxConfig {
public:
    virtual ~IOnnxConfig() noexcept = default;

    typedef int32_t Verbosity;  //!< Larger is more talkative, see nvinfer1::ILogger::Severity.

    //! Sets the type the model shall run in.
    virtual void setModelDtype(const nvinfer1::DataType) = 0;
    //! \return the type the model shall run in; kFLOAT by default.
    virtual nvinfer1::DataType getModelDtype() const = 0;
    //! \return the path of the model file.
    virtual char const* getModelFileName() const = 0;
    //! Sets the path of the model file.
    virtual void setModelFileName(char const* onnxFilename) = 0;
    //! \return the verbosity; that of warnings by default.
    virtual Verbosity getVerbosityLevel() const = 0;
    //! Raises the verbosity by one.
    virtual void addVerbosity() = 0;
    //! Lowers the verbosity by one.
    virtual void reduceVerbosity() = 0;
    //! Sets the verbosity.
    virtual void setVerbosityLevel(Verbosity) = 0;
    //! \return the path of a readable dump of the model; empty: none.
    virtual char const* getTextFileName() const = 0;
    //! Sets the path of a readable dump of the model.
    virtual void setTextFileName(char const* textFileName) = 0;
    //! \return the path of a readable dump that includes the weights; empty: none.
    virtual char const* getFullTextFileName() const = 0;
    //! Sets the path of a readable dump that includes the weights.
    virtual void setFullTextFileName(char const* fullTextFileName) = 0;
    //! \return true if layers shall be listed.
    virtual bool getPrintLayerInfo() const = 0;
    //! Sets whether layers shall be listed.
    virtual void setPrintLayerInfo(bool) = 0;

    //! Deletes the object. Until 9.x; use `delete` now.
    TRT_DEPRECATED virtual void destroy() { delete this; }
};

//! \return a new option bag; the caller deletes it.
TENSORRTAPI IOnnxConfig* createONNXConfig();

}  // namespace nvonnxparser

#endif  // NV_OnnxConfig_H
