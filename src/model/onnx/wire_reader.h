// SPDX-License-Identifier: Apache-2.0
// Reads messages of schema.h from protobuf's binary form. Every length is checked before it is used; fields that the
// schema does not list, or that come in another wire type, are skipped. Tested by model_file_test.cpp and the fuzzer.
#pragma once
#include <cstring>
#include <functional>
#include <string_view>

#include "model/onnx/bounds.h"
#include "model/onnx/errors.h"
#include "model/onnx/schema.h"

namespace opentrt::onnx {

class WireReader {
public:
    //! `keepBytes` returns a lasting view of a large byte field; it may copy.
    using KeepBytes = std::function<std::string_view(std::string_view)>;
    WireReader(std::string_view bytes, const KeepBytes& keepBytes)
        : begin_(bytes.data()), next_(begin_), end_(begin_ + bytes.size()), keepBytes_(keepBytes) {}

    template <class Message>
    void read(Message& message) {
        if (++depth_ > model::kMessageDepth) damaged("messages are nested too deep");
        while (next_ < end_) {
            const uint64_t tag = varint();
            Field field{*this, static_cast<uint32_t>(tag >> 3), static_cast<uint32_t>(tag & 7), false};
            message.fields(field);
            if (!field.used) skip(field.type);
        }
        --depth_;
    }

private:
    enum Type : uint32_t { Varint = 0, Fixed64 = 1, Length = 2, Fixed32 = 5 };

    //! Visits the list of fields and fills the one whose number and wire type match.
    struct Field {
        WireReader& in;
        uint32_t number, type;
        bool used;

        bool is(uint32_t wanted, uint32_t wire) {
            used = used || (number == wanted && type == wire);
            return number == wanted && type == wire;
        }
        template <class T>
        void operator()(uint32_t n, const char*, T& member) {
            in.value(*this, n, member);
        }
        template <class T, size_t count>
        void operator()(uint32_t n, const char*, T& member, const char* const (&)[count]) {
            if (is(n, Varint)) member = static_cast<T>(in.varint());
        }
    };

    // clang-format off
    void value(Field& f, uint32_t n, int64_t& m) { if (f.is(n, Varint)) m = static_cast<int64_t>(varint()); }
    void value(Field& f, uint32_t n, int32_t& m) { if (f.is(n, Varint)) m = static_cast<int32_t>(varint()); }
    void value(Field& f, uint32_t n, std::optional<int64_t>& m) { if (f.is(n, Varint)) m = static_cast<int64_t>(varint()); }
    void value(Field& f, uint32_t n, std::optional<float>& m) { if (f.is(n, Fixed32)) m = fixed<float>(); }
    void value(Field& f, uint32_t n, std::string& m) { if (f.is(n, Length)) m = bytes(); }
    void value(Field& f, uint32_t n, std::optional<std::string>& m) { if (f.is(n, Length)) m = std::string(bytes()); }
    void value(Field& f, uint32_t n, std::optional<std::string_view>& m) { if (f.is(n, Length)) m = keepBytes_(bytes()); }
    void value(Field& f, uint32_t n, std::vector<std::string>& m) { if (f.is(n, Length)) m.emplace_back(bytes()); }
    void value(Field& f, uint32_t n, std::vector<float>& m) { fixedList(f, n, Fixed32, m); }
    void value(Field& f, uint32_t n, std::vector<double>& m) { fixedList(f, n, Fixed64, m); }
    void value(Field& f, uint32_t n, std::vector<int64_t>& m) { varintList(f, n, m); }
    void value(Field& f, uint32_t n, std::vector<uint64_t>& m) { varintList(f, n, m); }
    void value(Field& f, uint32_t n, std::vector<int32_t>& m) { varintList(f, n, m); }
    // clang-format on
    template <class M>
    void value(Field& f, uint32_t n, M& m) {
        if (f.is(n, Length)) nested(m);
    }
    template <class M>
    void value(Field& f, uint32_t n, std::vector<M>& m) {
        if (f.is(n, Length)) nested(m.emplace_back());
    }
    template <class M>
    void value(Field& f, uint32_t n, std::unique_ptr<M>& m) {
        if (!f.is(n, Length)) return;
        if (!m) m = std::make_unique<M>();
        nested(*m);
    }

    template <class M>
    void nested(M& message) {
        const std::string_view inside = bytes();
        const char* const after = next_;
        const char* const end = end_;
        next_ = inside.data();
        end_ = inside.data() + inside.size();
        read(message);
        next_ = after;
        end_ = end;
    }

    //! Numbers come one by one or packed into one field.
    template <class T>
    void varintList(Field& f, uint32_t n, std::vector<T>& list) {
        if (f.is(n, Varint)) {
            list.push_back(static_cast<T>(varint()));
        } else if (f.is(n, Length)) {
            const std::string_view packed = bytes();
            const char* const after = next_;
            const char* const end = end_;
            next_ = packed.data();
            end_ = packed.data() + packed.size();
            while (next_ < end_) list.push_back(static_cast<T>(varint()));
            next_ = after;
            end_ = end;
        }
    }

    template <class T>
    void fixedList(Field& f, uint32_t n, Type single, std::vector<T>& list) {
        if (f.is(n, single)) {
            list.push_back(fixed<T>());
        } else if (f.is(n, Length)) {
            const std::string_view packed = bytes();
            if (packed.size() % sizeof(T) != 0) damaged("a packed list has a broken length");
            const size_t before = list.size();
            list.resize(before + packed.size() / sizeof(T));
            if (!packed.empty()) std::memcpy(list.data() + before, packed.data(), packed.size());
        }
    }

    template <class T>
    T fixed() {
        if (static_cast<size_t>(end_ - next_) < sizeof(T)) damaged("the file ends inside a number");
        T value;
        std::memcpy(&value, next_, sizeof(T));
        next_ += sizeof(T);
        return value;
    }

    uint64_t varint();
    std::string_view bytes();
    void skip(uint32_t type);
    [[noreturn]] void damaged(const char* what) const;

    const char* begin_;
    const char* next_;
    const char* end_;
    const KeepBytes& keepBytes_;
    int depth_ = 0;
};

}  // namespace opentrt::onnx
