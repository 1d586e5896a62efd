"""Long-running processes: thousands of classes never go away, and looking at them again and again costs each task."""

from __future__ import annotations

import gc


def settle() -> None:
    """Leave what is loaded by now out of garbage collection, and look at the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
