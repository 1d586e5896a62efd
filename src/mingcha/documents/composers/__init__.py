"""How the kinds of document fill what no table of names can (see filling.py): one module per group of the set."""

import pkgutil
from importlib import import_module

for _found in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_found.name}")
