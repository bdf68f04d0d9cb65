"""ONNX files as the few protocol buffer fields that are needed: weights and metadata in, inputs out.

Messages that follow each other are merged by every reader: what is appended to a model joins it.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

# Numbers of fields (onnx.proto) and of types.
_GRAPH, _METADATA, _INITIALIZER, _INPUT = 7, 14, 5, 11
_DIMS, _TYPE, _NAME, _RAW = 1, 2, 8, 9
_FLOAT = 1
_VARINT, _BYTES = 0, 2


def with_weights(model: bytes, weights: Mapping[str, np.ndarray]) -> bytes:
    """A model whose initializers are missing, and those: {name: float32 array}."""
    tensors = (_field(_INITIALIZER, _tensor(name, array)) for name, array in weights.items())
    return model + _field(_GRAPH, b"".join(tensors))


def without_inputs(model: bytes, names: Iterable[str]) -> bytes:
    """A model whose graph does not take these inputs any more."""
    names = set(names)
    parts = []
    for number, _, value, whole in _fields(model):
        if number == _GRAPH:
            kept = (raw for n, _, v, raw in _fields(value) if n != _INPUT or _name(v) not in names)
            whole = _field(_GRAPH, b"".join(kept))
        parts.append(whole)
    return b"".join(parts)


def inputs(model: bytes) -> list[str]:
    """The names of the inputs of a model's graph."""
    graph = next(value for number, _, value, _ in _fields(model) if number == _GRAPH)
    return [_name(value) for number, _, value, _ in _fields(graph) if number == _INPUT]


def with_metadata(model: bytes, entries: Mapping[str, str]) -> bytes:
    """A model with entries of its metadata more."""
    pairs = (_field(1, key.encode()) + _field(2, value.encode()) for key, value in entries.items())
    return model + b"".join(_field(_METADATA, pair) for pair in pairs)


def metadata(model: bytes) -> dict[str, str]:
    """The entries of a model's metadata. Raises ValueError where the bytes are no model."""
    found = {}
    for number, _, value, _ in _fields(model):
        if number == _METADATA:
            key, text = (part.decode() for _, _, part, _ in _fields(value))
            found[key] = text
    return found


def _name(value_info: bytes) -> str:
    return next(value for number, _, value, _ in _fields(value_info) if number == 1).decode()


def _tensor(name: str, array: np.ndarray) -> bytes:
    dims = b"".join(_varint(_DIMS << 3 | _VARINT) + _varint(size) for size in array.shape)
    kind = _varint(_TYPE << 3 | _VARINT) + _varint(_FLOAT)
    content = np.ascontiguousarray(array, "<f4").tobytes()
    return dims + kind + _field(_NAME, name.encode()) + _field(_RAW, content)


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes, bytes]]:
    """(number, wire type, content, the whole field) of each field of a message."""
    place = 0
    while place < len(message):
        start = place
        key, place = _read_varint(message, place)
        kind = key & 7
        if kind == _VARINT:
            _, end = _read_varint(message, place)
        elif kind == _BYTES:
            size, place = _read_varint(message, place)
            end = place + size
        elif kind in (1, 5):
            end = place + (8 if kind == 1 else 4)
        else:
            raise ValueError(f"a field of wire type {kind}")
        if end > len(message):
            raise ValueError("a field is cut short")
        yield key >> 3, kind, message[place:end], message[start:end]
        place = end


def _read_varint(message: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        if place >= len(message):
            raise ValueError("a number is cut short")
        byte = message[place]
        number |= (byte & 127) << shift
        shift, place = shift + 7, place + 1
        if byte < 128:
            return number, place
