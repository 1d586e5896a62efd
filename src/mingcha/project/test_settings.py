"""Settings of the tests: the real ones over a data directory of their own that goes away."""

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="mingcha-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["MINGCHA_DATA"] = _home

from mingcha.project.settings import *  # noqa: E402, F403

# The journey signs in dozens of times; the hash stays argon2, with its cost turned down.
PASSWORD_HASHERS = ["mingcha.project.test_hasher.CheapArgon2"]
