"""MediaPipe's TFLite networks as ONNX files.

OpenCV 5 runs a TFLite file with its classic layers, whose 5×5 depthwise convolutions are slow, and
an ONNX file with its new ones; onnxruntime reads nothing but ONNX. The arithmetic is the same.
Processor time on one thread, ms, TFLite on OpenCV, ONNX on OpenCV and on onnxruntime: palm detector
31, 13, 6.7; hand landmarks 15, 7.6, 3.5; face detector 2.0, 1.9, 1.2; face mesh 2.5, 2.3, 1.1;
people 14, 5.5, 2.5.
Images are (1, C, H, W) there, so channels move to the front.

Semantics of the operators: TensorFlow Lite's reference kernels and ONNX's operator list, opset 14.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from rtseg.errors import BackendError
from rtseg.models.mediapipe.tflite import Graph, Operator, read_graph
from rtseg.models.onnx import writing

Shape = tuple[int, ...]

_CHANNELS_FIRST = (0, 3, 1, 2)
_CHANNELS_LAST = (0, 2, 3, 1)

_RELU, _RELU6 = 1, 3
"""`ActivationFunctionType`."""


def to_onnx(content: bytes, outputs: Sequence[str]) -> tuple[bytes, list[Shape]]:
    """Translate a network.

    Parameters
    ----------
    content : of a TFLite file with one image as its input.
    outputs : names of its outputs that are wanted.

    Returns
    -------
    An ONNX file that takes (1, C, H, W) float32 and gives (1, N) float32, all outputs one after
    the other, each in the order of its elements in TFLite; and their shapes there.

    Raises
    ------
    BackendError
        Not a TFLite file or a broken one, no such output, or an operator that is not known here.
    """
    graph = read_graph(content)
    by_name = {graph.tensors[i].name: i for i in graph.outputs}
    if missing := [name for name in outputs if name not in by_name]:
        raise BackendError(
            f"expected a network with the outputs {', '.join(outputs)}; "
            f"it has no {', '.join(missing)}, but {', '.join(by_name)}"
        )
    try:
        return _Translation(graph).run([by_name[name] for name in outputs])
    except (struct.error, LookupError, ValueError, TypeError, OverflowError) as error:
        raise BackendError(f"this TensorFlow Lite file is broken: {error!r}") from error


class _Translation:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._known = {
            i: tensor.values for i, tensor in enumerate(graph.tensors) if tensor.values is not None
        }
        self._count = 0

    def run(self, outputs: Sequence[int]) -> tuple[bytes, list[Shape]]:
        for step in self._graph.operators:
            self._step(step)
        flat = [self._reshaped(self._channels_last(i), (1, -1)) for i in outputs]
        shapes = [self._shape(i) for i in outputs]
        self._nodes.append(writing.node("Concat", flat, "all", axis=1))
        (image,) = self._graph.inputs
        size = sum(int(np.prod(shape)) for shape in shapes)
        content = writing.model(
            self._nodes,
            self._constants,
            writing.value(_name(image), [self._shape(image)[axis] for axis in _CHANNELS_FIRST]),
            writing.value("all", (1, size)),
        )
        return content, shapes

    def _step(self, step: Operator) -> None:
        if step.kind == 6:  # weights that are kept in half precision
            self._known[step.outputs[0]] = self._values(step.inputs[0])
        elif step.kind in _STEPS:
            _STEPS[step.kind](self, step)
        elif step.custom == "Convolution2DTransposeBias":
            self._transposed_convolution(step)
        else:
            raise _unknown(f"operator {step.custom or step.kind}")

    def _convolution(self, step: Operator) -> None:
        weights = self._values(step.inputs[1])
        groups = 1
        if step.kind == 4:  # depthwise: (1, h, w, C)
            weights, groups = weights.transpose(3, 0, 1, 2), weights.shape[3]
            activation, dilations = step.flag(4), (step.setting(6), step.setting(5))
        else:  # (out, h, w, in)
            weights = weights.transpose(_CHANNELS_FIRST)
            activation, dilations = step.flag(3), (step.setting(5), step.setting(4))
        if max(dilations) > 1:
            raise _unknown(f"dilations of {dilations}")
        self._add(
            "Conv",
            [_name(step.inputs[0]), *map(self._constant, (weights, self._values(step.inputs[2])))],
            step,
            activation,
            group=groups,
            **self._windows(step, (weights.shape[2], weights.shape[3])),
        )

    def _transposed_convolution(self, step: Operator) -> None:
        """Translate one whose windows lie side by side: a 1×1 convolution, then a shuffle."""
        weights = self._values(step.inputs[1])  # (1, h, w, in)
        _, rows, columns, _ = self._shape(step.outputs[0])
        _, height, width, _ = self._shape(step.inputs[0])
        side = weights.shape[1]
        if weights.shape[:3] != (1, side, side) or (rows, columns) != (height * side, width * side):
            raise _unknown(f"a transposed convolution with weights of {weights.shape}")
        each = weights.reshape(side * side, -1, 1, 1)
        bias = np.repeat(self._values(step.inputs[2]), side * side)
        wide = self._fresh()
        inputs = [_name(step.inputs[0]), self._constant(each), self._constant(bias)]
        self._nodes.append(writing.node("Conv", inputs, wide, kernel_shape=(1, 1)))
        self._add("DepthToSpace", [wide], step, blocksize=side)

    def _largest(self, step: Operator) -> None:
        size = (step.setting(4), step.setting(3))
        self._add(
            "MaxPool", [_name(step.inputs[0])], step, step.flag(5), **self._windows(step, size)
        )

    def _mean(self, step: Operator) -> None:
        """Translate a mean over the whole image: one of `AVERAGE_POOL_2D` or of `MEAN`."""
        _, *size, _ = self._shape(step.inputs[0])
        if step.kind == 1:
            is_whole = [step.setting(4), step.setting(3)] == size
        else:
            is_whole = self._known[step.inputs[1]].tolist() == [1, 2]
        if not is_whole:
            raise _unknown("a mean over a part of the image")
        mean = self._fresh()
        self._nodes.append(writing.node("GlobalAveragePool", [_name(step.inputs[0])], mean))
        if len(shape := self._shape(step.outputs[0])) == 4:
            self._add("Identity", [mean], step)
        else:
            self._add("Reshape", [mean, self._integers(shape)], step)

    def _elementwise(self, step: Operator) -> None:
        self._add({0: "Add", 18: "Mul"}[step.kind], [*map(_name, step.inputs)], step, step.flag(0))

    def _function(self, step: Operator) -> None:
        kind = {14: "Sigmoid", 19: "Relu", 117: "HardSwish"}[step.kind]
        self._add(kind, [_name(step.inputs[0])], step)

    def _leaky(self, step: Operator) -> None:
        """Translate a PReLU: max(x, 0) (1 - slope) + x slope, as two 1×1 convolutions.

        For onnxruntime's fast layout of images knows no PReLU: the palm detector takes 12.4 ms with
        it and 6.7 ms so. OpenCV takes 13.2 ms instead of 12.2.
        """
        slopes = self._values(step.inputs[1]).reshape(-1, 1, 1, 1)
        given, positive = _name(step.inputs[0]), self._fresh()
        self._nodes.append(writing.node("Relu", [given], positive))
        terms = []
        for name, weights in ((positive, 1 - slopes), (given, slopes)):
            terms.append(self._fresh())
            inputs = [name, self._constant(weights)]
            groups = len(slopes)
            self._nodes.append(
                writing.node("Conv", inputs, terms[-1], group=groups, kernel_shape=(1, 1))
            )
        self._add("Add", terms, step)

    def _dense(self, step: Operator) -> None:
        weights = [self._constant(self._values(i)) for i in step.inputs[1:]]
        self._add("Gemm", [_name(step.inputs[0]), *weights], step, step.flag(0), transB=1)

    def _padding(self, step: Operator) -> None:
        around = self._known[step.inputs[1]][list(_CHANNELS_FIRST)]
        pads = self._integers(around.T.reshape(-1).tolist())
        self._add("Pad", [_name(step.inputs[0]), pads], step)

    def _larger(self, step: Operator) -> None:
        if step.flag(2) or not step.flag(3):
            raise _unknown("resizing that is not between the middles of pixels")
        _, *before, _ = self._shape(step.inputs[0])
        _, *after, _ = self._shape(step.outputs[0])
        factors = np.array([1, 1, *np.divide(after, before)], np.float32)
        inputs = [_name(step.inputs[0]), "", self._constant(factors)]
        mode = "half_pixel"
        self._add("Resize", inputs, step, mode="linear", coordinate_transformation_mode=mode)

    def _reshape(self, step: Operator) -> None:
        shape = self._shape(step.outputs[0])
        if len(shape) == 4:
            raise _unknown(f"a change of shape to {shape}")
        there = self._channels_last(step.inputs[0])
        self._add("Reshape", [there, self._integers(shape)], step)

    def _concatenation(self, step: Operator) -> None:
        axis = step.setting(0)
        if len(self._shape(step.outputs[0])) == 4:
            axis = _CHANNELS_FIRST.index(axis)
        self._add("Concat", [*map(_name, step.inputs)], step, axis=axis)

    def _add(
        self,
        kind: str,
        inputs: Sequence[str],
        step: Operator,
        activation: int = 0,
        **settings: writing.Setting,
    ) -> None:
        """Add a node whose output is that of the step, through its activation if it has one."""
        output = _name(step.outputs[0])
        plain = self._fresh() if activation else output
        self._nodes.append(writing.node(kind, inputs, plain, **settings))
        if activation == _RELU:
            self._nodes.append(writing.node("Relu", [plain], output))
        elif activation == _RELU6:
            limits = [self._constant(np.array(limit, np.float32)) for limit in (0, 6)]
            self._nodes.append(writing.node("Clip", [plain, *limits], output))
        elif activation:
            raise _unknown(f"activation {activation}")

    def _windows(self, step: Operator, size: tuple[int, int]) -> dict[str, writing.Setting]:
        """Return the settings of windows (height, width) that slide over an image."""
        strides = (step.setting(2), step.setting(1))
        around = [0, 0, 0, 0]
        if not step.flag(0):  # as many outputs as strides; what is odd comes after
            _, *given, _ = self._shape(step.inputs[0])
            _, *wanted, _ = self._shape(step.outputs[0])
            for axis in range(2):
                lacking = (wanted[axis] - 1) * strides[axis] + size[axis] - given[axis]
                around[axis] = max(lacking, 0) // 2
                around[axis + 2] = max(lacking, 0) - around[axis]
        return {"kernel_shape": size, "strides": strides, "pads": around}

    def _channels_last(self, tensor: int) -> str:
        """Return the name of a tensor whose elements are in TFLite's order."""
        if len(self._shape(tensor)) != 4:
            return _name(tensor)
        turned = self._fresh()
        node = writing.node("Transpose", [_name(tensor)], turned, perm=_CHANNELS_LAST)
        self._nodes.append(node)
        return turned

    def _reshaped(self, name: str, shape: Sequence[int]) -> str:
        flat = self._fresh()
        self._nodes.append(writing.node("Reshape", [name, self._integers(shape)], flat))
        return flat

    def _shape(self, tensor: int) -> Shape:
        return self._graph.tensors[tensor].shape

    def _values(self, tensor: int) -> npt.NDArray[np.float32]:
        if tensor not in self._known:
            raise _unknown(f"weights that are calculated ({self._graph.tensors[tensor].name})")
        return np.asarray(self._known[tensor], np.float32)

    def _integers(self, values: Sequence[int]) -> str:
        return self._constant(np.array(values, np.int64))

    def _constant(self, values: npt.NDArray[np.float32] | npt.NDArray[np.int64]) -> str:
        name = self._fresh()
        self._constants.append(writing.constant(name, values))
        return name

    def _fresh(self) -> str:
        self._count += 1
        return f"x{self._count}"


_STEPS: dict[int, Callable[[_Translation, Operator], None]] = {
    0: _Translation._elementwise,
    1: _Translation._mean,
    2: _Translation._concatenation,
    3: _Translation._convolution,
    4: _Translation._convolution,
    9: _Translation._dense,
    14: _Translation._function,
    17: _Translation._largest,
    18: _Translation._elementwise,
    19: _Translation._function,
    22: _Translation._reshape,
    23: _Translation._larger,
    34: _Translation._padding,
    40: _Translation._mean,
    54: _Translation._leaky,
    117: _Translation._function,
}
"""By `BuiltinOperator`."""


def _name(tensor: int) -> str:
    return f"t{tensor}"


def _unknown(what: str) -> BackendError:
    return BackendError(f"rtseg cannot translate this TensorFlow Lite file: it has {what}")
