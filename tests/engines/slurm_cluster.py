"""A real Slurm of one pretend node, with daemons of its own in a folder of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel")
CPUS = 4  # pretend ones: the node says what is configured, not what is there

CONFIGURATION = """
ClusterName=pretend
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={controller}
SlurmdPort={daemon}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=10
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
KillWait=10
MinJobAge={remembered}
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=8000 Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=60 DefMemPerNode=500 State=UP
"""
DEVICES = "Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n"


def why_not() -> str | None:
    """Why no cluster can be had here; None if one can."""
    missing = [name for name in NEEDED if shutil.which(name, path=_path()) is None]
    if missing:
        return f"{', '.join(missing)} not found: apt-get install --no-install-recommends slurm-wlm munge"
    return None if os.geteuid() == 0 else "the daemons of Slurm want root"


@contextmanager
def slurm_cluster(*, remembered: int = 300) -> Iterator[dict[str, str]]:
    """Start a cluster, and end all of it at the end.

    Args:
        remembered: Seconds that the controller remembers a job that has ended.

    Yields:
        Variables of the environment with which its commands talk to it.
    """
    # Short, because the path of a socket may have no more than 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    variables = {"SLURM_CONF": f"{folder}/slurm.conf", "PATH": _path()}
    environment = os.environ | variables
    try:
        _write_files(folder, remembered)
        with ExitStack() as daemons:
            for command in (
                ["munged", "-F", "--force", f"--socket={folder}/munge.socket", f"--key-file={folder}/munge.key"]
                + [f"--{kind}-file={folder}/munged.{kind}" for kind in ("pid", "log", "seed")],
                ["slurmctld", "-D", "-i"],
                ["slurmd", "-D"],
            ):
                daemons.enter_context(_daemon(command, environment, folder))
            daemons.callback(_empty, environment)
            _until(lambda: _answer(environment, "sinfo", "--noheader", "--format=%t") == "idle", 60, folder)
            yield variables
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_files(folder: Path, remembered: int) -> None:
    for name in ("state", "spool"):
        (folder / name).mkdir()
    host, (controller, daemon) = socket.gethostname().split(".")[0], _free_ports(2)
    configuration = CONFIGURATION.format(
        host=host, folder=folder, controller=controller, daemon=daemon, cpus=CPUS, remembered=remembered
    )
    (folder / "slurm.conf").write_text(configuration)
    (folder / "gres.conf").write_text(DEVICES)
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)


@contextmanager
def _daemon(command: list[str], environment: dict[str, str], folder: Path) -> Iterator[None]:
    with (folder / f"{command[0]}.output").open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        time.sleep(0.5)
        if process.poll() is not None:
            raise RuntimeError(f"{command[0]} did not start: {(folder / f'{command[0]}.output').read_text()}")
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _empty(environment: dict[str, str]) -> None:
    """End all jobs, so that no process of theirs outlives the daemons."""
    jobs = _answer(environment, "squeue", "--noheader", "--format=%A").split()
    for options in ([], ["--signal=KILL", "--full"]):
        if jobs:
            _answer(environment, "scancel", *options, *jobs)
    end = time.monotonic() + 30
    while _answer(environment, "squeue", "--noheader", "--format=%A") and time.monotonic() < end:
        time.sleep(0.2)


def _until(condition, seconds: float, folder: Path) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in folder.glob("*.log"))
            raise RuntimeError(f"no cluster after {seconds} s:\n{logs}")
        time.sleep(0.2)


def _answer(environment: dict[str, str], *command: str) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout.strip()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
