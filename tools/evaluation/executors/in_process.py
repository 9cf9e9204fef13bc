"""Jobs in this process, each in a thread: for what is quick, and for functions that ask for it."""

from __future__ import annotations

import asyncio
import time
from typing import Any, ClassVar, Literal, TypeVar

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.executor import Executor, Job, JobResult, Kind, failed, judged

T = TypeVar("T")


class InProcess(Executor):
    """Threads of this process. They cannot be killed: a time-out is not kept, and what is cancelled runs to its end."""

    kills: ClassVar[bool] = False
    slots: ClassVar[Literal["one", "all", "none"]] = "none"

    def __init__(self) -> None:
        super().__init__()
        self._closed = False

    @classmethod
    def takes(cls, job: Job[Any]) -> bool:
        return job.kind is Kind.SCORE or bool(getattr(job.payload, "in_process", False))

    async def _run(self, job: Job[T]) -> JobResult[T]:
        if self._closed:
            raise IlluminasError("this executor is closed. Open another.")
        loop, over = asyncio.get_running_loop(), False

        def tell(done: int, total: int) -> None:
            if not over:
                job.on_progress(done, total)

        def pass_on(done: int, total: int) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(tell, done, total)

        began = time.perf_counter()
        try:
            return judged(await asyncio.to_thread(job.payload, pass_on), time.perf_counter() - began)
        except IlluminasError:
            raise
        except Exception as error:
            return failed(error)
        finally:
            over = True

    def close(self) -> None:
        self._closed = True
