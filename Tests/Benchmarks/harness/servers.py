"""The servers of the comparison: how each is started, by its fastest documented way, on one core."""

import json
import os
import pathlib
import subprocess

import records
from h2load import GRPC_HEADERS, Load
from process import Program, free_port, work_folder

HERE = pathlib.Path(__file__).resolve().parent.parent


def built(name):
    """What `bench build` made: Swift programs in their own scratch folder, peers in theirs."""
    folder = os.environ["BENCH_PEERS" if "/" in name else "BENCH_SWIFT"]
    return pathlib.Path(folder) / name


class Server:
    """One contestant; `grpc` are those that answer calls, the others serve a file of that size."""

    grpc = True
    streams = True

    def __init__(self, name, tls=None):
        self.name = name
        self.tls = tls
        self.port = free_port()

    def start(self):
        suffix = " TLS" if self.tls else ""
        return Program(self.name + suffix, self.command(), self.port)

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    @property
    def scheme(self):
        return "https" if self.tls else "http"

    def verify(self):
        records.verify(self.target, self.tls and self.tls.certificate.read_bytes(), self.streams)

    def load(self, connections, streams):
        return Load(
            f"{self.scheme}://{self.target}/bench.v1.Records/Get", connections, streams,
            records.body("get", records.get_request()), GRPC_HEADERS, records.ANSWER,
            self.cipher)

    @property
    def cipher(self):
        """The one that all contestants get: a choice of their own would be what is measured."""
        return ("--tls13-ciphers=TLS_AES_128_GCM_SHA256",) if self.tls else ()

    def tls_arguments(self, *names):
        if not self.tls:
            return []
        files = [self.tls.certificate, self.tls.key]
        return [word for pair in zip(names, files) for word in pair] if names else files


class Ours(Server):
    def command(self):
        return [built("bench-server"), "--port", self.port, "--loops", 1, *self.tls_arguments(
            "--tls-certificate-file", "--tls-key-file")]

    def version(self):
        return "this commit"


class GRPCCpp(Server):
    def __init__(self, api, tls=None):
        super().__init__(f"grpc C++ {api}", tls)
        self.api = api
        self.streams = api == "callback"

    def command(self):
        return [built("cpp/grpc-cpp-server"), self.api, self.port, *self.tls_arguments()]

    def version(self):
        return said([built("cpp/grpc-cpp-server")], "grpc ")


class GRPCGo(Server):
    def command(self):
        return [built("go/grpc-go-server"), self.port, *self.tls_arguments()]

    def version(self):
        return debian("golang-google-grpc-dev")


class GRPCSwift(Server):
    def command(self):
        return [built("swift/release/bench-grpc-swift"), self.port]

    def version(self):
        """As the package manager settled it."""
        pins = json.loads((HERE / "Peers/swift/Package.resolved").read_text())["pins"]
        versions = {pin["identity"]: pin["state"]["version"] for pin in pins}
        transport = versions["grpc-swift-nio-transport"]
        return f"{versions['grpc-swift-2']}, transport {transport}"


class GRPCPython(Server):
    def command(self):
        return [os.environ["BENCH_PYTHON"], HERE / "Peers/python/server.py", self.port]

    def version(self):
        import grpc

        return grpc.__version__


class StaticFile(Server):
    """A file as long as the answer of the others, and the same headers asked for it."""

    grpc = False

    def folder(self):
        folder = work_folder() / "htdocs"
        folder.mkdir(exist_ok=True)
        (folder / "record").write_bytes(self.content())
        return folder

    @staticmethod
    def content():
        return records.frame(records.record(records.ASKED))

    def verify(self):
        got = subprocess.run(
            ["nghttp", f"{self.scheme}://{self.target}/record"], capture_output=True, timeout=10)
        if got.stdout != self.content():
            raise AssertionError(f"{self.name} serves something else: {got}")

    def load(self, connections, streams):
        return Load(
            f"{self.scheme}://{self.target}/record", connections, streams, None, GRPC_HEADERS,
            records.ANSWER, self.cipher)


class Nghttpd(StaticFile):
    def command(self):
        plain = [] if self.tls else ["--no-tls"]
        certificates = [self.tls.key, self.tls.certificate] if self.tls else []
        return ["nghttpd", "-n", 1, "-d", self.folder(), *plain, self.port, *certificates]

    def version(self):
        return debian("nghttp2-server")


class H2O(StaticFile):
    def command(self):
        settings = work_folder() / f"h2o-{self.port}.yaml"
        tls = ""
        if self.tls:
            tls = (f"  ssl:\n    certificate-file: {self.tls.certificate}\n"
                   f"    key-file: {self.tls.key}\n")
        settings.write_text(
            f"num-threads: 1\nuser: {os.environ.get('USER', 'root')}\nlisten:\n"
            f"  host: 127.0.0.1\n  port: {self.port}\n{tls}"
            f"hosts:\n  default:\n    paths:\n      /:\n        file.dir: {self.folder()}\n"
            "http2-idle-timeout: 600\n")
        return ["h2o", "-m", "worker", "-c", settings]

    def version(self):
        return debian("h2o")


def debian(package):
    return subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True).stdout


def said(command, before):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    return (done.stdout + done.stderr).rpartition(before)[2].strip()
