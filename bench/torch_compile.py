#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times torch.compile on a GPU, for comparison with trtexec --useCudaGraph: torch_compile.py [--mode MODE] MODEL:BATCH...

Random weights, fp16, the median of replays of a captured graph. Needs torch, torchvision and transformers.
"""
import argparse
import statistics
import time

import torch


def resnet50(batch):
    import torchvision

    model = torchvision.models.resnet50().to(memory_format=torch.channels_last)
    return model, [torch.randn(batch, 3, 224, 224).to(memory_format=torch.channels_last)]


def mobilenet_v3_large(batch):
    import torchvision

    model = torchvision.models.mobilenet_v3_large().to(memory_format=torch.channels_last)
    return model, [torch.randn(batch, 3, 224, 224).to(memory_format=torch.channels_last)]


def vit_b16(batch):
    import torchvision

    return torchvision.models.vit_b_16(), [torch.randn(batch, 3, 224, 224)]


def bert_base(batch, tokens=128):
    import transformers

    model = transformers.BertModel(transformers.BertConfig())
    ids = torch.randint(0, 30000, (batch, tokens))
    return model, [ids, torch.ones_like(ids)]


def gpt2_small(batch, tokens=128):
    import transformers

    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(use_cache=False))
    return model, [torch.randint(0, 50000, (batch, tokens))]


def gpt2_prefill(batch):
    return gpt2_small(batch, tokens=512)


MODELS = {f.__name__: f for f in (resnet50, mobilenet_v3_large, vit_b16, bert_base, gpt2_small, gpt2_prefill)}


def median_ms(model, inputs, mode, replays=200):
    compiled = torch.compile(model, mode=mode)
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            compiled(*inputs)
    stream.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream):
        compiled(*inputs)
    times = []
    for _ in range(replays):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        graph.replay()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mode", default="default", help="of torch.compile; one without CUDA graphs of its own")
    parser.add_argument("cases", nargs="+", metavar="MODEL:BATCH", help=", ".join(MODELS))
    arguments = parser.parse_args()
    for case in arguments.cases:
        name, batch = case.split(":")
        torch.manual_seed(0)
        torch._dynamo.reset()
        model, inputs = MODELS[name](int(batch))
        model = model.half().cuda().eval()
        inputs = [(x.half() if x.is_floating_point() else x).cuda() for x in inputs]
        start = time.monotonic()
        with torch.inference_mode():
            ms = median_ms(model, inputs, arguments.mode)
        print(f"{name:22} b{batch:<3} torch.compile median {ms:.4f} ms  ({time.monotonic() - start:.0f} s)", flush=True)


main()
