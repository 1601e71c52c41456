"""A partner of the register: grpc's own Python, with stubs made from the .proto files.

    members.py PORT TOKEN REQUEST_ID write | check
"""

import importlib
import pathlib
import sys
import sysconfig
import tempfile

import grpc
import grpc_tools
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from grpc_tools import protoc

root = pathlib.Path(__file__).resolve().parents[2] / "Protos"
stubs = tempfile.mkdtemp()
protos = sorted(str(path.relative_to(root)) for path in root.glob("cabildo/*/v1/*.proto"))
failed = protoc.main(
    ["protoc", f"-I{root}", f"-I{pathlib.Path(grpc_tools.__file__).parent}/_proto",
     f"-I{sysconfig.get_path('purelib')}", f"--python_out={stubs}", f"--grpc_python_out={stubs}"]
    + protos)
if failed:
    sys.exit("the .proto files do not compile")
sys.path.insert(0, stubs)

feed = importlib.import_module("cabildo.feed.v1.feed_pb2")
member_pb2 = importlib.import_module("cabildo.membership.v1.member_pb2")
membership = importlib.import_module("cabildo.membership.v1.membership_pb2")
services = importlib.import_module("cabildo.membership.v1.membership_pb2_grpc")

port, token, request_id, what = sys.argv[1:5]
channel = grpc.insecure_channel(f"localhost:{port}")
register = services.MembershipServiceStub(channel)
registrar = [("authorization", f"Bearer {token}")]
patience = 20


def say(*words):
    print(*words, flush=True)


def refused(call, request, metadata=()):
    """The code, the reason, and the fields that are at fault."""
    try:
        call(request, timeout=patience, metadata=metadata)
        say("not refused")
    except grpc.RpcError as error:
        words = [error.code().name]
        for detail in rpc_status.from_call(error).details:
            info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if detail.Unpack(info):
                words.append(info.reason)
            if detail.Unpack(bad):
                words += [f"{at.field}:{at.reason}" for at in bad.field_violations]
        say("refused", *words)


def bilbao():
    member = member_pb2.Member(kind="CITY", country_code="ES")
    member.display_name.values.update({"es": "Bilbao", "eu": "Bilbo", "ar": "\u0628\u0644\u0628\u0627\u0648"})
    member.display_name.original_language = "eu"
    member.identifiers.add(scheme="WIKIDATA", value="Q8692")
    return membership.CreateMemberRequest(member=member, request_id=request_id)


def shown(language):
    request = membership.GetMemberRequest(name="members/bilbo", language_code=language)
    name = register.GetMember(request, timeout=patience).shown_name
    say(language, name.text, name.language_code, name.fallback)


made = register.CreateMember(bilbao(), timeout=patience, metadata=registrar)
say("made", made.name, made.etag)

if what == "write":
    for language in ["es", "eu", "ar", "fr"]:
        shown(language)
    found = register.SearchMembers(membership.SearchMembersRequest(query="BILB"), timeout=patience)
    say("found", *[member.name for member in found.members])
    lookup = membership.LookupMemberRequest()
    lookup.identifier.scheme = member_pb2.Member.Identifier.WIKIDATA
    lookup.identifier.value = "Q8692"
    say("looked up", register.LookupMember(lookup, timeout=patience).name)
    refused(register.CreateMember, bilbao())
    refused(register.CreateMember, bilbao(), [("authorization", "Bearer " + token[:-8] + "AAAAAAAA")])
    bad = bilbao()
    bad.request_id = ""
    bad.member.display_name.values["es"] = "Bil\0bao"
    bad.member.country_code = "ZZ"
    refused(register.CreateMember, bad, registrar)
    change = membership.UpdateMemberRequest(member=made)
    change.member.level = member_pb2.Member.MUNICIPAL
    say("changed", register.UpdateMember(change, timeout=patience, metadata=registrar).level)
    refused(register.UpdateMember, change, registrar)
    change.update_mask.paths.append("nick_name")
    refused(register.UpdateMember, change, registrar)
    refused(register.ListMembers, membership.ListMembersRequest(filter="level = MUNICIPAL"))
else:
    history = membership.ListMemberRevisionsRequest(parent="members/bilbo")
    say("revisions", len(register.ListMemberRevisions(history, timeout=patience).revisions))

for response in register.WatchChanges(feed.WatchChangesRequest(), timeout=patience):
    kind = response.WhichOneof("event")
    if kind == "change":
        held = member_pb2.Member()
        response.change.resource.Unpack(held)
        say("watched", response.change.resource_name, held.country_code, held.level)
    if kind == "snapshot_end":
        break
