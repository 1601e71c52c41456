"""The records by the one rule that all servers follow, and a client that knows the right answers."""

import random

import grpc

from process import work_folder


def messages():
    import bench.v1.records_pb2 as module  # Made by `bench build`.

    return module


def record(index):
    number = f"{index:06d}"
    return messages().Record(
        id=f"records/{number}",
        name=f"Municipality of Benchmark {number}",
        country="ES",
        region="Basque Autonomous Community",
        kind="local government",
        website=f"https://www.city-{number}.example.org/about",
        email=f"international@city-{number}.example.org",
        description="Holds its council in public, publishes its budget and its accounts, "
        "and answers letters within ten days.",
        population=100000 + index,
        founded=1300 + index % 700,
    )


ASKED = 123
ANSWER = 5 + len(record(ASKED).SerializeToString())


def frame(message):
    payload = message.SerializeToString()
    return b"\0" + len(payload).to_bytes(4, "big") + payload


def body(name, *requests):
    """A file with a call's request messages as they go over the wire."""
    path = work_folder() / f"{name}.body"
    path.write_bytes(b"".join(map(frame, requests)))
    return path


def get_request():
    return messages().GetRequest(id=f"records/{ASKED:06d}")


def verify(target, certificate=None, streams=True):
    """Calls as a real client does, and refuses a server that answers anything but the truth."""
    options = [("grpc.ssl_target_name_override", "localhost")] if certificate else []
    credentials = grpc.ssl_channel_credentials(certificate) if certificate else None
    channel = (grpc.secure_channel(target, credentials, options) if certificate
               else grpc.insecure_channel(target))
    with channel:
        service = "/bench.v1.Records/"
        pb = messages()
        get = channel.unary_unary(
            service + "Get", pb.GetRequest.SerializeToString, pb.Record.FromString)
        for index in [ASKED, *random.sample(range(1000), 5)]:
            answer = get(pb.GetRequest(id=f"records/{index:06d}"), timeout=10)
            assert answer == record(index), f"{target} answers wrongly: {answer}"
        try:
            get(pb.GetRequest(id="records/none"), timeout=10)
            raise AssertionError(f"{target} has a record that is not there")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND, error
        if streams:
            _verify_streams(channel, service, target)


def _verify_streams(channel, service, target):
    pb = messages()
    stream = channel.unary_stream(
        service + "Stream", pb.StreamRequest.SerializeToString, pb.Record.FromString)
    answers = list(stream(pb.StreamRequest(id="records/000007", count=50), timeout=10))
    assert answers == [record(7)] * 50, f"{target} streams wrongly"
    exchange = channel.stream_stream(
        service + "Exchange", pb.GetRequest.SerializeToString, pb.Record.FromString)
    asked = random.sample(range(1000), 50)
    answers = list(exchange(
        (pb.GetRequest(id=f"records/{index:06d}") for index in asked), timeout=10))
    assert answers == [record(index) for index in asked], f"{target} exchanges wrongly"
