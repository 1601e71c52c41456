"""The messages of grpc's interop tests, compiled from Debian's grpc-proto as the program starts.

No generated modules: their package would be called `grpc`, as grpcio's own is.
"""

import os
import tempfile
from importlib import resources

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

INCLUDES = ["/usr/share/grpc-proto", str(resources.files("grpc_tools") / "_proto")]


def compile_protos(files, includes=INCLUDES):
    """A FileDescriptorSet of the files and all that they import."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "set")
        arguments = ["protoc", f"--descriptor_set_out={path}", "--include_imports"]
        code = protoc.main(arguments + [f"-I{folder}" for folder in includes] + list(files))
        if code != 0:
            raise SystemExit(f"protoc ended with {code}")
        with open(path, "rb") as file:
            return descriptor_pb2.FileDescriptorSet.FromString(file.read())


_pool = descriptor_pool.DescriptorPool()
for _file in compile_protos(["grpc/testing/test.proto"]).file:
    _pool.Add(_file)


def _message(name):
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName("grpc.testing." + name))


Empty = _message("Empty")
EchoStatus = _message("EchoStatus")
BoolValue = _message("BoolValue")
Payload = _message("Payload")
ResponseParameters = _message("ResponseParameters")
SimpleRequest = _message("SimpleRequest")
SimpleResponse = _message("SimpleResponse")
StreamingInputCallRequest = _message("StreamingInputCallRequest")
StreamingInputCallResponse = _message("StreamingInputCallResponse")
StreamingOutputCallRequest = _message("StreamingOutputCallRequest")
StreamingOutputCallResponse = _message("StreamingOutputCallResponse")

SERVICE = "grpc.testing.TestService"

INITIAL_KEY = "x-grpc-test-echo-initial"
TRAILING_KEY = "x-grpc-test-echo-trailing-bin"
