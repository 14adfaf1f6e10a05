// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/pointwise_tables.h"

namespace opentrt::cpu::kernels {

Lane laneOf(DType type) {
    switch (type) {
        case DType::F32:
        case DType::F16:
        case DType::BF16:
            return Lane::Float;
        case DType::I32:
        case DType::I8:
        case DType::U8:
            return Lane::Int;
        case DType::Bool:
            return Lane::Truth;
        default:
            return Lane::None;
    }
}

std::optional<BinaryLinks> binaryLinks(ScalarOp op, Lane lane) {
    const LinkOp none = LinkOp::End;
    if (lane == Lane::Float) {
        switch (op) {
            // clang-format off
            case ScalarOp::Add: return BinaryLinks{LinkOp::AddM, LinkOp::AddM, LinkOp::AddI, LinkOp::AddI};
            case ScalarOp::Sub: return BinaryLinks{LinkOp::SubM, LinkOp::RSubM, LinkOp::SubI, LinkOp::RSubI};
            case ScalarOp::Mul: return BinaryLinks{LinkOp::MulM, LinkOp::MulM, LinkOp::MulI, LinkOp::MulI};
            case ScalarOp::Div: return BinaryLinks{LinkOp::DivM, LinkOp::RDivM, LinkOp::DivI, LinkOp::RDivI};
            case ScalarOp::Min: return BinaryLinks{LinkOp::MinM, LinkOp::MinM, LinkOp::MinI, LinkOp::MinI};
            case ScalarOp::Max: return BinaryLinks{LinkOp::MaxM, LinkOp::MaxM, LinkOp::MaxI, LinkOp::MaxI};
            case ScalarOp::Equal: return BinaryLinks{LinkOp::EqualM, LinkOp::EqualM, LinkOp::EqualI, LinkOp::EqualI};
            case ScalarOp::Greater:
                return BinaryLinks{LinkOp::GreaterM, LinkOp::LessM, LinkOp::GreaterI, LinkOp::LessI};
            case ScalarOp::Less:
                return BinaryLinks{LinkOp::LessM, LinkOp::GreaterM, LinkOp::LessI, LinkOp::GreaterI};
            case ScalarOp::Pow: return BinaryLinks{LinkOp::PowM, none, none, none};
            case ScalarOp::Mod: return BinaryLinks{LinkOp::ModM, none, none, none};
            case ScalarOp::FMod: return BinaryLinks{LinkOp::FModM, none, none, none};
            case ScalarOp::FloorDiv: return BinaryLinks{LinkOp::FloorDivM, none, none, none};
            default: return std::nullopt;
                // clang-format on
        }
    }
    if (lane == Lane::Int) {
        switch (op) {
            // clang-format off
            case ScalarOp::Add: return BinaryLinks{LinkOp::IntAddM, LinkOp::IntAddM, none, none};
            case ScalarOp::Sub: return BinaryLinks{LinkOp::IntSubM, none, none, none};
            case ScalarOp::Mul: return BinaryLinks{LinkOp::IntMulM, LinkOp::IntMulM, none, none};
            case ScalarOp::Min: return BinaryLinks{LinkOp::IntMinM, LinkOp::IntMinM, none, none};
            case ScalarOp::Max: return BinaryLinks{LinkOp::IntMaxM, LinkOp::IntMaxM, none, none};
            case ScalarOp::Equal: return BinaryLinks{LinkOp::IntEqualM, LinkOp::IntEqualM, none, none};
            case ScalarOp::Greater: return BinaryLinks{LinkOp::IntGreaterM, LinkOp::IntLessM, none, none};
            case ScalarOp::Less: return BinaryLinks{LinkOp::IntLessM, LinkOp::IntGreaterM, none, none};
            default: return std::nullopt;
                // clang-format on
        }
    }
    switch (op) {
        // clang-format off
        case ScalarOp::And: return BinaryLinks{LinkOp::AndM, LinkOp::AndM, none, none};
        case ScalarOp::Or: return BinaryLinks{LinkOp::OrM, LinkOp::OrM, none, none};
        case ScalarOp::Xor: return BinaryLinks{LinkOp::XorM, LinkOp::XorM, none, none};
        case ScalarOp::Equal: return BinaryLinks{LinkOp::IntEqualM, LinkOp::IntEqualM, none, none};
        default: return std::nullopt;
            // clang-format on
    }
}

std::optional<LinkOp> unaryLink(ScalarOp op, Lane lane) {
    if (lane == Lane::Truth) return op == ScalarOp::Not ? std::optional(LinkOp::Not) : std::nullopt;
    if (lane != Lane::Float) return std::nullopt;
    switch (op) {
        // clang-format off
        case ScalarOp::Neg: return LinkOp::Neg;
        case ScalarOp::Abs: return LinkOp::Abs;
        case ScalarOp::Exp: return LinkOp::Exp;
        case ScalarOp::Log: return LinkOp::Log;
        case ScalarOp::Sqrt: return LinkOp::Sqrt;
        case ScalarOp::Recip: return LinkOp::Recip;
        case ScalarOp::Sin: return LinkOp::Sin;
        case ScalarOp::Cos: return LinkOp::Cos;
        case ScalarOp::Tan: return LinkOp::Tan;
        case ScalarOp::Sinh: return LinkOp::Sinh;
        case ScalarOp::Cosh: return LinkOp::Cosh;
        case ScalarOp::Asin: return LinkOp::Asin;
        case ScalarOp::Acos: return LinkOp::Acos;
        case ScalarOp::Atan: return LinkOp::Atan;
        case ScalarOp::Asinh: return LinkOp::Asinh;
        case ScalarOp::Acosh: return LinkOp::Acosh;
        case ScalarOp::Atanh: return LinkOp::Atanh;
        case ScalarOp::Ceil: return LinkOp::Ceil;
        case ScalarOp::Floor: return LinkOp::Floor;
        case ScalarOp::RoundEven: return LinkOp::RoundEven;
        case ScalarOp::Erf: return LinkOp::Erf;
        case ScalarOp::Tanh: return LinkOp::Tanh;
        case ScalarOp::Sigmoid: return LinkOp::Sigmoid;
        case ScalarOp::Sign: return LinkOp::Sign;
        case ScalarOp::IsInf: return LinkOp::IsInf;
        case ScalarOp::IsNan: return LinkOp::IsNan;
        default: return std::nullopt;
            // clang-format on
    }
}

std::vector<LinkOp> castLinks(DType from, DType to) {
    const Lane source = laneOf(from), target = laneOf(to);
    if (target == Lane::Truth) {
        if (source == Lane::Truth) return {};
        return {source == Lane::Float ? LinkOp::FloatToBool : LinkOp::IntToBool};
    }
    if (target == Lane::Int) {
        if (source == Lane::Truth) return {LinkOp::BoolToInt};
        if (source == Lane::Float)
            return {to == DType::I8 ? LinkOp::FloatToI8 : to == DType::U8 ? LinkOp::FloatToU8 : LinkOp::FloatToInt};
        if (to == DType::I32 || to == from) return {};
        return {to == DType::I8 ? LinkOp::IntToI8 : LinkOp::IntToU8};
    }
    std::vector<LinkOp> links;
    if (source == Lane::Truth) links.push_back(LinkOp::BoolToFloat);
    if (source == Lane::Int) links.push_back(LinkOp::IntToFloat);
    if (to == DType::F16) links.push_back(LinkOp::RoundF16);
    if (to == DType::BF16) links.push_back(LinkOp::RoundBF16);
    return links;
}

LinkOp loadLink(DType type) {
    switch (type) {
        case DType::F16:
            return LinkOp::LoadF16;
        case DType::BF16:
            return LinkOp::LoadBF16;
        case DType::I8:
            return LinkOp::LoadI8;
        case DType::U8:
            return LinkOp::LoadU8;
        case DType::Bool:
            return LinkOp::LoadBool;
        default:
            return LinkOp::LoadRaw;
    }
}

LinkOp storeLink(DType type) {
    switch (type) {
        case DType::F16:
            return LinkOp::StoreF16;
        case DType::BF16:
            return LinkOp::StoreBF16;
        case DType::I8:
            return LinkOp::StoreI8;
        case DType::U8:
            return LinkOp::StoreU8;
        case DType::Bool:
            return LinkOp::StoreBool;
        default:
            return LinkOp::StoreRaw;
    }
}

bool isHeavy(LinkOp op) {
    return (op >= LinkOp::Exp && op <= LinkOp::Atanh) || (op >= LinkOp::PowM && op <= LinkOp::FloorDivM);
}

}  // namespace opentrt::cpu::kernels
