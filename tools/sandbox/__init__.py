"""The sandbox: where every network that is built from generated source lives, from import to the end of training.

A *zygote*, started once with an empty environment, imports torch and holds the images: training images with labels,
validation and test images without. Each job is a process forked from it, which shuts itself in before it runs the
source, and a second one that watches the first, runs none of it, and ends it in time. Accuracies are computed out
here, from logits, so that whatever a network changes about torch or its trainer it can change its logits alone.

``sandbox`` is the door, ``jobs`` what can be asked, ``checks`` a first look at source, ``levels`` how well it is shut
in. In the zygote: ``zygote``, ``supervisor``, ``networks``, and ``confine`` with ``kernel`` and ``seccomp``. Between
the two: ``launch``, ``job_run``, ``wire``. Importing this loads no torch.

What holds at each level, found by trying when the zygote starts:

- ``none``: nothing, on systems other than Linux; no source is run.
- ``process``: a crash, an early exit, an exception, a time-out, too much memory, processor time or output end one job
  and are named. No environment of the parent's is passed on, descriptors are closed, root's capabilities dropped,
  files cannot be made longer than nothing, and what a job leaves running is killed. **Not** covered: reading files of
  this user, labels of data sets among them, and ``/proc`` of its other processes, keys in their environment included;
  deleting and emptying files; the network; signals to other processes; for root, many processes until time is up.
- ``filtered``: few system calls are left (seccomp), so no file is opened or looked for, no socket, process or program
  is started, no other process is signalled or looked into; trying is fatal and named, but for files, which fail as if
  without permission. Landlock is a second wall around files where the kernel has it. **Not** covered: holes in the
  kernel behind the calls that are left.
- ``contained``: also in namespaces of its own (bubblewrap): there is no network, no process of the machine's and no
  file but the system's libraries, Python's, and the folders of packages, read-only, behind the other walls.

Not covered at any level: what a network says of itself by inspection, scores and the share of weights that it began
with is its own word; and it may train by other means than the recipe's, on the images and within the time that it is
given. A GPU is not used.
"""

from __future__ import annotations

from illuminas.tools.evaluation.training.recipe import Trained
from illuminas.tools.sandbox.checks import SourceRefused, check_source
from illuminas.tools.sandbox.jobs import Inspection, Measures, Scoring
from illuminas.tools.sandbox.launch import probe
from illuminas.tools.sandbox.levels import Gap, Level, Limits, Reached
from illuminas.tools.sandbox.sandbox import Sandbox

__all__ = [
    "Gap",
    "Inspection",
    "Level",
    "Limits",
    "Measures",
    "Reached",
    "Sandbox",
    "Scoring",
    "SourceRefused",
    "Trained",
    "check_source",
    "probe",
]
