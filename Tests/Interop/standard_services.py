"""grpcio's clients of the standard services: standard_services.py PORT health|reflection|details"""

import sys
import threading

import grpc
from google.protobuf import descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import proto_reflection_descriptor_database as reflection

import messages as m
from interop_client import expect

Serving = health_pb2.HealthCheckResponse


def check_health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ["", m.SERVICE]:
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
        expect(answer.status, Serving.SERVING, f"health of {service!r}")
    try:
        stub.Check(health_pb2.HealthCheckRequest(service="nothing"), timeout=5)
        raise AssertionError("an unknown service has a health")
    except grpc.RpcError as error:
        expect(error.code(), grpc.StatusCode.NOT_FOUND, "code")
    watched = stub.Watch(health_pb2.HealthCheckRequest(service="nothing"), timeout=5)
    expect(next(watched).status, Serving.SERVICE_UNKNOWN, "watched health of an unknown service")
    watched.cancel()
    # Many at once: each is a stream that stays open.
    answers = []
    calls = [stub.Watch(health_pb2.HealthCheckRequest(), timeout=10) for _ in range(50)]
    threads = [threading.Thread(target=lambda c=c: answers.append(next(c).status)) for c in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(answers, [Serving.SERVING] * 50, "watched health")
    for call in calls:
        call.cancel()


def check_reflection(channel):
    database = reflection.ProtoReflectionDescriptorDatabase(channel)
    services = list(database.get_services())
    for service in [m.SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"]:
        expect(service in services, True, f"{service} is listed")
    pool = descriptor_pool.DescriptorPool(database)
    service = pool.FindServiceByName(m.SERVICE)
    expect(len(service.methods), 8, "methods")
    method = service.FindMethodByName("UnaryCall")
    request = message_factory.GetMessageClass(method.input_type)(response_size=3)
    call = channel.unary_unary(
        f"/{m.SERVICE}/UnaryCall",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
    )
    expect(call(request, timeout=5).payload.body, b"\0\0\0", "payload")
    try:
        pool.FindMessageTypeByName("grpc.testing.Nothing")
        raise AssertionError("an unknown message has a descriptor")
    except KeyError:
        pass


def check_details(channel):
    """An error of the transport's own: a reason that a program can switch on."""
    from google.rpc import error_details_pb2
    from grpc_status import rpc_status

    call = channel.unary_unary(f"/{m.SERVICE}/UnaryCall")
    try:
        call(b"\x0a", timeout=5)
        raise AssertionError("a message cut off is answered")
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        expect(status.code, grpc.StatusCode.INTERNAL.value[0], "code")
        info = error_details_pb2.ErrorInfo()
        expect(status.details[0].Unpack(info), True, "ErrorInfo")
        expect((info.domain, info.reason), ("cabildo", "MALFORMED_MESSAGE"), "reason")


def main():
    port, part = sys.argv[1:]
    checks = {"health": check_health, "reflection": check_reflection, "details": check_details}
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        checks[part](channel)
    print(f"{part}: passed")


if __name__ == "__main__":
    main()
