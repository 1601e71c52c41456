"""The register of members under measurement: its program, its callers' token, its members.

A store of a million is a store of a thousand whose rows are copied under new names: by SQL, since
as many writes would take an hour, but as the service wrote them in every column.
"""

import hashlib
import pathlib
import shutil
import sqlite3
import subprocess
import uuid

import grpc

import servers
from process import Program, work_folder

COUNTRIES = ["ES", "FR", "BR", "KE"]
SECTIONS = ["africa", "europe", "america"]
KINDS = ["CITY", "REGION", "ASSOCIATE"]
# What became of their application; of some nothing is known.
STEPS = [["APPLICANT", "ACTIVE"], []]
STATUSES = ["ACTIVE", "STATUS_UNSPECIFIED"]


def stubs():
    from cabildo.membership.v1 import member_pb2, membership_pb2, membership_pb2_grpc

    return member_pb2, membership_pb2, membership_pb2_grpc


class Register(servers.Server):
    """`cabildo-membership` on a store of its own; every caller shows a token."""

    def __init__(self, folder):
        super().__init__("cabildo-membership")
        self.folder = folder
        self.key = work_folder() / f"{folder.name}.public.pem"
        self.key.unlink(missing_ok=True)
        token = subprocess.run(
            [servers.built("bench-token"), self.key], capture_output=True, text=True, check=True)
        self.token = token.stdout.strip()

    def command(self):
        return [servers.built("cabildo-membership"), "--listen", self.target, "--loops", 1,
                "--data-dir", self.folder, "--token-keys-file", self.key]

    @property
    def credentials(self):
        return [("authorization", f"Bearer {self.token}")]

    def stub(self, channel):
        return stubs()[2].MembershipServiceStub(channel)


def member(index):
    member_pb2, *_ = stubs()
    message = member_pb2.Member(
        name=f"members/town-{index:07d}", kind=KINDS[index % len(KINDS)],
        country_code=COUNTRIES[index // 3 % len(COUNTRIES)],
        section=f"sections/{SECTIONS[index // 12 % len(SECTIONS)]}",
        access_level="PUBLIC", level="MUNICIPAL", languages=["en", "es"])
    message.display_name.values["en"] = f"Town {index:07d}"
    message.display_name.original_language = "en"
    message.population.inhabitants = inhabitants(index)
    message.population.source = "made up for a benchmark"
    message.identifiers.add(scheme="GEONAMES", value=str(1_000_000 + index))
    for year, status in enumerate(STEPS[index // 36 % len(STEPS)], start=2001):
        message.status_steps.add(status=status, document="benchmark").date.CopyFrom(day(year))
    message.sources.add(document="benchmark", locator=str(index))
    return message


def inhabitants(index):
    return 1000 + index * 7919 % 1_000_003


def day(year):
    from cabildo.type.v1 import partial_date_pb2

    return partial_date_pb2.PartialDate(precision="YEAR", year=year)


def fill(register, count):
    """So many members through the service's own import."""
    member_pb2, pb, _ = stubs()
    from cabildo.membership.v1 import member_import_pb2 as imports

    with grpc.insecure_channel(register.target) as channel:
        stub = register.stub(channel)
        for id in SECTIONS:
            section = member_pb2.Section(kind="REGIONAL")
            section.display_name.values["en"] = id
            section.display_name.original_language = "en"
            stub.CreateSection(
                pb.CreateSectionRequest(section=section, section_id=id, request_id=new_id()),
                metadata=register.credentials, timeout=20)
        rows = (imports.PlanMemberImportRequest(rows=[
            imports.PlanMemberImportRequest.Row(row=index + 1, member=member(index))
            for index in range(first, min(first + 500, count))])
            for first in range(0, count, 500))
        *_, last = stub.PlanMemberImport(rows, metadata=register.credentials, timeout=300)
        plan = last.member_import
        if plan.summary.creates != count:
            raise RuntimeError(f"the plan is another: {plan}")
        *_, last = stub.ApplyMemberImport(
            imports.ApplyMemberImportRequest(name=plan.name, request_id=new_id()),
            metadata=register.credentials, timeout=300)
        if last.member_import.state != imports.MemberImport.APPLIED:
            raise RuntimeError(f"the import was not applied: {last}")


def new_id():
    return str(uuid.uuid4())


def filled(count):
    """The folder of a store with so many members; kept from run to run while the schema is one."""
    schema = hashlib.sha256(b"".join(
        path.read_bytes() for path in sorted(
            (servers.HERE / "Product/Services/Membership/Store/Migrations").glob("*.sql")))
        + pathlib.Path(__file__).read_bytes()).hexdigest()[:12]
    folder = work_folder() / f"register-{count}-{schema}"
    if (folder / "filled").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    if count <= 20_000:
        register = Register(folder)
        with Program("filling the register", register.command(), register.port):
            fill(register, count)
    else:
        shutil.copytree(filled(1000), folder, ignore=shutil.ignore_patterns("filled"))
        multiply(folder / "membership.sqlite", count)
    (folder / "filled").touch()
    return folder


def multiply(path, count):
    """Copies the thousand members of a store until they are so many."""
    with sqlite3.connect(path, isolation_level=None) as store:
        for setting in ["synchronous = OFF", "cache_size = -1000000", "temp_store = MEMORY"]:
            store.execute(f"PRAGMA {setting}")
        indexes = store.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        store.execute("BEGIN")
        for name, _ in indexes:
            store.execute(f"DROP INDEX {name}")
        make_copies(store, count)
        for table in ["member", "member_name", "member_identifier"]:
            store.execute(COPY[table])
        copy_revisions(store)
        for _, sql in indexes:
            store.execute(sql)
        store.execute("COMMIT")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


def make_copies(store, count):
    """A table of who is to be made of whom: the indexes of both, and their numbers."""
    store.execute(
        """
        CREATE TEMP TABLE copy AS
        WITH RECURSIVE original AS (
          SELECT number, CAST(substr(id, 6) AS INTEGER) AS place FROM member
        ), times(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM times WHERE n < ?)
        SELECT o.number AS of_number, o.place AS of_place, o.place + n * 1000 AS place,
          (SELECT MAX(number) FROM member) + o.place + n * 1000 AS number
        FROM times, original o
        """, (count // 1000 - 1,))


# Rows as the service would have written them for the copies.
COPY = {
    "member": """
        INSERT INTO member (number, id, uid)
        SELECT number, printf('town-%07d', place), printf('00000000-0000-4000-8000-%012d', place)
        FROM copy ORDER BY number
        """,
    "member_name": """
        INSERT INTO member_name (word, member, recorded_from, valid_from)
        SELECT CASE WHEN substr(word, -7) = CAST(printf('%07d', of_place) AS BLOB)
            THEN CAST(substr(word, 1, length(word) - 7) || printf('%07d', place) AS BLOB)
            ELSE word END AS made, number, recorded_from, valid_from
        FROM copy JOIN member_name ON member = of_number ORDER BY made, number
        """,
    "member_identifier": """
        INSERT INTO member_identifier (scheme, value, member, recorded_from, recorded_until)
        SELECT scheme, CAST(1000000 + place AS TEXT), number, recorded_from, recorded_until
        FROM copy JOIN member_identifier ON member = of_number ORDER BY place
        """,
}


def copy_revisions(store):
    """The body says what the columns say, so each is a message of its own."""
    Member = stubs()[0].Member
    columns = [row[1] for row in store.execute("PRAGMA table_info(member_revision)")]
    at = columns.index
    originals = {}
    for row in store.execute("SELECT * FROM member_revision"):
        originals.setdefault(row[at("member")], []).append(row)

    def copies():
        for of_number, place, number in store.execute(
                "SELECT of_number, place, number FROM copy ORDER BY number"):
            for row in originals[of_number]:
                made = list(row)
                body = Member.FromString(row[at("body")])
                body.name = f"members/town-{place:07d}"
                body.uid = f"00000000-0000-4000-8000-{place:012d}"
                body.display_name.values["en"] = f"Town {place:07d}"
                body.population.inhabitants = inhabitants(place)
                body.identifiers[0].value = str(1_000_000 + place)
                made[at("member")] = number
                made[at("display_key")] = b"town %07d" % place
                made[at("population")] = body.population.inhabitants
                made[at("updated_at")] += place
                made[at("body")] = body.SerializeToString()
                yield made

    places = ", ".join("?" * len(columns))
    store.executemany(f"INSERT INTO member_revision VALUES ({places})", copies())
