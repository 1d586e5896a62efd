"""The verifier (程序核验): every path of a definition, and the properties the law demands of it.

`verify()` explores all states of a definition and proves or refutes each property; a refuted one comes with its path.
"""

from mingcha.procedures.verifier.properties import Property, properties
from mingcha.procedures.verifier.report import Refuted, Report
from mingcha.procedures.verifier.verify import verify

__all__ = ["Property", "Refuted", "Report", "properties", "verify"]
