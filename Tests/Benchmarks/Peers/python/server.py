"""The Records service on grpcio: `server.py PORT`."""

import asyncio
import sys

import grpc

import records


class Records:
    def __init__(self):
        self.table = {record.id: record for record in map(records.record, range(1000))}

    async def find(self, id, context):
        record = self.table.get(id)
        if record is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"there is no {id}")
        return record

    async def get(self, request, context):
        return await self.find(request.id, context)

    async def stream(self, request, context):
        for _ in range(request.count):
            yield await self.find(request.id, context)

    async def exchange(self, requests, context):
        async for request in requests:
            yield await self.find(request.id, context)


async def serve(port):
    pb = records.messages()
    service = Records()
    encode = pb.Record.SerializeToString
    handlers = {
        "Get": grpc.unary_unary_rpc_method_handler(
            service.get, pb.GetRequest.FromString, encode),
        "Stream": grpc.unary_stream_rpc_method_handler(
            service.stream, pb.StreamRequest.FromString, encode),
        "Exchange": grpc.stream_stream_rpc_method_handler(
            service.exchange, pb.GetRequest.FromString, encode),
    }
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("bench.v1.Records", handlers)])
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


asyncio.run(serve(int(sys.argv[1])))
