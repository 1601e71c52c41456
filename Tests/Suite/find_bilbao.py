"""Asks the register for Bilbao as a partner would, in three languages, with what reflection tells.

    find_bilbao.py ADDRESS
"""

import sys

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase)

SERVICE = "cabildo.membership.v1.MembershipService"


def main(address):
    channel = grpc.insecure_channel(address)
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    method = pool.FindServiceByName(SERVICE).FindMethodByName("GetMember")
    request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    call = channel.unary_unary(
        f"/{SERVICE}/GetMember", request_serializer=request.SerializeToString,
        response_deserializer=response.FromString)
    for language in ("en", "es", "fr", "de"):
        member = call(request(name="members/bilbao", language_code=language), timeout=10)
        shown = member.shown_name
        mark = " (fallback)" if shown.fallback else ""
        print(f"{language}: {shown.text} [{shown.language_code}]{mark}")


if __name__ == "__main__":
    main(sys.argv[1])
