// SPDX-License-Identifier: Apache-2.0
// Reads messages of schema.h from protobuf's text form, as `protoc --decode` and Python's str(model) write it. Fields
// that the schema does not list are skipped. Tested by model_file_test.cpp.
#pragma once
#include <functional>
#include <string_view>

#include "model/onnx/bounds.h"
#include "model/onnx/errors.h"
#include "model/onnx/schema.h"

namespace opentrt::onnx {

class TextReader {
public:
    using KeepBytes = std::function<std::string_view(std::string_view)>;
    TextReader(std::string_view text, const KeepBytes& keepBytes) : text_(text), keepBytes_(keepBytes) { advance(); }

    template <class Message>
    void read(Message& message) {
        readFields(message, "");
    }

private:
    struct Field {
        TextReader& in;
        std::string_view name;
        bool used;

        template <class T>
        void operator()(uint32_t, const char* wanted, T& member) {
            if (used || name != wanted) return;
            used = true;
            in.values([&] { in.value(member); });
        }
        template <class T, size_t count>
        void operator()(uint32_t, const char* wanted, T& member, const char* const (&names)[count]) {
            if (used || name != wanted) return;
            used = true;
            in.expect(":");
            member = static_cast<T>(in.named(names, count));
        }
    };

    template <class Message>
    void readFields(Message& message, std::string_view close) {
        if (++depth_ > model::kMessageDepth) fail("messages are nested too deep");
        while (token_ != close || kind_ == Kind::String) {
            if (kind_ != Kind::Name) fail("a field name is expected");
            Field field{*this, token_, false};
            advance();
            message.fields(field);
            if (!field.used) skipField();
            if (token_ == "," || token_ == ";") advance();
        }
        --depth_;
    }

    //! One value, or a list of them in brackets. The colon may be missing before a message.
    template <class One>
    void values(const One& one) {
        if (token_ == ":" && kind_ == Kind::Mark) advance();
        if (token_ != "[" || kind_ != Kind::Mark) return one();
        advance();
        while (token_ != "]" || kind_ != Kind::Mark) {
            one();
            if (token_ == ",") advance();
        }
        advance();
    }

    void value(int64_t& m) { m = integer(); }
    void value(int32_t& m) { m = static_cast<int32_t>(integer()); }
    void value(std::optional<int64_t>& m) { m = integer(); }
    void value(std::optional<float>& m) { m = static_cast<float>(real()); }
    void value(std::string& m) { m = text(); }
    void value(std::optional<std::string>& m) { m = text(); }
    void value(std::optional<std::string_view>& m) { m = keepBytes_(text()); }
    void value(std::vector<std::string>& m) { m.push_back(text()); }
    void value(std::vector<float>& m) { m.push_back(static_cast<float>(real())); }
    void value(std::vector<double>& m) { m.push_back(real()); }
    void value(std::vector<int64_t>& m) { m.push_back(integer()); }
    void value(std::vector<uint64_t>& m) { m.push_back(static_cast<uint64_t>(integer())); }
    void value(std::vector<int32_t>& m) { m.push_back(static_cast<int32_t>(integer())); }
    template <class M>
    void value(M& m) {
        nested(m);
    }
    template <class M>
    void value(std::vector<M>& m) {
        nested(m.emplace_back());
    }
    template <class M>
    void value(std::unique_ptr<M>& m) {
        if (!m) m = std::make_unique<M>();
        nested(*m);
    }

    template <class M>
    void nested(M& message) {
        if (kind_ != Kind::Mark || (token_ != "{" && token_ != "<")) fail("a message in braces is expected");
        const std::string_view close = token_ == "{" ? "}" : ">";
        advance();
        readFields(message, close);
        advance();
    }

    enum class Kind { End, Name, Number, String, Mark };

    void advance();
    void expect(std::string_view mark);
    int64_t integer();
    double real();
    std::string text();
    int64_t named(const char* const* names, size_t count);
    void skipField();
    [[noreturn]] void fail(const char* what) const;

    std::string_view text_;
    size_t at_ = 0;           //!< behind the token
    size_t start_ = 0;        //!< of the token
    std::string_view token_;  //!< for strings: the raw text between the quotes
    Kind kind_ = Kind::End;
    const KeepBytes& keepBytes_;
    int depth_ = 0;
};

}  // namespace opentrt::onnx
