"""Prints what operators see of a process: its servers, and its channels with their states.

    channelz.py ADDRESS AUTHORIZATION

The messages come by reflection, so nothing but grpcio and protobuf is needed.
"""
import sys

import grpc
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

address, authorization = sys.argv[1:3]
channel = grpc.insecure_channel(address)
database = ProtoReflectionDescriptorDatabase(channel)
assert "grpc.channelz.v1.Channelz" in database.get_services()
pool = descriptor_pool.DescriptorPool(database)
service = pool.FindServiceByName("grpc.channelz.v1.Channelz")


def call(name):
    method = service.FindMethodByName(name)
    answer = message_factory.GetMessageClass(method.output_type)
    invoke = channel.unary_unary(
        f"/{service.full_name}/{name}", lambda request: request.SerializeToString(), answer.FromString
    )
    request = message_factory.GetMessageClass(method.input_type)()
    return invoke(request, metadata=[("authorization", authorization)], timeout=10)


for server in call("GetServers").server:
    for socket in server.listen_socket:
        print("server listens on", socket.name)
for top in call("GetTopChannels").channel:
    state = top.data.state.DESCRIPTOR.fields_by_name["state"].enum_type
    name = state.values_by_number[top.data.state.state].name
    print(f"channel to {top.data.target} {name}, calls started: {top.data.calls_started}")
