"""SM3 (GB/T 32905) as fast as this machine can: libgcrypt where it is, which knows AVX and BMI2; OpenSSL otherwise.

OpenSSL has plain C for SM3 on x86-64. Both release the interpreter while they reckon. Whatever is loaded must first
reproduce the standard's own example.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import weakref
from typing import Any, Protocol

_LIBRARY = "libgcrypt.so.20"
_SM3 = 326
_EXAMPLE = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
_SIZE = 32


class Hash(Protocol):
    """What of hashlib's objects is used here."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Native:
    """One running digest of libgcrypt."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._handle = _opened(library)
        weakref.finalize(self, library.gcry_md_close, self._handle)

    def update(self, data: bytes, /) -> None:
        whole = data if isinstance(data, bytes) else bytes(data)
        self._library.gcry_md_write(self._handle, whole, len(whole))

    def hexdigest(self) -> str:
        # Reading ends a digest: a copy is read, so that feeding can go on.
        copy = ctypes.c_void_p()
        if self._library.gcry_md_copy(ctypes.byref(copy), self._handle):
            raise MemoryError
        try:
            return ctypes.string_at(self._library.gcry_md_read(copy, _SM3), _SIZE).hex()
        finally:
            self._library.gcry_md_close(copy)


def _opened(library: Any) -> ctypes.c_void_p:
    handle = ctypes.c_void_p()
    if library.gcry_md_open(ctypes.byref(handle), _SM3, 0):
        raise OSError("libgcrypt gives no SM3")
    return handle


@functools.cache
def _native() -> Any:
    """The library, if it is there, in working order and allowed to (FIPS mode refuses SM3); None otherwise."""
    try:
        library = ctypes.CDLL(_LIBRARY)
        library.gcry_check_version.restype = ctypes.c_char_p
        library.gcry_md_write.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
        library.gcry_md_write.restype = None
        library.gcry_md_read.argtypes = [ctypes.c_void_p, ctypes.c_int]
        library.gcry_md_read.restype = ctypes.c_void_p
        library.gcry_md_close.argtypes = [ctypes.c_void_p]
        library.gcry_md_close.restype = None
        if library.gcry_check_version(None) is None:
            return None
        found = _Native(library)
        found.update(b"a")
        found.update(b"bc")
        return library if found.hexdigest() == _EXAMPLE else None
    except (OSError, AttributeError):
        return None


def available() -> bool:
    """Some builds of OpenSSL lack SM3; without either there is none."""
    return _native() is not None or "sm3" in hashlib.algorithms_available


def source() -> str:
    """Which implementation reckons, for measurements and the page about the site."""
    return _LIBRARY if _native() is not None else "OpenSSL"


def new() -> Hash:
    """A running SM3."""
    library = _native()
    return _Native(library) if library is not None else hashlib.new("sm3")
