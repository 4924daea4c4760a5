"""Lists as people write them. Pure."""

from collections.abc import Sequence


def listed(parts: Sequence[str], last: str = "and") -> str:
    """`a, b and c`; empty for no parts."""
    if len(parts) < 2:  # noqa: PLR2004 - one needs no conjunction
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"
