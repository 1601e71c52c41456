"""grpc's interop client on grpcio: the cases that our server is tried with."""

import argparse
import pathlib
import queue
import sys
import time

import grpc
import grpc._channel

import messages as m
import wire

LARGE_REQUEST, LARGE_RESPONSE = 271828, 314159
REQUEST_SIZES = [27182, 8, 1828, 45904]
RESPONSE_SIZES = [31415, 9, 2653, 58979]

# gRPC core's flag on a message that must not be compressed. grpcio offers no way to set it for one
# message of a client's stream, and reads this variable of its own for each.
WRITE_PLAIN = 0x2


class Stub:
    """The service's methods, their answers undecoded by grpcio."""

    def __init__(self, channel):
        def method(make, name, kind, service=m.SERVICE):
            return make(
                f"/{service}/{name}",
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=wire.reader(kind),
            )

        self.empty = method(channel.unary_unary, "EmptyCall", m.Empty)
        self.unary = method(channel.unary_unary, "UnaryCall", m.SimpleResponse)
        self.output = method(
            channel.unary_stream, "StreamingOutputCall", m.StreamingOutputCallResponse
        )
        self.input = method(
            channel.stream_unary, "StreamingInputCall", m.StreamingInputCallResponse
        )
        self.duplex = method(
            channel.stream_stream, "FullDuplexCall", m.StreamingOutputCallResponse
        )
        self.unimplemented = method(channel.unary_unary, "UnimplementedCall", m.Empty)
        self.unimplemented_service = method(
            channel.unary_unary,
            "UnimplementedCall",
            m.Empty,
            service="grpc.testing.UnimplementedService",
        )


def expect(got, wanted, what):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, expected {wanted!r}")


def zeros(size):
    return m.Payload(body=bytes(size))


def large_request(**fields):
    return m.SimpleRequest(
        response_size=LARGE_RESPONSE, payload=zeros(LARGE_REQUEST), **fields
    )


def expect_zeros(message, size):
    expect(message.payload.body == bytes(size), True, f"payload of {size} zeros")


def expect_failure(call, code, message=None):
    try:
        call()
    except grpc.RpcError as error:
        expect(error.code(), code, f"code ({error.details()})")
        if message is not None:
            expect(error.details(), message, "message")
        return
    raise AssertionError(f"succeeded, expected {code}")


def output_request(size, payload_size=None, compressed=None):
    parameters = m.ResponseParameters(size=size)
    if compressed is not None:
        parameters.compressed.value = compressed
    request = m.StreamingOutputCallRequest(response_parameters=[parameters])
    if payload_size is not None:
        request.payload.CopyFrom(zeros(payload_size))
    return request


class Outgoing:
    """The requests of a stream, sent one by one as the test goes."""

    def __init__(self):
        self._queue = queue.Queue()

    def send(self, message):
        self._queue.put(message)

    def end(self):
        self._queue.put(None)

    def __iter__(self):
        return iter(self._queue.get, None)


def empty_unary(stub, options):
    expect(stub.empty(m.Empty()).message, m.Empty(), "answer")


def large_unary(stub, options):
    received = stub.unary(large_request())
    expect_zeros(received.message, LARGE_RESPONSE)


def client_compressed_unary(stub, options):
    probe = large_request(expect_compressed=m.BoolValue(value=True))
    expect_failure(lambda: stub.unary(probe), grpc.StatusCode.INVALID_ARGUMENT)
    for compressed in [True, False]:
        request = large_request(expect_compressed=m.BoolValue(value=compressed))
        algorithm = grpc.Compression.Gzip if compressed else grpc.Compression.NoCompression
        received = stub.unary(request, compression=algorithm)
        expect_zeros(received.message, LARGE_RESPONSE)


def server_compressed_unary(stub, options):
    for compressed in [True, False]:
        request = large_request(response_compressed=m.BoolValue(value=compressed))
        received = stub.unary(request)
        expect(received.compressed, compressed, "compressed flag")
        expect_zeros(received.message, LARGE_RESPONSE)


def client_streaming(stub, options):
    requests = [m.StreamingInputCallRequest(payload=zeros(size)) for size in REQUEST_SIZES]
    received = stub.input(iter(requests))
    expect(received.message.aggregated_payload_size, sum(REQUEST_SIZES), "sum of sizes")


def client_compressed_streaming(stub, options):
    def request(size, compressed):
        return m.StreamingInputCallRequest(
            payload=zeros(size), expect_compressed=m.BoolValue(value=compressed)
        )

    expect_failure(
        lambda: stub.input(iter([request(27182, True)])), grpc.StatusCode.INVALID_ARGUMENT
    )

    def requests():
        yield request(27182, True)
        plain, grpc._channel._EMPTY_FLAGS = grpc._channel._EMPTY_FLAGS, WRITE_PLAIN
        yield request(45904, False)
        grpc._channel._EMPTY_FLAGS = plain

    received = stub.input(requests(), compression=grpc.Compression.Gzip)
    expect(received.message.aggregated_payload_size, 27182 + 45904, "sum of sizes")


def server_streaming(stub, options):
    request = m.StreamingOutputCallRequest(
        response_parameters=[m.ResponseParameters(size=size) for size in RESPONSE_SIZES]
    )
    answers = [received.message for received in stub.output(request)]
    expect(len(answers), len(RESPONSE_SIZES), "number of answers")
    for answer, size in zip(answers, RESPONSE_SIZES):
        expect_zeros(answer, size)


def server_compressed_streaming(stub, options):
    wanted = [(31415, True), (92653, False)]
    request = m.StreamingOutputCallRequest(
        response_parameters=[
            m.ResponseParameters(size=size, compressed=m.BoolValue(value=compressed))
            for size, compressed in wanted
        ]
    )
    answers = list(stub.output(request))
    expect([answer.compressed for answer in answers], [True, False], "compressed flags")
    for answer, (size, _) in zip(answers, wanted):
        expect_zeros(answer.message, size)


def ping_pong(stub, options):
    outgoing = Outgoing()
    answers = stub.duplex(iter(outgoing))
    for request_size, size in zip(REQUEST_SIZES, RESPONSE_SIZES):
        outgoing.send(output_request(size, request_size))
        expect_zeros(next(answers).message, size)
    outgoing.end()
    expect(list(answers), [], "further answers")


def empty_stream(stub, options):
    expect(list(stub.duplex(iter([]))), [], "answers")


def cancel_after_begin(stub, options):
    outgoing = Outgoing()
    call = stub.input.future(iter(outgoing))
    call.cancel()
    expect(call.code(), grpc.StatusCode.CANCELLED, "code")
    outgoing.end()


def cancel_after_first_response(stub, options):
    outgoing = Outgoing()
    answers = stub.duplex(iter(outgoing))
    outgoing.send(output_request(31415, 27182))
    expect_zeros(next(answers).message, 31415)
    answers.cancel()
    expect_failure(lambda: next(answers), grpc.StatusCode.CANCELLED)
    outgoing.end()


def timeout_on_sleeping_server(stub, options):
    outgoing = Outgoing()
    answers = stub.duplex(iter(outgoing), timeout=0.001)
    outgoing.send(m.StreamingOutputCallRequest(payload=zeros(27182)))
    expect_failure(lambda: next(answers), grpc.StatusCode.DEADLINE_EXCEEDED)
    outgoing.end()


def custom_metadata(stub, options):
    metadata = [(m.INITIAL_KEY, "test_initial_metadata_value"), (m.TRAILING_KEY, b"\xab\xab\xab")]

    def check(initial, trailing):
        expect(dict(initial).get(m.INITIAL_KEY), metadata[0][1], "initial metadata")
        expect(dict(trailing).get(m.TRAILING_KEY), metadata[1][1], "trailing metadata")

    received, call = stub.unary.with_call(large_request(), metadata=metadata)
    expect_zeros(received.message, LARGE_RESPONSE)
    check(call.initial_metadata(), call.trailing_metadata())

    answers = stub.duplex(
        iter([output_request(LARGE_RESPONSE, LARGE_REQUEST)]), metadata=metadata
    )
    expect_zeros(next(answers).message, LARGE_RESPONSE)
    expect(list(answers), [], "further answers")
    check(answers.initial_metadata(), answers.trailing_metadata())


def status_code_and_message(stub, options, message="test status message"):
    status = m.EchoStatus(code=2, message=message)
    unknown = grpc.StatusCode.UNKNOWN
    request = m.SimpleRequest(response_status=status)
    expect_failure(lambda: stub.unary(request), unknown, message)
    request = m.StreamingOutputCallRequest(response_status=status)
    expect_failure(lambda: list(stub.duplex(iter([request]))), unknown, message)


def special_status_message(stub, options):
    message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
    request = m.SimpleRequest(response_status=m.EchoStatus(code=2, message=message))
    expect_failure(lambda: stub.unary(request), grpc.StatusCode.UNKNOWN, message)


def unimplemented_method(stub, options):
    expect_failure(lambda: stub.unimplemented(m.Empty()), grpc.StatusCode.UNIMPLEMENTED)


def unimplemented_service(stub, options):
    expect_failure(lambda: stub.unimplemented_service(m.Empty()), grpc.StatusCode.UNIMPLEMENTED)


def soak(options, next_stub):
    """The same call again and again; each must be quick enough, and few may fail."""
    failures = []
    end = time.monotonic() + options.soak_overall_timeout_seconds
    for iteration in range(options.soak_iterations):
        start = time.monotonic()
        try:
            request = m.SimpleRequest(
                response_size=options.soak_response_size,
                payload=zeros(options.soak_request_size),
            )
            expect_zeros(next_stub().unary(request).message, options.soak_response_size)
        except (grpc.RpcError, AssertionError) as error:
            failures.append(f"iteration {iteration}: {error}")
        milliseconds = (time.monotonic() - start) * 1000
        if milliseconds > options.soak_per_iteration_max_acceptable_latency_ms:
            failures.append(f"iteration {iteration}: took {milliseconds:.0f} ms")
        if time.monotonic() > end:
            failures.append(f"only {iteration + 1} iterations in time")
            break
        time.sleep(max(0, options.soak_min_time_ms_between_rpcs - milliseconds) / 1000)
    if len(failures) > options.soak_max_failures:
        raise AssertionError("\n".join(failures))


def rpc_soak(stub, options):
    soak(options, lambda: stub)


def channel_soak(stub, options):
    def fresh():
        fresh.channel.close()
        fresh.channel = open_channel(options)
        return Stub(fresh.channel)

    fresh.channel = open_channel(options)
    soak(options, fresh)
    fresh.channel.close()


CASES = {
    case.__name__: case
    for case in [
        empty_unary,
        large_unary,
        client_compressed_unary,
        server_compressed_unary,
        client_streaming,
        client_compressed_streaming,
        server_streaming,
        server_compressed_streaming,
        ping_pong,
        empty_stream,
        cancel_after_begin,
        cancel_after_first_response,
        timeout_on_sleeping_server,
        custom_metadata,
        status_code_and_message,
        special_status_message,
        unimplemented_method,
        unimplemented_service,
        rpc_soak,
        channel_soak,
    ]
}


def open_channel(options):
    address = f"{options.server_host}:{options.server_port}"
    # Without a subchannel pool of its own, a new channel would share the old one's connection.
    arguments = wire.RAW + [("grpc.use_local_subchannel_pool", 1)]
    if options.server_host_override:
        arguments.append(("grpc.ssl_target_name_override", options.server_host_override))
    if options.use_tls != "true":
        return grpc.insecure_channel(address, options=arguments)
    return grpc.secure_channel(address, credentials(options), arguments)


def credentials(options):
    authority = pathlib.Path(options.ca_file).read_bytes()
    if not options.client_certificate:
        return grpc.ssl_channel_credentials(authority)
    files = pathlib.Path(options.tls_folder, options.client_certificate)
    key, certificate = (files.with_suffix(suffix).read_bytes() for suffix in (".key", ".pem"))
    return grpc.ssl_channel_credentials(authority, key, certificate)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server_host", default="localhost")
    parser.add_argument("--server_host_override", default="")
    parser.add_argument("--server_port", type=int, required=True)
    parser.add_argument("--test_case", required=True, help="one or more, with commas, or all")
    parser.add_argument("--use_tls", default="false", choices=["true", "false"])
    parser.add_argument("--use_test_ca", default="true", choices=["true", "false"])
    parser.add_argument("--ca_file", default=".build/tls/ca.pem")
    parser.add_argument("--tls_folder", default=".build/tls")
    parser.add_argument("--client_certificate", default="", help="shown to the server, by name")
    parser.add_argument("--soak_iterations", type=int, default=10)
    parser.add_argument("--soak_max_failures", type=int, default=0)
    parser.add_argument("--soak_per_iteration_max_acceptable_latency_ms", type=int, default=1000)
    parser.add_argument("--soak_overall_timeout_seconds", type=int, default=60)
    parser.add_argument("--soak_min_time_ms_between_rpcs", type=int, default=0)
    parser.add_argument("--soak_request_size", type=int, default=LARGE_REQUEST)
    parser.add_argument("--soak_response_size", type=int, default=LARGE_RESPONSE)
    options = parser.parse_args()

    names = list(CASES) if options.test_case == "all" else options.test_case.split(",")
    failures = 0
    with open_channel(options) as channel:
        for name in names:
            try:
                CASES[name](Stub(channel), options)
                print(f"{name}: passed", flush=True)
            except Exception as error:
                failures += 1
                print(f"{name}: failed: {error}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
