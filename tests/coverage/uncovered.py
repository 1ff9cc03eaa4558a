"""Says which regions of given source files never ran, from what `llvm-cov export` says; fails if there is one.

Arguments: the export, the folder the files are named from, the files.
"""

import json
import sys

CODE = 0  # The kind of a region that is code; others are gaps and expansions of macros.


def main(export: str, root: str, files: list[str]) -> int:
    wanted = {f"{root}/{file}": file for file in files}
    counts: dict[tuple[str, int, int, int, int], int] = {}
    with open(export) as exported:
        functions = json.load(exported)["data"][0]["functions"]
    for function in functions:
        for line, column, last_line, last_column, count, number, _, kind in function["regions"]:
            file = wanted.get(function["filenames"][number])
            if kind == CODE and file:
                place = (file, line, column, last_line, last_column)
                counts[place] = counts.get(place, 0) + count
    never = sorted(place for place, count in counts.items() if count == 0)
    for file, line, column, last_line, last_column in never:
        print(f"coverage: {file}:{line}:{column} to {last_line}:{last_column} never ran")
    # A file that was moved must not pass for one whose regions all ran.
    empty = sorted(set(files) - {place[0] for place in counts})
    for file in empty:
        print(f"coverage: {file} has no regions")
    print(f"coverage: {len(counts) - len(never)} of {len(counts)} regions of the packet fast path ran")
    return 1 if never or empty else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
