"""The transformer of all-MiniLM-L6-v2 as an ONNX graph, built from its weights alone.

The graph takes the tokens of one text, int64 (n,), and gives the mean of their last states, float32
(384,). It has no padding and no mask: one text at a time is what it is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from evalkit.core.arrays import Float32

WIDTH = 384
LAYERS = 6
HEADS = 12
HEAD = WIDTH // HEADS
EPSILON = 1e-12
OPSET = 17
IR_VERSION = 8


def build(weights: Mapping[str, Float32]) -> bytes:
    """Return the graph, weights inside, as the bytes of an ONNX model.

    weights: the arrays of the model by the names that they have in `model.safetensors`.
    """
    return _Builder(weights).model()


class _Builder:
    """Collects the nodes and constants of the graph; a method adds a part and returns its name."""

    def __init__(self, weights: Mapping[str, Float32]) -> None:
        from onnx import helper

        self.weights = weights
        self.helper = helper
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def model(self) -> bytes:
        """Return the whole graph as bytes."""
        from onnx import TensorProto

        states = self.embedded()
        for n in range(LAYERS):
            states = self.layer(states, f"encoder.layer.{n}")
        self.nodes.append(
            self.helper.make_node("ReduceMean", [states], ["mean"], axes=[0], keepdims=0)
        )
        graph = self.helper.make_graph(
            self.nodes,
            "all-MiniLM-L6-v2",
            [self.helper.make_tensor_value_info("tokens", TensorProto.INT64, ["n"])],
            [self.helper.make_tensor_value_info("mean", TensorProto.FLOAT, [WIDTH])],
            self.constants,
        )
        model = self.helper.make_model(
            graph,
            opset_imports=[self.helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        return bytes(model.SerializeToString())

    def embedded(self) -> str:
        """Add what a token is before the first layer: its word, its place, the one kind of text."""
        table = "embeddings.{}_embeddings.weight".format
        places = self.weights[table("position")] + self.weights[table("token_type")][0]
        words = self.constant("words", self.weights[table("word")])
        start = self.constant("start", np.zeros(1, np.int64))
        until = self.node("Shape", "tokens")
        cut = self.node("Slice", self.constant("places", places), start, until)
        both = self.node("Add", self.node("Gather", words, "tokens"), cut)
        return self.normal(both, "embeddings.LayerNorm")

    def layer(self, states: str, name: str) -> str:
        """Add one layer: attention, then two dense steps, each added to what came in."""
        seen = self.dense(self.attention(states, name), f"{name}.attention.output.dense")
        states = self.normal(self.node("Add", seen, states), f"{name}.attention.output.LayerNorm")
        wide = self.gelu(self.dense(states, f"{name}.intermediate.dense"))
        seen = self.dense(wide, f"{name}.output.dense")
        return self.normal(self.node("Add", seen, states), f"{name}.output.LayerNorm")

    def attention(self, states: str, name: str) -> str:
        """Add what each token takes from the others, (n, 384)."""
        own = f"{name}.attention.self"
        split = self.constant(f"{own}.split", np.array([0, HEADS, HEAD]))
        join = self.constant(f"{own}.join", np.array([0, WIDTH]))
        scale = self.constant(f"{own}.scale", np.array(HEAD**-0.5, np.float32))

        def heads(which: str, *perm: int) -> str:
            rows = self.node("Reshape", self.dense(states, f"{own}.{which}"), split)
            return self.node("Transpose", rows, perm=list(perm))

        query = self.node("Mul", heads("query", 1, 0, 2), scale)
        alike = self.node("MatMul", query, heads("key", 1, 2, 0))
        share = self.node("Softmax", alike, axis=-1)
        taken = self.node("MatMul", share, heads("value", 1, 0, 2))
        return self.node("Reshape", self.node("Transpose", taken, perm=[1, 0, 2]), join)

    def dense(self, states: str, name: str) -> str:
        """Add a matrix product and a bias."""
        matrix = self.constant(f"{name}.matrix", self.weights[f"{name}.weight"].T)
        bias = self.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        return self.node("Gemm", states, matrix, bias)

    def normal(self, states: str, name: str) -> str:
        """Add the scaling of each row to mean 0 and variance 1, then its learned scale and bias."""
        scale = self.constant(f"{name}.scale", self.weights[f"{name}.weight"])
        bias = self.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        return self.node("LayerNormalization", states, scale, bias, axis=-1, epsilon=EPSILON)

    def gelu(self, states: str) -> str:
        """Add x / 2 * (1 + erf(x / sqrt 2))."""
        root = self.constant(f"{states}.root", np.array(2**0.5, np.float32))
        one = self.constant(f"{states}.one", np.array(1, np.float32))
        half = self.constant(f"{states}.half", np.array(0.5, np.float32))
        error = self.node("Erf", self.node("Div", states, root))
        return self.node("Mul", self.node("Mul", states, self.node("Add", error, one)), half)

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        name = f"{kind}.{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, name: str, values: np.ndarray[Any, Any]) -> str:
        """Add an array and return its name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name
