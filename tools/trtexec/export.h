// SPDX-License-Identifier: Apache-2.0
// JSON files and dumps. Names are escaped and numbers that JSON lacks become null, so every file can be parsed. Tested
// by export_test.cpp.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "bindings.h"
#include "reporting.h"

namespace trtexec {

std::string jsonText(const std::string& text);  //!< quoted and escaped
std::string jsonNumber(double value);           //!< nine digits; null for NaN and infinities
std::string jsonRecord(const std::vector<std::pair<std::string, std::string>>& fields);
//! A list, one record a line. Throws Failure.
void writeRecords(const std::string& file, const std::vector<std::string>& records);

void exportTimes(const std::string& file, const Trace& trace);
void exportOutputs(const std::string& file, const std::vector<const Binding*>& outputs);
//! "name: (1x4)" and the values, output by output.
std::vector<std::string> outputLines(const std::vector<const Binding*>& outputs);
//! `<name>.<input|output>.<1.8>.<type>.raw` in a folder, with a name that any file system takes.
std::string rawFileName(const Binding& binding);
void dumpRaw(const std::string& folder, const Bindings& bindings);

}  // namespace trtexec
