"""PostgreSQL and the services of docker-compose.yml as processes of this machine."""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from pipeline.settings import project_root

PASSWORD = "a password of this test"  # noqa: S105 - of a server that lives for a minute
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
DAGSTER_SERVICES = ("code-location", "webserver", "daemon")

REPOSITORIES = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"
RUN_JOB = """
mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
DAEMONS = "{ instance { daemonHealth { allDaemonStatuses { daemonType healthy } } } }"
SENSOR_TICKS = """
{ sensorOrError(sensorSelector: {sensorName: "failure_alerts", repositoryName: "__repository__",
  repositoryLocationName: "dutar"}) { ... on Sensor { sensorState { status ticks { status } } } } }
"""


def read(name):
    return (project_root() / name).read_text(encoding="utf-8")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(is_ready, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if is_ready():
                return
        except OSError:
            pass
        time.sleep(0.5)
    pytest.fail(f"{what} was not ready within {seconds} seconds")


class Postgres:
    """A server of its own, with the user and the database of the compose file."""

    def __init__(self, folder):
        self.port = free_port()
        self._access = {**os.environ, "PGPASSWORD": PASSWORD}
        secret, data = folder / "password", folder / "data"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
            shutil.chown(secret, "postgres")
        user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        make = [POSTGRES / "initdb", "-D", data, "-U", "dagster", "--auth=scram-sha-256"]
        make.append(f"--pwfile={secret}")
        subprocess.run(make, cwd=folder, check=True, capture_output=True, **user)
        serve = [POSTGRES / "postgres", "-D", data, "-k", folder, "-h", "127.0.0.1"]
        serve += ["-p", str(self.port)]
        with (folder / "log").open("wb") as log:
            self._server = subprocess.Popen(serve, cwd=folder, stdout=log, stderr=log, **user)

    def prepare(self):
        wait_until(lambda: self._run("pg_isready", check=False).returncode == 0, 30, "PostgreSQL")
        self.query("create database dagster", "postgres")

    def query(self, sql, database="dagster"):
        return self._run("psql", "-tA", "-d", database, "-c", sql).stdout.strip()

    def stop(self):
        self._server.send_signal(signal.SIGINT)
        self._server.wait(20)

    def _run(self, program, *arguments, check=True):
        reach = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "dagster"]
        command = [POSTGRES / program, *reach, *arguments]
        return subprocess.run(
            command, env=self._access, check=check, capture_output=True, text=True
        )


class Services:
    """Code location, webserver and daemon, as processes."""

    def __init__(self, compose, folder, changes):
        self._commands = {name: compose["services"][name]["command"] for name in DAGSTER_SERVICES}
        names = compose["x-dagster"]["environment"]
        plain = {name: str(value) for name, value in names.items() if "$" not in str(value)}
        path = f"{project_root() / '.venv' / 'bin'}:{os.environ['PATH']}"
        self._environment = {**os.environ, **plain, "PATH": path, **changes}
        self._folder = folder
        self._code_port, self._web_port = free_port(), free_port()
        self._processes = {}
        workspace = yaml.safe_load(read("docker/workspace.yaml"))
        there = {"host": "127.0.0.1", "port": self._code_port}
        workspace["load_from"][0]["grpc_server"] |= there
        (folder / "workspace.yaml").write_text(yaml.safe_dump(workspace), "utf-8")

    def start(self, name):
        command = self._commands[name]
        words = shlex.split(command) if isinstance(command, str) else command
        with (self._folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [self._here(word) for word in words], env=self._environment, cwd=project_root(),
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def _here(self, word):
        """A word of a command as it is outside a container."""
        for there, here in (
            ("$$", "$"),
            ("4000", str(self._code_port)),
            ("3000", str(self._web_port)),
            ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - inside a container, loopback here
            ("/dagster/workspace.yaml", str(self._folder / "workspace.yaml")),
        ):
            word = word.replace(there, here)
        return word

    def stop(self, name, how=signal.SIGTERM):
        process = self._processes.pop(name)
        os.killpg(process.pid, how)
        process.wait(60)

    def restart(self, name, how=signal.SIGTERM):
        self.stop(name, how)
        self.start(name)
        wait_until(self.are_ready, 180, name)

    def stop_all(self):
        for name in [*self._processes]:
            self.stop(name)

    def are_ready(self):
        return self.ask(REPOSITORIES)["repositoriesOrError"].get("nodes")

    def ask(self, query, **variables):
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._web_port}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            return json.load(answer)["data"]


def launch(services, job, **tags):
    """The ended run's id and status."""
    selector = {"repositoryName": "__repository__", "repositoryLocationName": "dutar"}
    metadata = {"tags": [{"key": key.replace("_", "/"), "value": tags[key]} for key in tags]}
    params = {"selector": {"jobName": job, **selector}, "executionMetadata": metadata}
    answers = []

    def is_launched():
        answers.append(services.ask(RUN_JOB, params=params)["launchRun"])
        return answers[-1]["__typename"] == "LaunchRunSuccess"

    wait_until(is_launched, 120, f"the launch of {job}")  # its code location may be coming back
    run_id = answers[-1]["run"]["runId"]
    wait_until(lambda: status_of(services, run_id) in {"SUCCESS", "FAILURE"}, 180, "the run")
    return run_id, status_of(services, run_id)


def status_of(services, run_id):
    return services.ask(STATUS, id=run_id)["runOrError"]["status"]
