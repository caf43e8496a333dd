"""Files and folders that systems keep beside photographs for themselves: nobody has put them there as pictures."""

from pathlib import PurePosixPath

FOLDERS = frozenset(  # in lower case, as all names are compared
    (
        "__macosx",  # macOS, in its zips
        "network trash folder",
        "temporary items",
        "$recycle.bin",  # Windows
        "recycler",
        "recycled",
        "system volume information",
        "found.000",  # what chkdsk has found
        "lost+found",  # what fsck has found
        "@eadir",  # Synology: thumbnails
        "#recycle",
        "#snapshot",
        "@recycle",  # QNAP
        "@recently-snapshot",
    )
)
FILES = frozenset(("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r"))


def is_passed_over(name: str) -> bool:
    """Whether the file or folder is hidden, or a system's own, or lies in such a folder. The name has slashes.

    Hidden are, among others, .Trash-1000, .@__thumb and ._1.jpg, which macOS packs beside 1.jpg.
    """
    parts = [part.lower() for part in PurePosixPath(name).parts]
    return any(part.startswith(".") or part in FOLDERS for part in parts) or parts[-1] in FILES
