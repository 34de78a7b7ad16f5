# Fused RMSNorm, int8 and ternary products in Triton, forward and backward, with plain torch where there is no GPU.
import warnings

import torch

try:
    import triton
except ImportError:
    triton = None

_warned = []


def missing(tensor=None):
    """Why the kernels cannot run (on `tensor`): a sentence, or None where they can."""
    if triton is None:
        return "The fused kernels need Triton, which is not installed; plain torch does the same, slower and with more memory."
    if not torch.cuda.is_available():
        return "The fused kernels need an NVIDIA GPU, and torch sees none; plain torch does the same, slower and with more memory."
    if tensor is not None and not tensor.is_cuda:
        return f"The fused kernels need tensors on a GPU, and these are on {tensor.device}; plain torch does the same, slower."
    return None


def warn_once(sentence):
    if sentence not in _warned:
        _warned.append(sentence)
        warnings.warn(sentence, stacklevel=3)
