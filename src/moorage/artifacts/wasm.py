"""WebAssembly modules and components. (CNCF TAG Runtime: wasm OCI artifact layout)"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WasmDetails:
    os: str
    architecture: str
    is_component: bool
    imports: tuple[str, ...]
    exports: tuple[str, ...]
    target: str
    created: str
    author: str
