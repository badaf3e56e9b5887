"""`toDebugString`: the plan as indented lines, in the shape that Spark prints."""

from typing import Callable, Optional

from millstream_spark.plan import Plan


def described(plan: Plan, partitions: Callable[[Plan], int], name: Optional[str]) -> str:
    """A shuffle ends a stage: what is before it stands deeper, after `+-` and its number of partitions."""
    lines: "list[str]" = []
    # (node, what stands before its line, the first of its stage)
    stack = [(plan, "", True)]
    while stack:
        plan, indent, first = stack.pop()
        title = f"{name} {plan.label}" if name else plan.label
        text, name = f"{title}[{plan.id}] at RDD []", None
        if first:
            count = f"({partitions(plan)}) "
            lines.append(f"{indent}{count}{text}")
            indent = indent.replace("+-", "  ") + " |" + " " * (len(count) - 2)
        else:
            lines.append(f"{indent}{text}")
        if plan.label == "ShuffledRDD":
            stack.append((plan.parents[0], indent.rstrip("| ") + " +-", True))
        else:
            stack.extend((parent, indent, False) for parent in reversed(plan.parents))
    return "\n".join(lines)
