// SPDX-License-Identifier: Apache-2.0
// A small network on the device through the public API.
#pragma once
#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "../api/support.h"
#include "device.h"

namespace devicetest {

using namespace apitest;  // NOLINT: loggers and the small network

//! The small network on rows of 4 floats, and a context with memory for it.
struct Running {
    explicit Running(Logger& logger) : loaded(logger), context(loaded.engine->createExecutionContext()), x(32), y(32) {
        bind(x, y, 8);
    }
    void bind(const Floats& from, const Floats& to, int64_t rows) {
        EXPECT_TRUE(context->setInputShape("x", Dims2(rows, 4)));
        EXPECT_TRUE(context->setTensorAddress("x", from.data()));
        EXPECT_TRUE(context->setTensorAddress("y", to.data()));
    }
    std::vector<float> run(const std::vector<float>& values) {
        x.set(values);
        EXPECT_TRUE(context->enqueueV3(stream.as<cudaStream_t>()));
        return y.get();
    }
    Loaded loaded;
    std::unique_ptr<IExecutionContext> context;
    Stream stream;
    Floats x, y;
};

}  // namespace devicetest
