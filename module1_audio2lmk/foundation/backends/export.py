"""Export of networks to ONNX graphs without weights; needs torch, which running them does not."""

import inspect
import io
import warnings
from typing import Any

import onnx
import torch
from torch import Tensor, nn

OPSET = 17


class _Entry(nn.Module):
    """A network whose forward is one of its methods; names in the state dict stay."""

    def __init__(self, network: nn.Module, name: str) -> None:
        super().__init__()
        self._call = getattr(network, name)
        self._modules, self._parameters, self._buffers = (
            network._modules,
            network._parameters,
            network._buffers,
        )

    def forward(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        found = self._call(*arguments)
        return (found,) if torch.is_tensor(found) else tuple(found)


def graph_of(network: nn.Module, entry: str) -> tuple[bytes, dict[str, Any]]:
    """The ONNX model of one method of `entries`, whose initializers are external data of their own names, and
    what is noted of it: shapes of weights and arguments, and the network's numbers."""
    examples, free = network.entries()[entry]
    names = list(inspect.signature(getattr(network, entry)).parameters)
    content = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of the tracer, about sizes that are the same at every call
        torch.onnx.export(
            _Entry(network.eval(), entry),
            examples,
            content,
            export_params=False,
            do_constant_folding=False,  # or constants would hold what becomes of the weights
            training=torch.onnx.TrainingMode.PRESERVE,  # or norms are folded into convolutions
            input_names=names,
            dynamic_axes={name: {axis: "any"} for name, axis in free.items()},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load_from_string(content.getvalue())
    # The exporter's model takes the weights as inputs.
    taken = {one.name: one for one in model.graph.input}
    weights = [name for name in taken if name not in names]
    for name in weights:
        model.graph.input.remove(taken[name])
    state, buffers = network.state_dict(), dict(network.named_buffers())
    tables = [name for name in weights if name not in state]  # not part of a file
    model.graph.initializer.extend(
        onnx.numpy_helper.from_array(buffers[name].numpy(), name) for name in tables
    )
    stored = {name: list(state[name].shape) for name in weights if name in state}
    for name, shape in stored.items():
        tensor = model.graph.initializer.add(name=name, data_type=onnx.TensorProto.FLOAT, dims=shape)
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=name)
    about = {
        "weights": stored,
        "numbers": {name: getattr(network, name) for name in network.NUMBERS},
        "arguments": dict(zip(names, (list(example.shape) for example in examples), strict=True)),
    }
    return model.SerializeToString(), about
