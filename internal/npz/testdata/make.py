"""Writes savez.npz and savez_compressed.npz beside itself, with NumPy."""
import os
import numpy as np

v = np.arange(6, dtype=np.float32).reshape(2, 3) / 2
arrays = {
    "f2": v.astype("<f2"), "f4": v, "f8": v.astype("<f8"), "big": v.astype(">f4"), "big8": v.astype(">f8"),
    "fortran": np.asfortranarray(v), "cube": np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4)),
    "scalar": np.float32(1.5), "empty": np.zeros((0, 3), np.float32), "row": v[0],
    "i1": np.arange(-2, 2, dtype="i1"), "u1": np.arange(4, dtype="u1"), "flag": np.array([True, False]),
    "i8": np.arange(3), "text": np.array("é€😀 {\"a\": 1}"), "bytes": np.array(b"abc"),
}
here = os.path.dirname(os.path.abspath(__file__))
np.savez(os.path.join(here, "savez.npz"), **arrays)
np.savez_compressed(os.path.join(here, "savez_compressed.npz"), **arrays)
