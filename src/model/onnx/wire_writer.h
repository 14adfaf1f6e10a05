// SPDX-License-Identifier: Apache-2.0
// Writes messages of schema.h in protobuf's binary form. For tests, which make their models in code.
#pragma once
#include <string>

#include "model/onnx/schema.h"

namespace opentrt::onnx {

class WireWriter {
public:
    template <class Message>
    static std::string write(const Message& message) {
        WireWriter writer;
        // fields() is one list for readers and writers; the writer only reads.
        const_cast<Message&>(message).fields(writer);
        return std::move(writer.out_);
    }

    template <class T>
    void operator()(uint32_t number, const char*, const T& member) {
        value(number, member);
    }
    template <class T, size_t count>
    void operator()(uint32_t number, const char*, const T& member, const char* const (&)[count]) {
        integer(number, static_cast<int64_t>(member));
    }

private:
    void varint(uint64_t v) {
        for (; v >= 128; v >>= 7) out_ += static_cast<char>(v | 128U);
        out_ += static_cast<char>(v);
    }
    void tag(uint32_t number, uint32_t type) { varint(number << 3 | type); }
    void bytes(uint32_t number, std::string_view text) {
        tag(number, 2);
        varint(text.size());
        out_ += text;
    }
    void integer(uint32_t number, int64_t v) {
        tag(number, 0);
        varint(static_cast<uint64_t>(v));
    }
    template <class T>
    void fixed(uint32_t number, uint32_t type, T v) {
        tag(number, type);
        out_.append(reinterpret_cast<const char*>(&v), sizeof v);
    }

    void value(uint32_t n, int64_t v) { integer(n, v); }
    void value(uint32_t n, int32_t v) { integer(n, v); }
    void value(uint32_t n, uint64_t v) { integer(n, static_cast<int64_t>(v)); }
    void value(uint32_t n, float v) { fixed(n, 5, v); }
    void value(uint32_t n, double v) { fixed(n, 1, v); }
    void value(uint32_t n, std::string_view v) { bytes(n, v); }
    void value(uint32_t n, const std::string& v) {
        if (!v.empty()) bytes(n, v);
    }
    template <class M>
    void value(uint32_t n, const M& message) {
        bytes(n, write(message));
    }
    template <class T>
    void value(uint32_t n, const std::optional<T>& v) {
        if (v) value(n, *v);
    }
    template <class T>
    void value(uint32_t n, const std::unique_ptr<T>& v) {
        if (v) value(n, *v);
    }
    template <class T>
    void value(uint32_t n, const std::vector<T>& list) {
        for (const T& v : list) value(n, v);
    }
    void value(uint32_t n, const std::vector<std::string>& list) {
        // Empty names stand for inputs that are left out.
        for (const std::string& v : list) bytes(n, v);
    }

    std::string out_;
};

}  // namespace opentrt::onnx
