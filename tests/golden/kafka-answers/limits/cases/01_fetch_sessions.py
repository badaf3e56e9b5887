"""Fetch sessions when there is room for eight."""


def cases(k):
    id = k.topic("ls-there", 3)

    def rows(*partitions):
        rows = [{"partition": partition, "partition_max_bytes": 1000, "fetch_offset": 0} for partition in partitions]
        return [{"topic": "ls-there", "topic_id": id, "partitions": rows}] if rows else []

    def ask(title, session, epoch, *partitions, version=13):
        k.case(title, "Fetch", version, {"error_code", "session_id", "partition_index"}, max_wait_ms=0, min_bytes=0, session_id=session, session_epoch=epoch, topics=rows(*partitions))
        return k.last["session_id"]

    def opened(title, count=20):
        found = [k.ask("Fetch", 13, {"max_wait_ms": 0, "min_bytes": 0, "session_epoch": 0, "topics": rows(0)})["session_id"] for _ in range(count)]
        numbers = [number for number in found if number]
        k.note("Fetch", 13, title, f"{len(numbers)} of {count}, {len(set(numbers))} different")
        return numbers

    numbers = opened("sessions asked for")
    ask("no room", 0, 0, 0)
    ask("no room for a larger one", 0, 0, 0, 1, 2)
    for number in numbers[:2]:
        ask("one that there is", number, 1)
        ask("one that there is, wrong epoch", number, 1)
        ask("one that there is, with a partition more", number, 2, 1)
    for number in numbers:
        k.ask("Fetch", 13, {"max_wait_ms": 0, "min_bytes": 0, "session_id": number, "session_epoch": -1})
    ask("closed", numbers[3], 1)
    opened("sessions asked for again")
