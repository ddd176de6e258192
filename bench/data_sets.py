"""The four data sets, which the bench makes by itself from seeds.

    python -m bench.data_sets make tree FOLDER 0.1        # a tenth of the size
    python -m bench.data_sets change tree FOLDER 0.1 2    # from the first revision to the second

This is a program of its own so that what it needs of memory and time is not taken for a backup's.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import image, large_files, tree


@dataclass(frozen=True, slots=True)
class DataSet:
    """What is backed up.

    `one_file` is what the restore of a single file asks for, "" where there is only one. `only` names the
    file that is the whole data set, a disk, "" for a folder of files.
    """

    name: str
    title: str
    make: Callable[[Path, float], None]
    change: Callable[[Path, int, float], None]
    one_file: str = ""
    only: str = ""


DATA_SETS: Mapping[str, DataSet] = {
    one.name: one
    for one in (
        DataSet("tree", "tree of files", tree.make, tree.change, one_file=tree.ONE_FILE),
        DataSet("image", "sparse disk image", image.make, image.change, only=image.NAME),
        DataSet(
            "incompressible",
            "incompressible",
            large_files.make_noise,
            large_files.change_noise,
            one_file=large_files.ONE_NOISE,
        ),
        DataSet("logs", "logs", large_files.make_logs, large_files.change_logs, one_file=large_files.ONE_LOG),
    )
}


def main(arguments: list[str]) -> None:
    """Make or change a data set, as the arguments say."""
    order, name, folder, scale, *revision = arguments
    chosen = DATA_SETS[name]
    if order == "make":
        chosen.make(Path(folder), float(scale))
    else:
        chosen.change(Path(folder), int(revision[0]), float(scale))


if __name__ == "__main__":
    main(sys.argv[1:])
