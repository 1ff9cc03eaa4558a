"""Says which regions of given source files never ran, from what `llvm-cov export` says; fails if there is one."""

import json
import sys

CODE = 0  # The kind of a region that is code; others are gaps and expansions of macros.


def main(path: str, modules: list[str]) -> int:
    suffixes = tuple(f"/dns/src/{module}.rs" for module in modules)
    counts: dict[tuple[str, int, int, int, int], int] = {}
    with open(path) as exported:
        functions = json.load(exported)["data"][0]["functions"]
    for function in functions:
        for line, column, last_line, last_column, count, file, _, kind in function["regions"]:
            name = function["filenames"][file]
            if kind == CODE and name.endswith(suffixes):
                place = (name[name.index("/dns/src/") + 1 :], line, column, last_line, last_column)
                counts[place] = counts.get(place, 0) + count
    never = sorted(place for place, count in counts.items() if count == 0)
    for file, line, column, last_line, last_column in never:
        print(f"coverage: {file}:{line}:{column} to {last_line}:{last_column} never ran")
    print(f"coverage: {len(counts) - len(never)} of {len(counts)} regions of the packet fast path ran")
    return 1 if never or not counts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
