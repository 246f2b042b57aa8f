"""Writes python.safetensors beside itself, as the Python library lays a file
out: compact JSON, arrays by falling size of a value and then by name, spaces
up to a multiple of 8 bytes. Needs numpy alone."""
import json, os, struct
import numpy as np

v = np.arange(6, dtype=np.float32).reshape(2, 3) / 2
arrays = [
    ("f64", "F64", v.astype("<f8")),
    ("f32", "F32", v.astype("<f4")),
    ("bf16", "BF16", (v.view("<u4") >> 16).astype("<u2")),
    ("f16", "F16", v.astype("<f2")),
    ("bytes", "U8", np.arange(5, dtype="u1")),
]
header, data = {"__metadata__": {"made by": "python"}}, b""
for name, dtype, a in arrays:
    header[name] = {"dtype": dtype, "shape": list(a.shape), "data_offsets": [len(data), len(data) + a.nbytes]}
    data += a.tobytes()
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open(os.path.join(os.path.dirname(__file__), "python.safetensors"), "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)
