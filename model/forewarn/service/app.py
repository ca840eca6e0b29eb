"""The application: the endpoints and what stands around them, put together."""

import gc
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

from forewarn import __version__
from forewarn.predict import load
from forewarn.service import about, corrections, labelling, moderations, refusals
from forewarn.service.gate import Gate
from forewarn.service.metrics import Counting, Metrics
from forewarn.service.pages import PageReader
from forewarn.service.scoring import Scorer
from forewarn.service.settings import FOR_WORKERS, Settings, read_keys
from forewarn.service.state import Service
from forewarn.service.store import Store

PAGE = Path(__file__).parent / "page"


def create_app(settings: Settings) -> FastAPI:
    """Return the application that settings describe, its model loaded.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    ForewarnError
        If the model, the key file or the file of corrections cannot be used, or the service would
        be open to others by accident.
    """
    settings.check()
    keys = None if settings.api_key_file is None else read_keys(settings.api_key_file)
    classifier = load(settings.model)
    metrics = Metrics(classifier.info)
    service = Service(
        scorer=Scorer(classifier),
        pages=PageReader(settings.patience.page),
        metrics=metrics,
        store=None if settings.corrections is None else Store(settings.corrections),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, object]]:
        _collect_rarely()
        yield {"service": service, "patience": settings.patience}
        service.close()

    # The documentation's scripts come along: nothing is fetched from elsewhere.
    app = FastAPIOffline(
        title="forewarn",
        version=__version__,
        summary="Content warnings for violent news.",
        description=(
            "How graphic an article is, what kind of violence it is about, which sentences say so "
            "and how sure that is; and the same in other people's vocabularies."
        ),
        docs_url="/docs",
        redoc_url=None,
        lifespan=lifespan,
    )
    refusals.install(app)
    for part in (labelling, moderations, corrections, about):
        app.include_router(part.router)
    _serve_page(app)
    bound = None if keys is not None or settings.insecure else settings.host
    app.add_middleware(Gate, keys=keys, host=bound, seconds=settings.patience.answer)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )
    app.add_middleware(Counting, metrics=metrics)
    return app


def create_worker() -> FastAPI:
    """Return the application of one of several workers, by the settings left for it."""
    Thread(target=_end_with_parent, daemon=True).start()
    return create_app(Settings.from_json(os.environ[FOR_WORKERS]))


def _end_with_parent() -> None:
    """Stop when the process that watches over the workers is gone, and free the address."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _collect_rarely() -> None:
    """Have garbage collection leave the service alone most of the time.

    It goes through the requests under way again and again, and finds them in use: at 64
    connections that took a third of the time of a request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _serve_page(app: FastAPI) -> None:
    app.mount("/static", StaticFiles(directory=PAGE), name="static")

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html", media_type="text/html")
