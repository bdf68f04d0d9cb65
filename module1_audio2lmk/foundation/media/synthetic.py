"""Mark of synthetic media: what a file says of itself in its metadata, in the words of its format."""

import struct
from pathlib import Path

#: In the words that players show and in those of IPTC's digital source types.
SYNTHETIC = {
    "comment": "Synthetic media: an animation computed from one picture and a speech signal, no recording.",
    "description": "digitalsourcetype=trainedAlgorithmicMedia",
}
_XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType=\
"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"><dc:description><rdf:Alt>\
<rdf:li xml:lang="x-default">{comment}</rdf:li></rdf:Alt></dc:description></rdf:Description>\
</rdf:RDF></x:xmpmeta>"""
_XMP_FLAG = 0x04  # in the first byte of the chunk VP8X
_FLAGS_AT = 20  # of an extended WebP: RIFF, size, WEBP, VP8X, size of the chunk


def mark(path: Path, size: tuple[int, int]) -> None:
    """Add the mark to a complete GIF or WebP of `size` px, for which FFmpeg writes no metadata."""
    data = bytearray(path.read_bytes())
    gif = path.suffix.lower() == ".gif"
    path.write_bytes(_marked_gif(data) if gif else _marked_webp(data, size))


def _marked_gif(data: bytearray) -> bytes:
    """With a comment after the header and its colours."""
    text = "\n".join(SYNTHETIC.values()).encode()
    flags = data[10]
    start = 13 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0)
    comment = b"\x21\xfe" + bytes([len(text)]) + text + b"\x00"
    return bytes(data[:start]) + comment + bytes(data[start:])


def _marked_webp(data: bytearray, size: tuple[int, int]) -> bytes:
    """With a chunk of XMP at the end."""
    if data[12:16] != b"VP8X":  # frames that are all the same are written as one picture
        canvas = b"".join((side - 1).to_bytes(3, "little") for side in size)
        data[12:12] = b"VP8X" + struct.pack("<II", 10, 0) + canvas
    text = _XMP.format(**SYNTHETIC).encode()
    data[_FLAGS_AT] |= _XMP_FLAG
    data += b"XMP " + struct.pack("<I", len(text)) + text + b"\x00" * (len(text) % 2)
    data[4:8] = struct.pack("<I", len(data) - 8)
    return bytes(data)
