"""Python's view of the contract: compiles Protos once and imports what grpcio makes of it."""

import hashlib
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTOS = ROOT / "Protos"


def _compile(folder):
    import grpc_tools
    from grpc_tools import protoc

    include = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    packages = pathlib.Path(grpc_tools.__file__).parents[1]
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.glob("cabildo/**/*.proto"))
    made = tempfile.mkdtemp(dir=folder.parent)
    code = protoc.main(
        ["protoc", f"-I{PROTOS}", f"-I{include}", f"-I{packages}",
         f"--python_out={made}", f"--grpc_python_out={made}"] + sources)
    if code != 0:
        raise SystemExit(f"protoc ended with {code}")
    try:
        os.rename(made, folder)
    except OSError:
        pass  # another process was first


def load():
    """Makes `import cabildo.membership.v1…` work."""
    digest = hashlib.sha256()
    for path in sorted(PROTOS.glob("cabildo/**/*.proto")):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    folder = ROOT / ".build" / "stubs" / digest.hexdigest()[:16]
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not folder.exists():
        _compile(folder)
    sys.path.insert(0, str(folder))
