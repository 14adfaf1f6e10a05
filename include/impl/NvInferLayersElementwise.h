// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLayersElementwise.h
//! Layers that treat every element alike: activation, scale, unary and binary arithmetic, select, casts.
#ifndef NV_INFER_LAYERS_ELEMENTWISE_H
#define NV_INFER_LAYERS_ELEMENTWISE_H

#include "NvInferTensor.h"

namespace nvinfer1 {

//! Functions of one variable with up to two parameters, alpha and beta.
enum class ActivationType : int32_t {
    kRELU = 0,               //!< max(0, x).
    kSIGMOID = 1,            //!< 1 / (1 + exp(-x)).
    kTANH = 2,               //!< tanh(x).
    kLEAKY_RELU = 3,         //!< x >= 0 ? x : alpha * x.
    kELU = 4,                //!< x >= 0 ? x : alpha * (exp(x) - 1).
    kSELU = 5,               //!< x > 0 ? beta * x : beta * alpha * (exp(x) - 1).
    kSOFTSIGN = 6,           //!< x / (1 + |x|).
    kSOFTPLUS = 7,           //!< alpha * log(exp(beta * x) + 1).
    kCLIP = 8,               //!< max(alpha, min(beta, x)).
    kHARD_SIGMOID = 9,       //!< max(0, min(1, alpha * x + beta)).
    kSCALED_TANH = 10,       //!< alpha * tanh(beta * x).
    kTHRESHOLDED_RELU = 11,  //!< x > alpha ? x : 0.
    kGELU_ERF = 12,          //!< 0.5 * x * (1 + erf(x / sqrt(2))). Since 10.0.
    kGELU_TANH = 13,         //!< 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))). Since 10.0.
};

//! Applies an activation function to every element. Input and output: any shape, float; kRELU and kCLIP also integers.
class IActivationLayer : public ILayer {
public:
    //! Sets the function.
    void setActivationType(ActivationType type) noexcept { mImpl->setActivationType(type); }
    //! \return the function.
    ActivationType getActivationType() const noexcept { return mImpl->getActivationType(); }

    //! Sets the parameter alpha of the function. Functions without it ignore it.
    void setAlpha(float alpha) noexcept { mImpl->setAlpha(alpha); }

    //! Sets the parameter beta of the function. Functions without it ignore it.
    void setBeta(float beta) noexcept { mImpl->setBeta(beta); }

    //! \return the parameter alpha of the function.
    float getAlpha() const noexcept { return mImpl->getAlpha(); }

    //! \return the parameter beta of the function.
    float getBeta() const noexcept { return mImpl->getBeta(); }

protected:
    virtual ~IActivationLayer() noexcept = default;
    apiv::VActivationLayer* mImpl;
};

//! x >= 0 ? x : slope * x. Input 0: x. Input 1: the slopes, of x's rank, each extent that of x or 1. Output: x's
//! shape. Since 6.0.
class IParametricReLULayer : public ILayer {
protected:
    virtual ~IParametricReLULayer() noexcept = default;
    apiv::VParametricReLULayer* mImpl;
};

//! What the coefficients of an IScaleLayer belong to.
enum class ScaleMode : int32_t {
    kUNIFORM = 0,      //!< One set of coefficients for all elements.
    kCHANNEL = 1,      //!< One set per index of the channel axis.
    kELEMENTWISE = 2,  //!< One set per element from the channel axis on.
};

//! y = (x * scale + shift)^power. Input and output: the same shape, rank at least 3 with addScale().
//! Empty coefficients mean scale 1, shift 0, power 1. For INT8 inputs without set ranges, scale alone dequantizes.
class IScaleLayer : public ILayer {
public:
    //! Sets what the coefficients belong to.
    void setMode(ScaleMode mode) noexcept { mImpl->setMode(mode); }
    //! \return what the coefficients belong to.
    ScaleMode getMode() const noexcept { return mImpl->getMode(); }

    //! Sets the summands. As many as the mode asks for, or none. The values are not copied: keep them until the engine
    //! is built.
    void setShift(Weights shift) noexcept { mImpl->setShift(shift); }
    //! \return the summands.
    Weights getShift() const noexcept { return mImpl->getShift(); }

    //! Sets the factors. As many as the mode asks for, or none. The values are not copied.
    void setScale(Weights scale) noexcept { mImpl->setScale(scale); }
    //! \return the factors.
    Weights getScale() const noexcept { return mImpl->getScale(); }

    //! Sets the exponents. As many as the mode asks for, or none. The values are not copied.
    void setPower(Weights power) noexcept { mImpl->setPower(power); }
    //! \return the exponents.
    Weights getPower() const noexcept { return mImpl->getPower(); }

    //! \return the axis that counts as channel. Since 6.0. Since 8.0.
    int32_t getChannelAxis() const noexcept { return mImpl->getChannelAxis(); }

    //! Sets the axis that counts as channel; 1 with addScale(). Since 8.0.
    void setChannelAxis(int32_t channelAxis) noexcept { mImpl->setChannelAxis(channelAxis); }

protected:
    virtual ~IScaleLayer() noexcept = default;
    apiv::VScaleLayer* mImpl;
};

//! Functions of one variable. Those with "bool" take and yield kBOOL.
enum class UnaryOperation : int32_t {
    kEXP = 0,     //!< e^x.
    kLOG = 1,     //!< Natural logarithm.
    kSQRT = 2,    //!< Square root.
    kRECIP = 3,   //!< 1 / x.
    kABS = 4,     //!< |x|, also for integers.
    kNEG = 5,     //!< -x, also for integers.
    kSIN = 6,     //!< Sine.
    kCOS = 7,     //!< Cosine.
    kTAN = 8,     //!< Tangent.
    kSINH = 9,    //!< Hyperbolic sine.
    kCOSH = 10,   //!< Hyperbolic cosine.
    kASIN = 11,   //!< Inverse sine.
    kACOS = 12,   //!< Inverse cosine.
    kATAN = 13,   //!< Inverse tangent.
    kASINH = 14,  //!< Inverse hyperbolic sine.
    kACOSH = 15,  //!< Inverse hyperbolic cosine.
    kATANH = 16,  //!< Inverse hyperbolic tangent.
    kCEIL = 17,   //!< Next integer above.
    kFLOOR = 18,  //!< Next integer below.
    kERF = 19,    //!< Gauss error function. Since 7.0.
    kNOT = 20,    //!< Logical not, bool. Since 7.0.
    kSIGN = 21,   //!< -1, 0 or 1, also for integers. Since 8.2.
    kROUND = 22,  //!< Nearest integer, halves to even. Since 8.2.
    kISINF = 23,  //!< Whether x is infinite; yields kBOOL. Since 8.6.
    kISNAN = 24,  //!< Whether x is no number; yields kBOOL. Since 10.1.
};

//! Applies a function to every element. Input and output: any shape; types as UnaryOperation says, float otherwise.
class IUnaryLayer : public ILayer {
public:
    //! Sets the function.
    void setOperation(UnaryOperation op) noexcept { mImpl->setOperation(op); }
    //! \return the function.
    UnaryOperation getOperation() const noexcept { return mImpl->getOperation(); }

protected:
    virtual ~IUnaryLayer() noexcept = default;
    apiv::VUnaryLayer* mImpl;
};

//! Functions of two variables. Integers are allowed wherever the result is defined for them.
enum class ElementWiseOperation : int32_t {
    kSUM = 0,        //!< a + b.
    kPROD = 1,       //!< a * b.
    kMAX = 2,        //!< The larger.
    kMIN = 3,        //!< The smaller.
    kSUB = 4,        //!< a - b.
    kDIV = 5,        //!< a / b; truncates for integers.
    kPOW = 6,        //!< a^b.
    kFLOOR_DIV = 7,  //!< a / b rounded down. Since 6.0.
    kAND = 8,        //!< Logical and, bool. Since 7.0.
    kOR = 9,         //!< Logical or, bool. Since 7.0.
    kXOR = 10,       //!< Logical exclusive or, bool. Since 7.0.
    kEQUAL = 11,     //!< a == b; yields kBOOL. Since 7.0.
    kGREATER = 12,   //!< a > b; yields kBOOL. Since 7.0.
    kLESS = 13,      //!< a < b; yields kBOOL. Since 7.0.
};

//! Applies a function to pairs of elements. Inputs 0 and 1: the same rank and type; an extent of 1 is repeated to
//! match the other. Output: the larger extents.
class IElementWiseLayer : public ILayer {
public:
    //! Sets the function.
    void setOperation(ElementWiseOperation op) noexcept { mImpl->setOperation(op); }
    //! \return the function.
    ElementWiseOperation getOperation() const noexcept { return mImpl->getOperation(); }

protected:
    virtual ~IElementWiseLayer() noexcept = default;
    apiv::VElementWiseLayer* mImpl;
};

//! y = condition ? a : b, element by element. Input 0: condition, kBOOL. Inputs 1 and 2: a and b, of one type. All of
//! one rank; an extent of 1 is repeated. Since 7.0.
class ISelectLayer : public ILayer {
protected:
    virtual ~ISelectLayer() noexcept = default;
    apiv::VSelectLayer* mImpl;
};

//! Copies its input. With an output type set (weakly typed networks only) it converts; new code uses ICastLayer.
class IIdentityLayer : public ILayer {
protected:
    virtual ~IIdentityLayer() noexcept = default;
    apiv::VIdentityLayer* mImpl;
};

//! Converts every element. Float to integer truncates towards zero; to kBOOL, everything but zero is true. Since 8.6.
class ICastLayer : public ILayer {
public:
    //! Sets the type of the output.
    void setToType(DataType toType) noexcept { mImpl->setToType(toType); }
    //! \return the type of the output.
    DataType getToType() const noexcept { return mImpl->getToType(); }

protected:
    virtual ~ICastLayer() noexcept = default;
    apiv::VCastLayer* mImpl;
};

namespace impl {
template <>
struct EnumMaxImpl<ActivationType> : EnumCount<14> {};
template <>
struct EnumMaxImpl<ScaleMode> : EnumCount<3> {};
template <>
struct EnumMaxImpl<UnaryOperation> : EnumCount<25> {};
template <>
struct EnumMaxImpl<ElementWiseOperation> : EnumCount<14> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_LAYERS_ELEMENTWISE_H
