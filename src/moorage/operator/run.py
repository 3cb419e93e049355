"""The operator's process: one round of watches after another, and workers beside them.

A round ends when the cluster gains or loses an API that registries use, or when a watch fails for
good; the next begins with what there is then. Only a signal ends the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

import kopf
import structlog
from aiohttp import web
from kubernetes_asyncio import config
from kubernetes_asyncio.client.api_client import ApiClient

from moorage.operator.cluster import Cluster, ClusterError
from moorage.operator.handlers import Watcher, kopf_settings, register
from moorage.operator.platform import Platform
from moorage.operator.reconcile import Reconciler

WORKERS = 8
"""Registries looked at at a time."""
DISCOVERY_SECONDS = 10.0
"""How soon a new API, such as Gateway's, is taken note of."""
WAIT_SECONDS = 5.0

log = structlog.get_logger("moorage.operator")


@dataclass(frozen=True, slots=True)
class Options:
    platform: Platform
    namespaces: list[str] | None
    """None watches all of them."""
    health_host: str
    health_port: int


@dataclass(slots=True)
class State:
    """For the probes."""

    is_ready: bool = False
    problem: str = "starting"
    looks: int = 0


async def run(options: Options) -> None:
    """Until SIGTERM or SIGINT."""
    state = State()
    await _load_credentials()
    async with ApiClient() as client:
        cluster = Cluster(client)
        async with _health(options, cluster, state):
            while True:
                apis = await _discover(cluster, state)
                platform = replace(options.platform, apis=apis)
                if await _round(cluster, platform, options, state):
                    return


async def _load_credentials() -> None:
    try:
        config.load_incluster_config()  # type: ignore[no-untyped-call]
    except config.ConfigException:
        await config.load_kube_config()


async def _discover(cluster: Cluster, state: State) -> frozenset[str]:
    """The optional APIs, as soon as QuayRegistry is defined."""
    while True:
        try:
            apis, is_defined = await cluster.optional_apis()
            if is_defined:
                return apis
            state.problem = "QuayRegistry is not defined: moorage operator crd | kubectl apply -f -"
        except ClusterError as error:
            state.problem = str(error)
        log.warning("waiting", problem=state.problem)
        await asyncio.sleep(WAIT_SECONDS)


async def _round(cluster: Cluster, platform: Platform, options: Options, state: State) -> bool:
    """Watch and work until the APIs change (False) or the process is to end (True)."""
    watcher = Watcher(cluster)
    reconciler = Reconciler(cluster, watcher.store, platform)
    stop = asyncio.Event()
    try:
        await watcher.list_everything(platform, options.namespaces)
    except ClusterError as error:
        state.is_ready, state.problem = False, str(error)
        log.error("cannot watch", problem=str(error))
        await asyncio.sleep(WAIT_SECONDS)
        return False
    log.info("operator watches", namespaces=options.namespaces or "all", apis=sorted(platform.apis))
    tasks = [asyncio.create_task(_work(watcher, reconciler, state)) for _ in range(WORKERS)]
    tasks.append(asyncio.create_task(_notice_apis(cluster, platform, stop)))
    state.is_ready = True
    try:
        await kopf.operator(
            registry=register(watcher, platform),
            settings=kopf_settings(),
            standalone=True,
            clusterwide=options.namespaces is None,
            namespaces=options.namespaces or (),
            stop_flag=stop,
        )
    except Exception as error:  # a watch that is refused for good: whatever it is, try once more
        state.problem = f"{type(error).__name__}: {error}"
        log.error("watches ended", problem=state.problem)
        await asyncio.sleep(WAIT_SECONDS)
        return False
    finally:
        state.is_ready = False
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return not stop.is_set()


async def _work(watcher: Watcher, reconciler: Reconciler, state: State) -> None:
    while True:
        key = await watcher.queue.take()
        state.looks += 1
        try:
            after = await reconciler.reconcile(key)
        except ClusterError as error:
            seconds = watcher.queue.failed(key)
            log.warning("look failed", registry=key, problem=str(error), again_in_seconds=seconds)
        except Exception as error:  # our mistake: it must not keep the other registries waiting
            seconds = watcher.queue.failed(key)
            log.error("look failed", registry=key, exc_info=error, again_in_seconds=seconds)
        else:
            watcher.queue.done(key, after)


async def _notice_apis(cluster: Cluster, platform: Platform, stop: asyncio.Event) -> None:
    while True:
        await asyncio.sleep(DISCOVERY_SECONDS)
        with suppress(ClusterError):
            apis, is_defined = await cluster.optional_apis()
            if apis != platform.apis or not is_defined:
                log.info("the cluster's APIs changed", before=sorted(platform.apis))
                stop.set()
                return


@asynccontextmanager
async def _health(options: Options, cluster: Cluster, state: State) -> AsyncIterator[None]:
    """/healthz: the process turns. /readyz: it watches. /metrics: what it has done so far."""

    async def healthy(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def ready(_: web.Request) -> web.Response:
        text = "ok" if state.is_ready else state.problem
        return web.Response(status=200 if state.is_ready else 503, text=text)

    async def metrics(_: web.Request) -> web.Response:
        counts = {"requests": cluster.requests, "looks": state.looks}
        lines = (f"moorage_operator_{name}_total {count}\n" for name, count in counts.items())
        return web.Response(text="".join(lines))

    app = web.Application()
    answers = {"/healthz": healthy, "/readyz": ready, "/metrics": metrics}
    app.add_routes([web.get(path, answer) for path, answer in answers.items()])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, options.health_host, options.health_port).start()
    try:
        yield
    finally:
        await runner.cleanup()
