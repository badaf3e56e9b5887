"""Spark Connect's own rules, and bad input, by the bare messages of PySpark's client.

    python protocol.py HOST:PORT
"""

import pathlib
import socket
import sys
import uuid
import warnings

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parent.parent / "kafka"), str(HERE.parent)]
import grpc
from checks import check, end, equal
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto import base_pb2_grpc, commands_pb2, relations_pb2

ADDRESS = sys.argv[1]
BIG = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
stub = base_pb2_grpc.SparkConnectServiceStub(grpc.insecure_channel(ADDRESS, options=BIG))
SESSION = str(uuid.uuid4())


def plan(relation):
    return pb.Plan(root=relation)


def rows(count):
    return relations_pb2.Relation(range=relations_pb2.Range(start=0, end=count, step=1))


def request(plan, session=SESSION, operation=None, reattachable=True):
    option = pb.ExecutePlanRequest.RequestOption(reattach_options=pb.ReattachOptions(reattachable=reattachable))
    return pb.ExecutePlanRequest(session_id=session, plan=plan, request_options=[option], operation_id=operation,
                                 user_context=pb.UserContext(user_id="protocol"))


def again(operation, last=None, observed=None):
    return stub.ReattachExecute(pb.ReattachExecuteRequest(
        session_id=SESSION, operation_id=operation, last_response_id=last,
        client_observed_server_side_session_id=observed, user_context=pb.UserContext(user_id="protocol")))


def release(operation, until=None):
    what = {"release_all": pb.ReleaseExecuteRequest.ReleaseAll()}
    if until:
        what = {"release_until": pb.ReleaseExecuteRequest.ReleaseUntil(response_id=until)}
    return stub.ReleaseExecute(pb.ReleaseExecuteRequest(
        session_id=SESSION, operation_id=operation, user_context=pb.UserContext(user_id="protocol"), **what))


def complete(stream):
    """The responses up to the one that says that there are no more."""
    found = []
    for response in stream:
        found.append(response)
        if response.HasField("result_complete"):
            return found
    raise AssertionError("the stream ended without result_complete")


def refused(action, text):
    try:
        action()
    except grpc.RpcError as error:
        if text not in error.details():
            raise AssertionError(f"{error.code()}: {error.details()}") from error
    else:
        raise AssertionError("it was not refused")


with check("a client that comes back gets the rest, as often as it likes"):
    operation = str(uuid.uuid4())
    first = stub.ExecutePlan(request(plan(rows(50_000)), operation=operation))
    seen = [next(first), next(first)]
    first.cancel()
    rest = complete(again(operation, seen[-1].response_id))
    ids = [response.response_id for response in seen + rest]
    equal([response.response_id for response in complete(again(operation))], ids)
    equal(sum(response.arrow_batch.row_count for response in seen + rest), 50_000)
    equal(len({response.server_side_session_id for response in seen + rest}), 1)

with check("what was released cannot be had again"):
    release(operation, ids[1])
    equal([response.response_id for response in complete(again(operation))], ids[2:])
    refused(lambda: next(again(operation, ids[0])), "INVALID_CURSOR.POSITION_NOT_FOUND")
    refused(lambda: next(stub.ExecutePlan(request(plan(rows(1)), operation=operation))),
            "INVALID_HANDLE.OPERATION_ALREADY_EXISTS")
    release(operation)
    refused(lambda: next(again(operation)), "INVALID_HANDLE.OPERATION_NOT_FOUND")

with check("the newest reader is the only one"):
    operation = str(uuid.uuid4())
    old = stub.ExecutePlan(request(plan(rows(10)), operation=operation))
    responses = complete(old)
    complete(again(operation))
    refused(lambda: next(old), "INVALID_CURSOR.DISCONNECTED")
    release(operation)

with check("an operation that cannot be reattached"):
    operation = str(uuid.uuid4())
    stream = stub.ExecutePlan(request(plan(rows(10)), operation=operation, reattachable=False))
    equal([response.WhichOneof("response_type") for response in stream][-1], "result_complete")
    refused(lambda: next(again(operation)), "INVALID_HANDLE.OPERATION_NOT_FOUND")

with check("sessions: their ids, their server, their end"):
    refused(lambda: next(stub.ExecutePlan(request(plan(rows(1)), session="no uuid"))), "INVALID_HANDLE.FORMAT")
    refused(lambda: next(again(str(uuid.uuid4()), observed="another")), "INVALID_HANDLE.SESSION_CHANGED")
    other = str(uuid.uuid4())
    complete(stub.ExecutePlan(request(plan(rows(1)), session=other)))
    stub.ReleaseSession(pb.ReleaseSessionRequest(session_id=other, user_context=pb.UserContext(user_id="protocol")))
    refused(lambda: next(stub.ExecutePlan(request(plan(rows(1)), session=other))), "INVALID_HANDLE.SESSION_CLOSED")

with check("an interrupt"):
    operation = str(uuid.uuid4())
    wait = commands_pb2.Command()
    wait.streaming_query_manager_command.await_any_termination.SetInParent()
    stream = stub.ExecutePlan(request(pb.Plan(command=wait), operation=operation))
    # A call begins when it likes; its headers come when the server has taken the operation on.
    stream.initial_metadata()
    interrupt = pb.InterruptRequest(
        session_id=SESSION, interrupt_type=pb.InterruptRequest.InterruptType.INTERRUPT_TYPE_OPERATION_ID,
        operation_id=operation, user_context=pb.UserContext(user_id="protocol"))
    equal(list(stub.Interrupt(interrupt).interrupted_ids), [operation])
    refused(lambda: next(stream), "OPERATION_CANCELED")


def field(number, data):
    """A field of bytes, as protobuf writes it."""
    head = bytearray()
    for value in (number << 3 | 2, len(data)):
        while value > 127:
            head.append(value & 127 | 128)
            value >>= 7
        head.append(value)
    return bytes(head) + data


def nested(depth):
    """The bytes of a request whose plan is `depth` limits deep; no library would write it."""
    relation = rows(1).SerializeToString()
    for _ in range(depth):
        relation = field(8, field(1, relation))
    return request(pb.Plan()).SerializeToString() + field(3, field(1, relation))


def local(data, schema="a INT"):
    return plan(relations_pb2.Relation(local_relation=relations_pb2.LocalRelation(data=data, schema=schema)))


BAD = [
    ("no plan", pb.Plan(), "holds no plan"),
    ("a relation without a kind", plan(relations_pb2.Relation()), "does not know"),
    ("a relation without its input", plan(relations_pb2.Relation(limit=relations_pb2.Limit(limit=1))), "input"),
    ("rows that are no Arrow stream", local(b"\xff" * 100), ""),
    ("a stream that promises 2 GiB", local(b"\xff\xff\xff\xff\xff\xff\xff\x7f" + b"\0" * 16), ""),
    ("a schema that is none", local(None, "a NOSUCHTYPE"), "INVALID_SCHEMA.PARSE_ERROR"),
    ("a schema of 100,000 levels", local(None, "array<" * 100_000), "INVALID_SCHEMA.PARSE_ERROR"),
    ("a compressed plan", pb.Plan(compressed_operation=pb.Plan.CompressedOperation(data=b"x")), "CANNOT_PARSE"),
]
for name, bad, text in BAD:
    with check(f"bad input: {name}"):
        refused(lambda: complete(stub.ExecutePlan(request(bad))), text)

with check("bad input: a plan of 10,000 levels"):
    raw = grpc.insecure_channel(ADDRESS, options=BIG).unary_stream(
        "/spark.connect.SparkConnectService/ExecutePlan", request_serializer=bytes,
        response_deserializer=pb.ExecutePlanResponse.FromString)
    refused(lambda: complete(raw(nested(10_000))), "recursion limit reached")

with check("bad input: a message of 100 MB"):
    refused(lambda: complete(stub.ExecutePlan(request(local(b"\0" * 100_000_000)))), "message length too large")

with check("bad input: bytes that are no HTTP/2"):
    host, port = ADDRESS.rsplit(":", 1)
    for junk in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 10_000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 1000):
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            raw.sendall(junk)

with check("the server serves on"):
    equal(sum(r.arrow_batch.row_count for r in complete(stub.ExecutePlan(request(plan(rows(3)))))), 3)
end()
