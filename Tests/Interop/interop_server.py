"""grpc's interop server on grpcio: the peer that our client is tried against."""

import argparse
import pathlib
import time
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

import messages as m
import wire


def echo_metadata(context):
    for key, value in context.invocation_metadata():
        if key == m.INITIAL_KEY:
            context.send_initial_metadata([(key, value)])
        elif key == m.TRAILING_KEY:
            context.set_trailing_metadata([(key, value)])


def echo_status(request, context):
    if request.HasField("response_status"):
        status = request.response_status
        codes = {code.value[0]: code for code in grpc.StatusCode}
        context.abort(codes[status.code], status.message)


def check_compression(received, context):
    """The feature CompressedRequest: the flag must be as the message says."""
    message = received.message
    if message.HasField("expect_compressed"):
        if message.expect_compressed.value != received.compressed:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not compressed as it says")


def payload(size):
    return m.Payload(body=bytes(size))


def empty_call(received, context):
    echo_metadata(context)
    return m.Empty()


def unary_call(received, context):
    check_compression(received, context)
    echo_metadata(context)
    request = received.message
    echo_status(request, context)
    if request.response_compressed.value:
        context.set_compression(grpc.Compression.Gzip)
    return m.SimpleResponse(payload=payload(request.response_size))


def outputs(request, context):
    for parameters in request.response_parameters:
        time.sleep(parameters.interval_us / 1e6)
        if not parameters.compressed.value:
            context.disable_next_message_compression()
        yield m.StreamingOutputCallResponse(payload=payload(parameters.size))


def streaming_output_call(received, context):
    request = received.message
    if any(parameters.compressed.value for parameters in request.response_parameters):
        context.set_compression(grpc.Compression.Gzip)
    echo_status(request, context)
    yield from outputs(request, context)


def streaming_input_call(stream, context):
    total = 0
    for received in stream:
        check_compression(received, context)
        total += len(received.message.payload.body)
    return m.StreamingInputCallResponse(aggregated_payload_size=total)


def full_duplex_call(stream, context):
    echo_metadata(context)
    for received in stream:
        echo_status(received.message, context)
        yield from outputs(received.message, context)


def half_duplex_call(stream, context):
    for request in [received.message for received in stream]:
        yield from outputs(request, context)


def handlers():
    def write(message):
        return message.SerializeToString()

    def handler(make, call, kind):
        return make(call, request_deserializer=wire.reader(kind), response_serializer=write)

    unary, output = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
    incoming, both = grpc.stream_unary_rpc_method_handler, grpc.stream_stream_rpc_method_handler
    return grpc.method_handlers_generic_handler(
        m.SERVICE,
        {
            "EmptyCall": handler(unary, empty_call, m.Empty),
            "UnaryCall": handler(unary, unary_call, m.SimpleRequest),
            "StreamingOutputCall": handler(
                output, streaming_output_call, m.StreamingOutputCallRequest
            ),
            "StreamingInputCall": handler(
                incoming, streaming_input_call, m.StreamingInputCallRequest
            ),
            "FullDuplexCall": handler(both, full_duplex_call, m.StreamingOutputCallRequest),
            "HalfDuplexCall": handler(both, half_duplex_call, m.StreamingOutputCallRequest),
        },
    )


def credentials(options):
    def read(name):
        return pathlib.Path(options.tls_folder, name).read_bytes()

    pair = [(read(options.certificate + ".key"), read(options.certificate + ".pem"))]
    if options.client_ca:
        return grpc.ssl_server_credentials(pair, read(options.client_ca + ".pem"), True)
    return grpc.ssl_server_credentials(pair)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--use_tls", default="false", choices=["true", "false"])
    parser.add_argument("--tls_folder", default=".build/tls")
    parser.add_argument("--certificate", default="server")
    parser.add_argument("--client_ca", default="", help="demand certificates of this authority")
    options = parser.parse_args()

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=32), options=wire.RAW)
    server.add_generic_rpc_handlers([handlers()])
    service = health.HealthServicer()
    service.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(service, server)
    address = f"127.0.0.1:{options.port}"
    if options.use_tls == "true":
        port = server.add_secure_port(address, credentials(options))
    else:
        port = server.add_insecure_port(address)
    server.start()
    print(f"listening on 127.0.0.1:{port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
