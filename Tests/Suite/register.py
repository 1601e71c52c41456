"""The register of members as a partner's program sees it, with grpcio."""

import stubs

stubs.load()

import grpc  # noqa: E402
from cabildo.membership.v1 import member_pb2, membership_pb2, membership_pb2_grpc  # noqa: E402,F401


class Register:
    def __init__(self, address, token=None):
        self.channel = grpc.insecure_channel(
            address, options=[("grpc.initial_reconnect_backoff_ms", 50),
                              ("grpc.max_reconnect_backoff_ms", 200)])
        self.calls = membership_pb2_grpc.MembershipServiceStub(self.channel)
        self.metadata = [("authorization", f"Bearer {token}")] if token else []

    def close(self):
        self.channel.close()

    def create(self, member_id, name, request_id="", timeout=10, **fields):
        member = member_pb2.Member(kind=member_pb2.Member.CITY, country_code="ES", **fields)
        member.display_name.values["en"] = name
        return self.calls.CreateMember(
            membership_pb2.CreateMemberRequest(
                member=member, member_id=member_id, request_id=request_id),
            timeout=timeout, metadata=self.metadata)

    def rename(self, member_id, name, request_id="", timeout=10):
        member = member_pb2.Member(name=f"members/{member_id}")
        member.display_name.values["en"] = name
        return self.calls.UpdateMember(
            membership_pb2.UpdateMemberRequest(
                member=member, update_mask={"paths": ["display_name"]}, request_id=request_id),
            timeout=timeout, metadata=self.metadata)

    def delete(self, member_id, request_id="", timeout=10):
        return self.calls.DeleteMember(
            membership_pb2.DeleteMemberRequest(
                name=f"members/{member_id}", request_id=request_id),
            timeout=timeout, metadata=self.metadata)

    def all(self):
        """Every member that is not deleted, by name."""
        members, token = {}, ""
        while True:
            page = self.calls.ListMembers(
                membership_pb2.ListMembersRequest(page_size=1000, page_token=token),
                timeout=30, metadata=self.metadata)
            for member in page.members:
                members[member.name] = member
            token = page.next_page_token
            if not token:
                return members
