"""Two brokers, Apache Kafka and this one, that are asked the same and must say the same."""

import collections
import re
import time

from session import APIS, Session

# Errors that say "not yet": the question is asked again.
NOT_YET = {14, 15, 16, 51}
# Seconds after which that is an answer, too.
PATIENCE = 10
# Times that a broker gives by its own clock; those of the stories begin with 17000000.
CLOCK = re.compile(r"\b(?!17000000)1[789]\d{11}\b")
PRODUCER = re.compile(r"producer (\d+)")


class Differs(AssertionError):
    """The answers are not the same; its text is the story up to them."""


class World:
    """One broker, and what it has given out: the same names stand for its own values. `known` is the story's."""

    def __init__(self, address):
        self.session, self.known, self.producers = Session(address), {}, []

    def symbol(self, producer_id):
        """A producer id in the order in which they were seen."""
        if producer_id < 0:
            return str(producer_id)
        if producer_id not in self.producers:
            self.producers.append(producer_id)
        return f"P{self.producers.index(producer_id)}"

    def show(self, value, name=""):
        """The answer as text: lists sorted, own values as symbols."""
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}={self.show(item, key)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(sorted(self.show(item, name) for item in value)) + "]"
        if name == "producer_id":
            return self.symbol(value)
        if name in ("member_id", "leader") and value in self.known.get("members", []):
            return f"<member {self.known['members'].index(value)}>"
        text = self.session.show(value, None, name)
        return PRODUCER.sub(lambda found: f"producer {self.symbol(int(found[1]))}", CLOCK.sub("<time>", text))

    def ask(self, api, version, values):
        """The answer, as soon as it is one."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self.session.ask(api, version, values)
            if not NOT_YET.intersection(errors(answer)) or time.monotonic() > deadline:
                return answer
            time.sleep(0.005)


class Two:
    def __init__(self, kafka, here, name):
        self.worlds, self.name = (World(kafka), World(here)), name
        self.story, self.said = [], collections.Counter()
        served = [world.session.ask("ApiVersions", 0, {})["api_keys"] for world in self.worlds]
        self.ranges = {row["api_key"]: (row["min_version"], row["max_version"]) for row in served[0]}

    def hang_up(self):
        for world in self.worlds:
            world.session.hang_up()

    def each(self, do):
        """What a story stands on, of both."""
        return [do(world) for world in self.worlds]

    def range(self, api):
        """The versions that Apache Kafka serves."""
        return self.ranges[APIS[api][0].key]

    def tell(self, what, api, version, values, shown=None):
        """Asks both; `values` are made for each world. The answers, Kafka's first."""
        asked = [values(world) for world in self.worlds]
        answers = [world.ask(api, version, here) for world, here in zip(self.worlds, asked)]
        self.compare(what, api, version, answers, shown, asked[1])
        return answers

    def compare(self, what, api, version, answers, shown=None, asked=None):
        """Both have answered, and must have said the same."""
        show = shown or World.show
        kafka, here = (show(world, answer) if answer else "hangs up" for world, answer in zip(self.worlds, answers))
        self.said[api] += 1
        self.story.append(f"  {api} {version} {what}: {kafka}")
        self.must(kafka == here or "UNKNOWN_SERVER_ERROR" in kafka, f"asked: {asked}\n  here:  {here}")

    def must(self, holds, what):
        if not holds:
            raise Differs("\n".join([*self.story, f"  {what}"]))


def errors(answer):
    """Every error code of an answer."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name.endswith("error_code"):
                yield int(value)
            yield from errors(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from errors(value)
