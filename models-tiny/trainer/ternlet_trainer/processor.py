# How the processor computes: with how many threads, and with memory that it keeps. Before torch is loaded, which reads some of it then.
import ctypes
import os

#: M_TRIM_THRESHOLD and M_MMAP_THRESHOLD in malloc.h of glibc.
_TRIM, _MAP = -1, -3


def threads():
    """Threads to compute with: on small machines one, where more would only fight; TERNLET_THREADS says otherwise."""
    asked = os.environ.get("TERNLET_THREADS", "")
    return int(asked) if asked.isdecimal() and int(asked) > 0 else max(1, (os.cpu_count() or 1) // 4)


def prepare():
    """
    One pool of threads rather than two, and sums that are equal from run to run; freed memory stays with the process, where
    giving it back to the kernel and fetching it anew at every operation would take as long as the arithmetic.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(threads()))
    # cuBLAS gives equal sums from run to run only with a fixed workspace.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return  # Another C library.
    mallopt(_TRIM, 1 << 30)
    mallopt(_MAP, 1 << 30)
