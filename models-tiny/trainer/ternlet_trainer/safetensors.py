# Reads and writes .safetensors: 8 bytes of header length, JSON, raw little-endian data. Source: huggingface/safetensors, README "Format".
import json
import math
import os
import struct

import torch

from .errors import UserError, reason_of

#: Name in the file -> torch's; F8_E4M3 is there as bytes where torch does not know it (before 2.1).
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "U8": torch.uint8}
_SIZES = {"F32": 4, "F16": 2, "BF16": 2, "I64": 8, "U8": 1, "F8_E4M3": 1}
_HEADER_MAX = 100_000_000


def encode_f8(values):
    """float32 -> the nearest F8_E4M3 (1 sign, 4 exponent bits of bias 7, 3 fraction bits), ties to even, as bytes."""
    x = values.detach().to(torch.float64)
    magnitude = x.abs().clamp(max=448.0)
    exponent = torch.floor(torch.log2(magnitude.clamp(min=2.0**-6)))
    steps = torch.round(magnitude / 2.0 ** (exponent - 3))  # 8 to 16 of them; below 2^-6 0 to 8.
    code = (exponent + 6) * 8 + steps
    return (code + (x < 0) * 128).to(torch.uint8)


def decode_f8(codes):
    """F8_E4M3 bytes -> float32; the codes of NaN are taken for it."""
    bits = codes.to(torch.int32)
    exponent, fraction = (bits >> 3) & 15, (bits & 7).to(torch.float32)
    scale = torch.pow(torch.tensor(2.0), (exponent.clamp(min=1) - 10).to(torch.float32))
    value = torch.where(exponent > 0, 8 + fraction, fraction) * scale
    value = torch.where((bits & 127) == 127, torch.full_like(value, math.nan), value)
    return torch.where(bits >= 128, -value, value)


def _to_bytes(tensor, dtype):
    tensor = tensor.detach().cpu().contiguous()
    raw = encode_f8(tensor) if dtype == "F8_E4M3" else tensor.to(DTYPES[dtype])
    size = raw.element_size()
    as_integers = raw.view({1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[size])
    return as_integers.numpy().tobytes()


def encode_tensors(tensors, metadata=None):
    """
    The chunks of bytes of a file: tensors are name -> (tensor, dtype name); metadata, texts by name.

    Equal tensors give equal bytes: the names are sorted, the wide formats first so that each lies at a multiple of its size.
    """
    names = sorted(tensors, key=lambda name: (-_SIZES[tensors[name][1]], name))
    header, at = {"__metadata__": metadata} if metadata else {}, 0
    for name in names:
        tensor, dtype = tensors[name]
        end = at + tensor.numel() * _SIZES[dtype]
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    yield struct.pack("<Q", len(text)) + text
    for name in names:
        yield _to_bytes(*tensors[name])


def write_whole(path, chunks):
    """Writes a file so that at any moment either the old one or the new one is there, whole. Raises a UserError."""
    part = f"{path}.part"
    try:
        with open(part, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        try:
            os.unlink(part)
        except OSError:
            pass  # It was never made, or it is the folder that cannot be written.
        raise UserError(f"{path} cannot be written: {reason_of(error)}", "What was there before is as it was.") from error


def write_tensors(path, tensors, metadata=None):
    write_whole(path, encode_tensors(tensors, metadata))


def read_tensors(path):
    """Tensors by name (F8_E4M3 as float32) and the metadata. Raises a UserError on a file that is no safetensors or is cut off."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {reason_of(error)}") from error
    try:
        (size,) = struct.unpack_from("<Q", raw)
        if size > min(_HEADER_MAX, len(raw) - 8):
            raise ValueError("its header is longer than the file")
        header = json.loads(raw[8 : 8 + size])
        metadata = header.pop("__metadata__", {})
        return {name: _read_tensor(raw, 8 + size, entry) for name, entry in header.items()}, metadata
    except (ValueError, KeyError, TypeError, AttributeError, struct.error, RuntimeError) as error:
        raise UserError(f"{path} is no safetensors file, or it is damaged: {error}") from error


def _read_tensor(raw, start, entry):
    dtype, (begin, end) = entry["dtype"], entry["data_offsets"]
    count = math.prod(entry["shape"])
    if not 0 <= begin <= end <= len(raw) - start or end - begin != count * _SIZES[dtype]:
        raise ValueError(f"a tensor of shape {entry['shape']} does not fit its place")
    data = bytearray(raw[start + begin : start + end])
    if count == 0:
        return torch.zeros(entry["shape"])
    if dtype == "F8_E4M3":
        return decode_f8(torch.frombuffer(data, dtype=torch.uint8)).view(entry["shape"])
    return torch.frombuffer(data, dtype=DTYPES[dtype]).view(entry["shape"])
