"""Writes src/env_runner_client/_generated from proto/envrunner/v1/envrunner.proto, or says whether it is current.

    python scripts/generate.py [--check] PROTO_DIRECTORY

Wants the grpcio-tools of pyproject.toml's `dev`: with any other version the result differs. That version is old on purpose: code that it generates runs
with its own protobuf and every later one, the code of a newer one with newer ones alone.
"""
from __future__ import annotations

import pathlib
import re
import sys
import tempfile

import grpc_tools
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto
from grpc_tools import protoc

SOURCE = 'envrunner/v1/envrunner.proto'
TARGET = pathlib.Path(__file__).parent.parent / 'src' / 'env_runner_client' / '_generated'


def main(arguments: list[str]) -> int:
    check = '--check' in arguments
    (protos,) = (argument for argument in arguments if argument != '--check')
    generated = generate(protos)
    if not check:
        TARGET.mkdir(exist_ok=True)
        for name, text in generated.items():
            (TARGET / name).write_text(text, encoding='utf-8')
        return 0
    stale = [name for name, text in generated.items() if not (TARGET / name).is_file() or (TARGET / name).read_text(encoding='utf-8') != text]
    for name in stale:
        print(f'{TARGET / name} is not what {SOURCE} says: run scripts/generate.py', file=sys.stderr)
    return 1 if stale else 0


def generate(protos: str) -> dict[str, str]:
    """The files of the package, by name."""
    with tempfile.TemporaryDirectory() as directory:
        out = pathlib.Path(directory)
        include = pathlib.Path(grpc_tools.__file__).parent / '_proto'
        options = [f'--{kind}_out={out}' for kind in ('python', 'pyi', 'grpc_python')]
        if protoc.main(['protoc', f'-I{protos}', f'-I{include}', *options, f'--descriptor_set_out={out / "set"}', SOURCE]) != 0:
            raise SystemExit('protoc failed')
        files = {path.name: path.read_text(encoding='utf-8') for path in out.glob('envrunner/v1/*')}
        (descriptor,) = FileDescriptorSet.FromString((out / 'set').read_bytes()).file
    name = 'envrunner_pb2_grpc.py'
    files[name] = re.sub(r'^from envrunner\.v1 import ', 'from . import ', files[name], flags=re.MULTILINE)
    files['envrunner_pb2_grpc.pyi'] = stub_types(descriptor)
    files['__init__.py'] = f'"""Generated from {SOURCE} by scripts/generate.py."""\n'
    return files


def stub_types(descriptor: FileDescriptorProto) -> str:
    """Types of the services: the compiler writes those of messages alone."""
    kinds = {(False, False): 'UnaryUnary', (False, True): 'UnaryStream', (True, False): 'StreamUnary', (True, True): 'StreamStream'}

    def line(method: MethodDescriptorProto) -> str:
        kind = kinds[method.client_streaming, method.server_streaming]
        types = ', '.join(f'_pb.{name.rpartition(".")[2]}' for name in (method.input_type, method.output_type))
        return f'    {method.name}: grpc.{kind}MultiCallable[{types}]\n'

    stubs = (
        f'class {service.name}Stub:\n    def __init__(self, channel: grpc.Channel) -> None: ...\n' + ''.join(map(line, service.method))
        for service in descriptor.service
    )
    return 'import grpc\nfrom . import envrunner_pb2 as _pb\n\n' + '\n'.join(stubs)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
