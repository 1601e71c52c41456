"""An honest client that is busy: one channel, many calls, each cancelled a millisecond after it began.

    busy_client.py --server_port=P --calls=20000 [--method=/package.Service/Method]

Says how the calls ended, and whether the channel had to connect again.
"""

import argparse
import collections
import threading
import time

import grpc

parser = argparse.ArgumentParser()
parser.add_argument("--server_port", type=int, required=True)
parser.add_argument("--calls", type=int, default=20_000)
parser.add_argument("--at_once", type=int, default=100)
parser.add_argument("--method", default="/grpc.testing.TestService/UnaryCall")
parser.add_argument("--how", choices=["cancel", "deadline"], default="cancel")
options = parser.parse_args()

states = []
channel = grpc.insecure_channel(f"127.0.0.1:{options.server_port}")
channel.subscribe(lambda state: states.append(state.name), try_to_connect=True)
grpc.channel_ready_future(channel).result(timeout=10)
call = channel.unary_unary(options.method)

places = threading.Semaphore(options.at_once)
ends = collections.Counter()
lock = threading.Lock()
due = collections.deque()
done = threading.Event()


def ended(future):
    with lock:
        ends[future.code().name] += 1
    places.release()


def cancel_in_time():
    """Cancels each call a millisecond after it began."""
    while not (done.is_set() and not due):
        try:
            began, future = due.popleft()
        except IndexError:
            time.sleep(0.0002)
            continue
        wait = began + 0.001 - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        future.cancel()


canceller = threading.Thread(target=cancel_in_time)
canceller.start()
for _ in range(options.calls):
    places.acquire()
    if options.how == "deadline":
        call.future(b"", timeout=0.001).add_done_callback(ended)
    else:
        future = call.future(b"", timeout=30)
        due.append((time.monotonic(), future))
        future.add_done_callback(ended)
done.set()
canceller.join()
for _ in range(options.at_once):
    places.acquire()

# One last call, which is let to its end.
answer = None
for _ in range(100):
    try:
        answer = channel.unary_unary("/grpc.testing.TestService/EmptyCall")(b"", timeout=10)
        break
    except grpc.RpcError as error:
        # Handlers whose callers are gone count until they have ended.
        if error.code() != grpc.StatusCode.UNAVAILABLE or "error code 7" not in error.details():
            raise
        time.sleep(0.1)
print("ends", dict(ends))
print("connected", states.count("READY"), "times; last call answered", answer == b"")
