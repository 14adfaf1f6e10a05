// SPDX-License-Identifier: Apache-2.0
#include "base/fields.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/hash.h"
#include "base/scanner.h"

namespace opentrt {
namespace {

using NamedTexts = std::vector<std::pair<const char*, std::string>>;

template <class T, class ToText>
std::string listText(const std::vector<T>& list, ToText toText) {
    std::string out = "[";
    for (size_t i = 0; i < list.size(); ++i) {
        if (i > 0) out += ',';
        out += toText(list[i]);
    }
    return out + ']';
}

std::string integerText(int64_t value) {
    return std::to_string(value);
}

class Printer : public FieldVisitor {
public:
    using FieldVisitor::field;
    void field(const char* name, bool& value) override { add(name, value ? "true" : "false"); }
    void field(const char* name, int64_t& value) override { add(name, integerText(value)); }
    void field(const char* name, double& value) override { add(name, numberText(value)); }
    void field(const char* name, std::string& value) override { add(name, quoteText(value)); }
    void field(const char* name, DType& value) override { add(name, std::string(opentrt::name(value))); }
    void field(const char* name, std::vector<int64_t>& value) override { add(name, listText(value, integerText)); }
    void field(const char* name, std::vector<double>& value) override { add(name, listText(value, numberText)); }
    void field(const char* name, std::vector<std::string>& value) override { add(name, listText(value, quoteText)); }
    void enumeration(const char* name, int64_t& value, std::span<const char* const> names) override {
        const bool known = value >= 0 && value < static_cast<int64_t>(names.size());
        if (!known) internalError(cat("field ", name, " holds ", value, ", which has no name"));
        add(name, names[static_cast<size_t>(value)]);
    }

    NamedTexts texts;

private:
    void add(const char* name, std::string text) { texts.emplace_back(name, std::move(text)); }
};

NamedTexts textsOf(const HasFields& object) {
    Printer printer;
    // fields() is one list for readers and writers; the printer only reads.
    const_cast<HasFields&>(object).fields(printer);
    return std::move(printer.texts);
}

//! Holds the raw text of each field as it was found, and reads it when the object names the field.
class Reader : public FieldVisitor {
public:
    //! Reads up to the closing brace; nothing when no brace opens.
    explicit Reader(Scanner& text) : all_(text) {
        if (!all_.accept("{")) return;
        while (!all_.accept("}")) {
            const auto name = all_.expectName("the name of a field");
            all_.expect("=");
            all_.peek();
            const size_t begin = all_.position();
            const size_t end = begin + all_.until(",}").size();
            if (!raw_.emplace(std::string(name), Raw{begin, end}).second)
                all_.failAt(begin, cat("field ", name, " occurs twice"));
            if (!all_.accept(",") && all_.peek() != '}') all_.fail("expected ',' or '}'");
        }
    }

    void finish() {
        if (raw_.empty()) return;
        std::string known;
        for (const auto& name : seen_) known += (known.empty() ? "" : ", ") + name;
        const auto& [name, raw] = *raw_.begin();
        all_.failAt(raw.begin, cat("unknown field ", name, "; known are: ", known.empty() ? "none" : known));
    }

    using FieldVisitor::field;
    void field(const char* name, bool& value) override {
        read(name, [&](Scanner& in) {
            value = in.accept("true");
            if (!value && !in.accept("false")) in.fail("expected true or false");
        });
    }
    void field(const char* name, int64_t& value) override {
        read(name, [&](Scanner& in) { value = in.expectInteger(); });
    }
    void field(const char* name, double& value) override {
        read(name, [&](Scanner& in) { value = in.expectNumber(); });
    }
    void field(const char* name, std::string& value) override {
        read(name, [&](Scanner& in) { value = in.expectQuoted(); });
    }
    void field(const char* name, DType& value) override {
        read(name, [&](Scanner& in) {
            const auto text = in.expectName("an element type");
            const auto type = dtypeFromName(text);
            if (!type) in.fail(cat("unknown element type ", text));
            value = *type;
        });
    }
    void field(const char* name, std::vector<int64_t>& value) override {
        readList(name, value, [](Scanner& in) { return in.expectInteger(); });
    }
    void field(const char* name, std::vector<double>& value) override {
        readList(name, value, [](Scanner& in) { return in.expectNumber(); });
    }
    void field(const char* name, std::vector<std::string>& value) override {
        readList(name, value, [](Scanner& in) { return in.expectQuoted(); });
    }
    void enumeration(const char* name, int64_t& value, std::span<const char* const> names) override {
        read(name, [&](Scanner& in) {
            const auto text = in.expectName("the name of a choice");
            const auto found = std::find(names.begin(), names.end(), text);
            if (found == names.end()) {
                std::string known;
                for (const char* each : names) known += cat(known.empty() ? "" : ", ", each);
                in.fail(cat("unknown choice ", text, "; known are: ", known));
            }
            value = found - names.begin();
        });
    }

private:
    struct Raw {
        size_t begin, end;
    };

    template <class F>
    void read(const char* name, F from) {
        seen_.emplace_back(name);
        const auto found = raw_.find(name);
        if (found == raw_.end()) return;
        Scanner in = all_.slice(found->second.begin, found->second.end);
        try {
            from(in);
            if (!in.atEnd()) in.fail("expected nothing more");
        } catch (const Error& error) {
            throw Error(error.code(), "", cat(error.what(), " (field ", name, ")"));
        }
        raw_.erase(found);
    }

    template <class T, class F>
    void readList(const char* name, std::vector<T>& value, F element) {
        read(name, [&](Scanner& in) {
            std::vector<T> list;
            in.expect("[");
            while (!in.accept("]")) {
                list.push_back(element(in));
                if (!in.accept(",") && in.peek() != ']') in.fail("expected ',' or ']'");
            }
            value = std::move(list);
        });
    }

    Scanner& all_;
    std::map<std::string, Raw, std::less<>> raw_;
    std::vector<std::string> seen_;
};

}  // namespace

std::string printFields(const HasFields& object, const HasFields* defaults) {
    const NamedTexts texts = textsOf(object);
    const NamedTexts omit = defaults ? textsOf(*defaults) : NamedTexts{};
    std::string out;
    for (size_t i = 0; i < texts.size(); ++i) {
        if (i < omit.size() && texts[i] == omit[i]) continue;
        out += out.empty() ? "{" : ", ";
        out += texts[i].first;
        out += '=';
        out += texts[i].second;
    }
    return out.empty() ? out : out + '}';
}

void parseFields(HasFields& object, Scanner& text) {
    Reader reader(text);
    object.fields(reader);
    reader.finish();
}

void parseFields(HasFields& object, std::string_view text) {
    Scanner scanner(text);
    parseFields(object, scanner);
    if (!scanner.atEnd()) scanner.fail("expected nothing after the fields");
}

bool sameFields(const HasFields& a, const HasFields& b) {
    return textsOf(a) == textsOf(b);
}

uint64_t hashFields(const HasFields& object) {
    return hashText(printFields(object));
}

}  // namespace opentrt
