// SPDX-License-Identifier: Apache-2.0
#include "translate.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <unistd.h>

#include "base/hash.h"

namespace opentrt::emulated {

namespace {

namespace fs = std::filesystem;

//! Functions of code/ that are inline assembler: how they begin, and what they do.
struct NewBody {
    const char *head, *body;
};
constexpr NewBody kBodies[] = {
    {"DEV float num(f16 x)", "_Float16 h; memcpy(&h, &x.bits, 2); return (float)h;"},
    {"DEV void put(f16& to, float x)", "const _Float16 h = (_Float16)x; memcpy(&to.bits, &h, 2);"},
    {"DEV void put(bf16& to, float x)",
     "const u32 b = __float_as_uint(x); to.bits = x != x ? 0x7fff : (u16)(b + 0x7fff + (b >> 16 & 1) >> 16);"},
    {"DEV u32 pairOf(float x, float y, f16)", "f16 a, b; put(a, x); put(b, y); return a.bits | (u32)b.bits << 16;"},
    {"DEV u32 pairOf(float x, float y, bf16)", "bf16 a, b; put(a, x); put(b, y); return a.bits | (u32)b.bits << 16;"},
    {"DEV float2 floatsOf(u32 pair, f16)", "f16 h[2]; memcpy(h, &pair, 4); return make_float2(num(h[0]), num(h[1]));"},
    {"DEV u32 largerOfPairs(u32 x, u32 y, f16)", "return emulatedLarger<f16>(x, y);"},
    {"DEV u32 largerOfPairs(u32 x, u32 y, bf16)", "return emulatedLarger<bf16>(x, y);"},
    {"DEV float larger(float x, float y)", "return x > y || x != x ? x : y;"},
    {"DEV u32 roundedBytes(float a, float b, float c, float d)",
     "const float x[4] = {a, b, c, d}; u32 all = 0; for (int i = 0; i < 4; i++) all |= emulatedByte(rintf(x[i]), -128) "
     "<< "
     "i * 8; return all;"},
    {"DEV u32 signs(u32 bytes)", "return (bytes >> 7 & 0x01010101u) * 255u;"},
    {"DEV void store(T* to, const uint4& x)", "*(uint4*)to = x;"},
    {"DEV void copyAsync(u32 to, const void* from, bool there)",
     "if (there) memcpy(emulated->shared + to, from, 16); else for (int i = 0; i < 16; i++) emulated->shared[to + i] = "
     "0;"},
    {"DEV void commitCopies()", ""},
    {"DEV void waitCopies()", ""},
    {"DEV void loadFragments(u32 (&r)[4], u32 address)", "emulatedLoadMatrix(r, address, false);"},
    {"DEV void loadTransposed(u32 (&r)[4], u32 address)", "emulatedLoadMatrix(r, address, true);"},
    {"DEV void multiply(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1, f16)",
     "emulatedMultiply<f16, 16>(c, a, b0, b1);"},
    {"DEV void multiply(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1, bf16)",
     "emulatedMultiply<bf16, 16>(c, a, b0, b1);"},
    {"DEV void multiply(i32 (&c)[4], const u32 (&a)[4], u32 b0, u32 b1, i8)",
     "emulatedMultiply<i8, 32>(c, a, b0, b1);"},
    {"DEV void multiplyTf32(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1)",
     "emulatedMultiply<float, 8>(c, a, b0, b1);"},
    {"DEV u32 toTf32(float x)", "return __float_as_uint(x) + 0x1000u & ~0x1fffu;"},
    {"DEV u32 pairsTimesPlus(u32 x, u32 y, u32 z, f16)",
     "f16 a[2], b[2], c[2]; memcpy(a, &x, 4); memcpy(b, &y, 4); memcpy(c, &z, 4); for (int i = 0; i < 2; i++) "
     "put(a[i], num(a[i]) * num(b[i]) + num(c[i])); memcpy(&x, a, 4); return x;"},
    {"DEV u32 pairsTimesPlus(u32 x, u32 y, u32 z, bf16)",
     "bf16 a[2], b[2], c[2]; memcpy(a, &x, 4); memcpy(b, &y, 4); memcpy(c, &z, 4); for (int i = 0; i < 2; i++) "
     "put(a[i], num(a[i]) * num(b[i]) + num(c[i])); memcpy(&x, a, 4); return x;"},
    {"DEV float powerOfTwo(float x)", "return exp2f(x);"},
    {"DEV float reciprocal(float x)", "return 1.f / x;"},
};

void replaceBody(std::string& text, const NewBody& body) {
    const size_t head = text.find(body.head);
    if (head == std::string::npos) return;
    const size_t open = text.find('{', head);
    size_t at = open + 1;
    for (int depth = 1; depth > 0 && at < text.size(); ++at) depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
    text.replace(open, at - open, std::string("{ ") + body.body + " }");
}

const std::regex& kernelHead() {
    static const std::regex head(
        R"(KERNEL\s+(?:__launch_bounds__\([^)]*\)\s+)?(\w+)\(const __grid_constant__ (\w+) \w+\))");
    return head;
}

std::string shim() {
    std::ifstream in(OPENTRT_EMULATED_SHIM);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

fs::path cacheFolder() {
    const char* asked = std::getenv("OPENTRT_EMULATED_CACHE");
    const fs::path folder =
        asked ? fs::path(asked) : fs::temp_directory_path() / ("opentrt_emulated_" + std::to_string(getuid()));
    fs::create_directories(folder);
    return folder;
}

std::string contentsOf(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

}  // namespace

std::vector<std::string> kernelsOf(const std::string& text) {
    std::vector<std::string> names;
    for (std::sregex_iterator at(text.begin(), text.end(), kernelHead()), end; at != end; ++at) {
        names.push_back((*at)[1]);
    }
    return names;
}

bool meets(const std::string& text) {
    // The prelude's own functions for warps are the last thing in it.
    const size_t own = text.find("DEV float warpMax");
    const std::string rest = own == std::string::npos ? text : text.substr(text.find('}', text.find("return", own)));
    static const std::regex words(R"(__sync|__shfl|__ballot|warpSum|warpMax|multiply|loadFragments|loadTransposed)");
    return std::regex_search(rest, words);
}

std::string translated(const std::string& text) {
    std::string code = text;
    for (const NewBody& body : kBodies) replaceBody(code, body);
    static const std::regex dynamicShared(R"(extern __shared__\s+(?:__align__\(\d+\)\s+)?([\w ]+?)\s+(\w+)\[\];)");
    code = std::regex_replace(code, dynamicShared, "$1* const $2 = ($1*)emulated->shared;");
    static const std::regex define(R"(#define KERNEL [^\n]*)");
    code = std::regex_replace(code, define, "#define KERNEL static void");
    std::string entries;
    for (std::sregex_iterator at(text.begin(), text.end(), kernelHead()), end; at != end; ++at) {
        const std::string name = (*at)[1], args = (*at)[2];
        entries += "extern \"C\" __attribute__((visibility(\"default\"))) void run_" + name + "(const void* p) { " +
                   name + "(*(const " + args + "*)p); }\n" +
                   "extern \"C\" __attribute__((visibility(\"default\"))) unsigned long size_" + name +
                   "() { return sizeof(" + args + "); }\n";
    }
    return shim() + code + "\n" + entries;
}

std::string libraryOf(const std::string& text, std::string& log) {
    const std::string code = translated(text);
    char key[32];
    std::snprintf(key, sizeof key, "%016llx", static_cast<unsigned long long>(hashBytes(code.data(), code.size())));
    const fs::path folder = cacheFolder(), made = folder / (std::string(key) + ".so");
    if (fs::exists(made)) return contentsOf(made);
    const std::string own = std::string(key) + "." + std::to_string(getpid()) + "." + std::to_string(std::rand());
    const fs::path source = folder / (own + ".cpp"), output = folder / (own + ".so"), errors = folder / (own + ".log");
    std::ofstream(source) << code;
    const std::string command = std::string(OPENTRT_EMULATED_CXX) +
                                " -std=c++17 -x c++ -O1 -w -fPIC -shared -fvisibility=hidden -fno-exceptions -fno-rtti"
                                " -ffp-contract=off -fno-threadsafe-statics -o " +
                                output.string() + " " + source.string() + " -lm 2> " + errors.string();
    const int status = std::system(command.c_str());
    log = contentsOf(errors);
    fs::remove(errors);
    if (status != 0) return {};
    fs::remove(source);
    fs::rename(output, made);
    return contentsOf(made);
}

}  // namespace opentrt::emulated
