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
# What a member's steps lead to.
STEPS = [["APPLICANT", "ACTIVE"], ["APPLICANT", "ACTIVE", "SUSPENDED"], ["APPLICANT"]]
STATUSES = [steps[-1] for steps in STEPS]


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


def member(index, name=None):
    member_pb2, *_ = stubs()
    message = member_pb2.Member(
        name=name or f"members/town-{index}", kind=KINDS[index % len(KINDS)],
        country_code=COUNTRIES[index // 3 % len(COUNTRIES)],
        section=f"sections/{SECTIONS[index // 12 % len(SECTIONS)]}",
        access_level="PUBLIC", level="MUNICIPAL", languages=["en", "es"])
    message.display_name.values["en"] = f"Town of Benchmark {index:07d}"
    message.display_name.values["es"] = f"Villa de la Medida {index:07d}"
    message.display_name.original_language = "en"
    message.population.inhabitants = 1000 + index * 7919 % 1_000_000
    message.population.source = "made up for a benchmark"
    message.identifiers.add(scheme="GEONAMES", value=str(index + 1))
    for year, status in enumerate(STEPS[index // 36 % len(STEPS)], start=2001):
        message.status_steps.add(status=status).date.CopyFrom(day(year))
    message.sources.add(document="benchmark", locator=str(index))
    return message


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
        shutil.copytree(filled(1000), folder)
        multiply(folder / "membership.db", count)
    (folder / "filled").touch()
    return folder


def multiply(path, count):
    """Copies the thousand members of a store until they are so many."""
    with sqlite3.connect(path) as store:
        store.execute("PRAGMA synchronous = OFF")
        store.execute("PRAGMA cache_size = -1000000")
        indexes = store.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            store.execute(f"DROP INDEX {name}")
        for table in ["member", "member_revision", "member_name", "member_identifier"]:
            copy(store, table, count)
        for _, sql in indexes:
            store.execute(sql)
    store.execute("ANALYZE") if analyzed(store) else None
    store.close()
    with sqlite3.connect(path) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


def analyzed(store):
    return store.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchone()


def copy(store, table, count):
    columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
    places = ", ".join("?" * len(columns))
    originals = {}
    for row in store.execute(f"SELECT * FROM {table}").fetchall():
        fields = dict(zip(columns, row))
        number = fields["number"] if table == "member" else fields["member"]
        originals.setdefault(number, []).append(fields)
    numbers = sorted(originals)
    highest = numbers[-1]

    def copies():
        for index in range(len(numbers), count):
            original = numbers[index % len(numbers)]
            for fields in originals[original]:
                yield tuple(renamed(table, fields, index, highest + index).values())

    store.executemany(f"INSERT INTO {table} VALUES ({places})", copies())


def renamed(table, fields, index, number):
    """The row as the service would have written it for the member of this index."""
    fields = dict(fields)
    made = f"{index:07d}"
    if table == "member":
        return fields | {
            "number": number, "id": f"town-{index}", "uid": str(uuid.UUID(int=index))}
    fields["member"] = number
    if table == "member_revision":
        body = member(index)
        old = stubs()[0].Member.FromString(fields["body"])
        old.name, old.uid = body.name, str(uuid.UUID(int=index))
        for language in ["en", "es"]:
            old.display_name.values[language] = body.display_name.values[language]
        old.population.inhabitants = body.population.inhabitants
        old.identifiers[0].value = body.identifiers[0].value
        fields["body"] = old.SerializeToString()
        fields["display_key"] = fields["display_key"][:-7] + made.encode()
        fields["population"] = old.population.inhabitants
        fields["updated_at"] += index
    elif table == "member_name" and fields["word"][-7:].isdigit():
        fields["word"] = fields["word"][:-7] + made.encode()
    elif table == "member_identifier":
        fields["value"] = str(index + 1)
    return fields
