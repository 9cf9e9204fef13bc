"""Fetches one file from a model hub; run as a script in a process of its own, so that it can be stopped.

It imports nothing of illuminas, and never sends a token: ``hub.py REPOSITORY FILE FOLDER``.
"""

from __future__ import annotations

import sys


def main(repository: str, file: str, folder: str) -> None:
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    # One question first: the download itself would go on asking an unreachable hub for half a minute.
    get_hf_file_metadata(hf_hub_url(repository, file), token=False, timeout=5)
    hf_hub_download(repository, file, local_dir=folder, token=False, etag_timeout=5)


if __name__ == "__main__":
    main(*sys.argv[1:])
