# SPDX-License-Identifier: Apache-2.0
"""Pooling, Lrn, Resize, GridSample, Softmax, RaggedSoftmax, Normalization, Reduce, TopK, Cumulative."""
import numpy as np

from goldens import case, const, ort, rand, standard, vals

SUM_TOLERANCE = 1e-5


def poolings():
    def pool(title, op, dims, onnx_op, attributes, **more):
        case("pooling", title, f"Pooling{{{op}}}", [rand("f32", dims, 1)], ort(onnx_op, attributes), **more)

    two = {"kernel_shape": [2, 3], "strides": [2, 2], "pads": [1, 0, 0, 1]}
    pool("max with padding", "window=[2,3],stride=[2,2],pre=[1,0],post=[0,1]", [2, 2, 5, 6], "MaxPool", two)
    pool("max with dilation", "window=[2,2],dilation=[2,1]", [1, 1, 5, 4], "MaxPool",
         {"kernel_shape": [2, 2], "dilations": [2, 1]})
    pool("average without padding", "operation=average,window=[2,3],stride=[2,2],pre=[1,0],post=[0,1]", [1, 2, 5, 6],
         "AveragePool", two)
    pool("average over padding", "operation=average,window=[2,3],stride=[2,2],pre=[1,0],post=[0,1],excludePadding=false",
         [1, 2, 5, 6], "AveragePool", {**two, "count_include_pad": 1})
    pool("one spatial axis", "window=[3],stride=[2]", [2, 3, 7], "MaxPool", {"kernel_shape": [3], "strides": [2]})
    pool("three spatial axes", "operation=average,window=[2,2,2]", [1, 1, 3, 3, 3], "AveragePool",
         {"kernel_shape": [2, 2, 2]})
    pool("same upper", "window=[3,3],stride=[2,2],paddingMode=same_upper", [1, 1, 4, 5], "MaxPool",
         {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"})
    pool("caffe rounding drops windows behind the data", "window=[2],stride=[3],pre=[1],post=[1],"
         "paddingMode=caffe_round_up", [1, 1, 8], "MaxPool",
         {"kernel_shape": [2], "strides": [3], "pads": [1, 1], "ceil_mode": 1})
    pool("rounding up", "window=[3,3],stride=[2,2],paddingMode=explicit_round_up", [1, 1, 6, 6], "MaxPool",
         {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1})

    def blend(x):
        most = ort("MaxPool", {"kernel_shape": [2, 2]})(x)[0]
        return 0.75 * most + 0.25 * ort("AveragePool", {"kernel_shape": [2, 2]})(x)[0]

    case("pooling", "blend", "Pooling{operation=blend,window=[2,2],blend=0.25}", [rand("f32", [1, 1, 3, 3], 1)], blend)
    case("pooling", "window in the padding counts as empty",
         "Pooling{operation=average,window=[1],pre=[1],stride=[2]}", [vals("f32", [[[3, 4]]])],
         lambda x: np.array([[[0.0, 4]]]))
    case("pooling", "max of bytes", "Pooling{window=[2]}", [rand("i8", [1, 1, 5], 1)],
         lambda x: np.maximum(x[..., 1:], x[..., :-1]))
    case("lrn", "as ONNX has it", "Lrn{window=3,alpha=0.5,beta=0.7,k=2}", [rand("f32", [2, 5, 2, 2], 1)],
         ort("LRN", {"size": 3, "alpha": 0.5, "beta": 0.7, "bias": 2.0}))
    case("lrn", "wide window", "Lrn{window=5,alpha=0.1,beta=0.5}", [rand("f32", [1, 4, 3], 1)],
         lambda x: x / np.sqrt(1 + 0.1 / 5 * np.stack([(x[:, max(0, i - 2):i + 3]**2).sum(1) for i in range(4)], 1)))


def resizes():
    def resize(title, op, dims, out=None, scales=None, **attributes):
        x = rand("f32", dims, 1)
        op = ",".join([f"dims={out}" if out else f"scales={scales}"] + ([op] if op else [])).replace(" ", "")

        def reference(data):
            arrays = [data, None, np.array(scales, np.float32)] if scales else [
                data, None, None, np.array(out, np.int64)]
            constants = [2] if scales else [3]
            return ort("Resize", attributes, opset=19, constants=constants)(*arrays)

        case("resize", title, f"Resize{{{op}}}", [x], reference, tolerance=SUM_TOLERANCE)

    asym = {"coordinate_transformation_mode": "asymmetric"}
    half = {"coordinate_transformation_mode": "half_pixel"}
    corners = {"coordinate_transformation_mode": "align_corners"}
    resize("nearest up", "", [1, 1, 2, 3], [1, 1, 4, 6], mode="nearest", nearest_mode="floor", **asym)
    resize("nearest down by scales", "", [1, 2, 5, 4], None, [1, 1, 0.6, 0.5], mode="nearest", nearest_mode="floor", **asym)
    for ours, theirs in (("half_up", "round_prefer_ceil"), ("half_down", "round_prefer_floor"), ("ceil", "ceil"),
                         ("floor", "floor")):
        resize(f"nearest rounding {ours}", f"coordinates=half_pixel,rounding={ours}", [1, 1, 4, 5], [1, 1, 7, 3],
               mode="nearest", nearest_mode=theirs, **half)
    resize("linear half pixel", "mode=linear,coordinates=half_pixel", [2, 1, 3, 4], [2, 1, 5, 7], mode="linear", **half)
    resize("linear align corners", "mode=linear,coordinates=align_corners", [1, 1, 3, 4], [1, 1, 6, 2], mode="linear",
           **corners)
    resize("linear asymmetric by scales", "mode=linear", [1, 1, 3, 4], None, [1, 1, 1.7, 2], mode="linear", **asym)
    resize("linear over three axes", "mode=linear,coordinates=half_pixel", [1, 1, 2, 3, 2], [1, 1, 3, 4, 4],
           mode="linear", **half)
    resize("pytorch half pixel", "mode=linear,coordinates=pytorch_half_pixel", [1, 1, 3, 4], [1, 1, 1, 6], mode="linear",
           coordinate_transformation_mode="pytorch_half_pixel")
    resize("half pixel symmetric", "mode=linear,coordinates=half_pixel_symmetric", [1, 1, 3, 5], None, [1, 1, 1.3, 0.7],
           mode="linear", coordinate_transformation_mode="half_pixel_symmetric")
    resize("cubic half pixel", "mode=cubic,coordinates=half_pixel", [1, 1, 4, 5], [1, 1, 6, 8], mode="cubic", **half)
    resize("cubic without the outside", "mode=cubic,coordinates=half_pixel,cubic=-0.5,excludeOutside=true", [1, 1, 4, 4],
           [1, 1, 7, 3], mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1, **half)
    smooth = {"antialias": 1, "coordinate_transformation_mode": "half_pixel"}
    for mode in ("linear", "cubic"):
        for title, dims, out in (("down", [1, 1, 7, 6], [1, 1, 3, 4]), ("down and up", [1, 2, 9, 3], [1, 2, 2, 5])):
            case("resize", f"{mode} antialiased {title}",
                 f"Resize{{dims={out},mode={mode},coordinates=half_pixel,antialias=true}}".replace(" ", ""),
                 [rand("f32", dims, 1)],
                 lambda x: standard("Resize", {"mode": mode, **smooth}, 19)(x, None, None, np.array(out, np.int64)),
                 tolerance=SUM_TOLERANCE)
    region = vals("f32", [0, 0, 0.4, -0.2, 1, 1, 0.6, 1.1])
    for out in ([1, 1, 3, 4], [1, 1, 1, 1]):
        case("resize", f"region resized to {out[2]}x{out[3]}",
             f"Resize{{dims={out},mode=linear,coordinates=crop,extrapolation=10}}".replace(" ", ""),
             [rand("f32", [1, 1, 4, 5], 1), None, None, region],
             lambda x, *_: standard("Resize", {"mode": "linear", "coordinate_transformation_mode": "tf_crop_and_resize",
                                               "extrapolation_value": 10.0}, 19)(
                 x, region.array, None, np.array(out, np.int64)), tolerance=SUM_TOLERANCE)
    case("resize", "scales beside dimensions", "Resize{dims=[7],mode=linear,coordinates=half_pixel}",
         [rand("f32", [5], 1), None, vals("f32", [1.5])],
         lambda x, *_: standard("Resize", {"mode": "linear", **half}, 19)(x, None, np.array([1.5], np.float32)),
         tolerance=SUM_TOLERANCE)
    case("resize", "single pixel from the upper left", "Resize{dims=[1],coordinates=half_pixel,mode=linear,selector=upper}",
         [vals("f32", [3, 4, 5])], lambda x: x[:1])
    case("resize", "dimensions as an input", "Resize", [rand("f32", [1, 2], 1), vals("i32", [2, 4])],
         lambda x, d: x.repeat(2, 0).repeat(2, 1))
    case("resize", "bytes", "Resize{scales=[2]}", [rand("u8", [3], 1)], lambda x: x.repeat(2))


def grids():
    grid = vals("f32", np.random.default_rng(5).uniform(-1.4, 1.4, [1, 3, 4, 2]).round(3))
    for mode, theirs in (("nearest", "nearest"), ("linear", "linear"), ("cubic", "cubic")):
        for ours, padding in (("fill", "zeros"), ("clamp", "border"), ("reflect", "reflection")):
            for align in (0, 1):
                case("grid_sample", f"{mode} {ours} {'aligned' if align else 'by edges'}",
                     f"GridSample{{mode={mode},sampleMode={ours},alignCorners={'true' if align else 'false'}}}",
                     [rand("f32", [1, 2, 3, 4], 1), grid],
                     ort("GridSample", {"mode": theirs, "padding_mode": padding, "align_corners": align}, opset=20),
                     tolerance=2e-5)
    volume = vals("f32", np.random.default_rng(6).uniform(-1.2, 1.2, [1, 2, 2, 2, 3]).round(3))
    case("grid_sample", "volume", "GridSample", [rand("f32", [1, 1, 3, 2, 4], 1), volume],
         ort("GridSample", {"mode": "linear"}, opset=20), tolerance=SUM_TOLERANCE)


def normalizations():
    for axis in (0, 1, -1):
        case("softmax", f"axis {axis}", f"Softmax{{axis={axis}}}", [rand("f32", [2, 3, 4], 1)],
             ort("Softmax", {"axis": axis}))
    case("softmax", "large and infinite values", "Softmax{axis=0}", [vals("f32", [1000, 999, -np.inf])],
         lambda x: np.array([1, np.exp(-1), 0]) / (1 + np.exp(-1)))
    case("softmax", "half precision", "Softmax{axis=-1}", [rand("f16", [2, 5], 1)],
         lambda x: np.exp(x.astype(np.float64)) / np.exp(x.astype(np.float64)).sum(-1, keepdims=True), kinds=["f16"])
    case("ragged_softmax", "bounds per row", "RaggedSoftmax", [rand("f32", [3, 4], 1), vals("i32", [[2], [4], [0]])],
         lambda x, b: np.stack([np.concatenate([np.exp(r[:n]) / max(np.exp(r[:n]).sum(), 1e-30), np.zeros(4 - n)])
                                for r, n in zip(x, b[:, 0])]))

    def norm(title, op, dims, reference, scale=None, bias=None, kind="f32", **more):
        factors = [rand(kind, s, k) if s else None for k, s in ((2, scale), (3, bias))]
        while factors and factors[-1] is None:
            factors.pop()
        case("normalization", title, f"Normalization{{{op}}}", [rand(kind, dims, 1)] + factors, reference, **more)

    norm("layer", "axes=[2]", [2, 3, 4], lambda x, s, b: ort("LayerNormalization", {"axis": 2})(x, s[0, 0], b[0, 0])[0],
         [1, 1, 4], [1, 1, 4], tolerance=SUM_TOLERANCE)
    norm("instance", "axes=[2,3],epsilon=0.01", [2, 3, 2, 4],
         lambda x, s, b: ort("InstanceNormalization", {"epsilon": 0.01})(x, s.reshape(3), b.reshape(3))[0],
         [1, 3, 1, 1], [1, 3, 1, 1], tolerance=SUM_TOLERANCE)
    norm("groups with factors per channel", "axes=[2,3],groups=2,v2=true", [2, 4, 2, 3],
         lambda x, s, b: ort("GroupNormalization", {"num_groups": 2}, opset=21)(x, s.reshape(4), b.reshape(4))[0],
         [1, 4, 1, 1], [1, 4, 1, 1], tolerance=SUM_TOLERANCE)
    norm("groups with factors per group", "axes=[2],groups=2", [1, 4, 3],
         lambda x, s, b: ort("GroupNormalization", {"num_groups": 2}, opset=21)(
             x, s.reshape(2).repeat(2), b.reshape(2).repeat(2))[0], [1, 2, 1], [1, 2, 1], tolerance=SUM_TOLERANCE)
    norm("root mean square", "axes=[-1],rms=true,epsilon=1e-6", [2, 5],
         lambda x, s: x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * s, [1, 5])
    norm("without factors", "axes=[0,1]", [2, 3], lambda x: (x - x.mean()) / np.sqrt(x.var() + 1e-5),
         tolerance=SUM_TOLERANCE)


def reductions():
    x = rand("f32", [2, 3, 4], 1)
    table = {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min, "avg": np.mean}
    for name, function in table.items():
        case("reduce", f"{name} over two axes", f"Reduce{{operation={name},axes=[0,2]}}", [x],
             lambda v, f=function: f(v, (0, 2)))
        case("reduce", f"{name} kept", f"Reduce{{operation={name},axes=[-2],keep=true}}", [x],
             lambda v, f=function: f(v, 1, keepdims=True))
    for name, value in (("sum", 0), ("prod", 1), ("max", -np.inf), ("min", np.inf), ("avg", np.nan)):
        case("reduce", f"{name} of nothing", f"Reduce{{operation={name},axes=[1]}}", [rand("f32", [2, 0], 1)],
             lambda v, n=value: np.full(2, float(n)))
    case("reduce", "integers wrap", "Reduce{operation=prod,axes=[0]}", [vals("i32", [65536, 65536, 3])],
         lambda v: np.int32(0))
    case("reduce", "integer average truncates", "Reduce{operation=avg,axes=[0]}", [vals("i64", [-3, -4])],
         lambda v: np.int64(-3))
    case("reduce", "NaN wins", "Reduce{operation=max,axes=[0]}", [vals("f32", [1, np.nan, 2])], np.max)
    case("reduce", "half precision sums in double", "Reduce{axes=[0]}", [vals("f16", [2048, 1, 1, 1])],
         lambda v: np.float16(2052))

    def top(title, op, x, kind_of_index=np.int32, axis=-1, k=2, largest=1, extra=()):
        def run(data, *_):
            values, places = ort("TopK", {"axis": axis, "largest": largest}, outputs=2)(data, np.array([k], np.int64))
            return values, places.astype(kind_of_index)

        case("top_k", title, f"TopK{{{op}}}", [x, *extra], run)

    top("largest along the last axis", "k=2", rand("f32", [2, 5], 1))
    top("smallest along axis 0", "operation=min,k=3,axis=0,indicesType=i64", rand("f32", [4, 3], 1), np.int64, 0, 3, 0)
    top("equal values by rising index", "k=3", vals("f32", [1, 2, 2, 1, 2]), k=3)
    top("k as an input", "", rand("i64", [6], 1), k=4, extra=[vals("i32", 4)])
    for exclusive in (0, 1):
        for reverse in (0, 1):
            op = f"exclusive={'true' if exclusive else 'false'},reverse={'true' if reverse else 'false'}"
            case("cumulative", op.replace("=", " "), f"Cumulative{{{op}}}",
                 [rand("f32", [2, 3, 2], 1), const(vals("i32", 1))],
                 ort("CumSum", {"exclusive": exclusive, "reverse": reverse}))
    case("cumulative", "integers along the last axis", "Cumulative", [rand("i32", [2, 4], 1), const(vals("i64", -1))],
         lambda x, a: np.cumsum(x, -1, dtype=np.int32))
    case("cumulative", "products along axis 1", "Cumulative{operation=prod}",
         [rand("f32", [2, 3, 2], 1), const(vals("i32", 1))], lambda x, a: np.cumprod(x, 1))
    case("cumulative", "products from the end, without the element itself",
         "Cumulative{operation=prod,exclusive=true,reverse=true}", [vals("i32", [2, 3, 4]), const(vals("i64", 0))],
         lambda x, a: np.array([12, 4, 1], np.int32))


def make():
    np.seterr(all="ignore")
    poolings()
    resizes()
    grids()
    normalizations()
    reductions()
