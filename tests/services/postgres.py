"""A PostgreSQL of the tests' own, with as many empty databases as they want."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg

from tests.services.process import Server, free_port, program, unprivileged

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


class Postgres:
    """A PostgreSQL server on a free port of the loopback address. It refuses to run as root."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        user = unprivileged("postgres")
        if user is not None:
            shutil.chown(folder, user)
        files = folder / "data"
        subprocess.run(
            [program("initdb", *_BINARIES), "-D", str(files), "-U", "flowroom", "-A", "trust", "-E", "UTF8", "-N"],
            check=True, capture_output=True, user=user, extra_groups=[] if user else None, cwd=folder,
        )  # fmt: skip
        options = ["-p", str(self.port), "-h", "127.0.0.1", "-k", str(folder), "-c", "max_connections=200"]
        self.server = Server(
            [program("postgres", *_BINARIES), "-D", str(files), *options],
            log=folder / "postgres.log",
            ready=self._answers,
            user=user,
        )

    def database(self) -> str:
        """The URL of what is a new, empty database to whoever uses it: a schema, which is made far sooner."""
        name = f"t{uuid4().hex}"
        with self._connected() as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"postgresql+psycopg://flowroom@127.0.0.1:{self.port}/postgres?options=-csearch_path%3D{name}"

    def pause(self) -> None:
        """Have it, and all that serve its connections, do nothing, while the connections stay open."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):  # one whose connection was just closed
                process.suspend()

    def go_on(self) -> None:
        """End a pause."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def kill(self) -> None:
        """End it as a power cut does."""
        processes = self._processes()
        self.server.kill()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, 10)

    def somebody_waits(self) -> bool:
        """Whether a transaction waits for another to end."""
        with self._connected() as connection:
            found = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
        return found is not None and found[0] > 0

    def _processes(self) -> list[psutil.Process]:
        main = psutil.Process(self.server.pid)
        return [main, *main.children(recursive=True)]

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="flowroom", dbname="postgres", autocommit=True, connect_timeout=2
        )

    def _answers(self) -> bool:
        try:
            self._connected().close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A running PostgreSQL. Its folder lies where the account that it runs under may enter."""
    with tempfile.TemporaryDirectory(prefix="flowroom-postgres-") as folder:
        Path(folder).chmod(0o755)
        here = Postgres(Path(folder))
        here.server.start()
        try:
            yield here
        finally:
            here.server.stop(signal.SIGQUIT)  # what it holds is thrown away: there is no point in writing it first
