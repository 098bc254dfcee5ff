"""The settings of one installation; docs/settings.md lists them all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MOST_DAYS_AHEAD = 36_500
LAST_HOUR = 23


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class ClockAhead:
    """A clock that shows the moment so many days from now."""

    days: int

    def __call__(self) -> datetime:
        return utc_now() + timedelta(days=self.days)


@dataclass(frozen=True)
class MailServer:
    """The mail server that takes the digests; `hour` is from which hour of the day on, `pages` where the pages are.

    `security` is none, starttls or tls.
    """

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str
    hour: int
    pages: str


@dataclass(frozen=True)
class Settings:
    """Everything that differs between one desk and a municipality.

    `public_address` is where people from outside find the pages, empty where they are asked for under one name alone.
    Paths are absolute; `*_bytes`, `*_minutes`, `*_days` and `*_count` are whole numbers in that unit.
    """

    data_folder: Path
    database_url: str
    objects_url: str
    index_folder: Path
    secret_file: Path
    host: str
    port: int
    threads_count: int
    behind_https: bool
    time_zone: ZoneInfo
    upload_limit_bytes: int
    index_cache_bytes: int
    session_minutes: int
    loan_days: int
    mail: MailServer | None
    public_address: str
    demonstration: bool
    clock: Callable[[], datetime] = utc_now

    def now(self) -> datetime:
        """The present moment, aware, in the office's time zone."""
        return self.clock().astimezone(self.time_zone)

    def today(self) -> date:
        """The present day where the office is."""
        return self.now().date()


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from the environment; every one has a default that suits one desk.

    Raises ValueError naming the variable whose value cannot be read, or that only a demonstration may have.
    """

    def number(name: str, default: int) -> int:
        text = environ.get(name, str(default))
        if not text.isdecimal() or int(text) == 0:
            raise ValueError(f"{name} must be a whole number above 0, not {text!r}.")
        return int(text)

    def days_ahead(name: str) -> int:
        text = environ.get(name, "0")
        if not text.isdecimal() or int(text) > MOST_DAYS_AHEAD:
            raise ValueError(f"{name} must be a whole number of days up to {MOST_DAYS_AHEAD}, not {text!r}.")
        return int(text)

    def switch(name: str) -> bool:
        text = environ.get(name, "no").lower()
        if text not in {"yes", "no"}:
            raise ValueError(f"{name} must be yes or no, not {text!r}.")
        return text == "yes"

    def mail() -> MailServer | None:
        """The mail server; None where no host is named."""
        host, security = environ.get("ANJUAN_SMTP_HOST", ""), environ.get("ANJUAN_SMTP_SECURITY", "starttls")
        if security not in {"none", "starttls", "tls"}:
            raise ValueError(f"ANJUAN_SMTP_SECURITY must be none, starttls or tls, not {security!r}.")
        sender, pages = environ.get("ANJUAN_MAIL_FROM", ""), environ.get("ANJUAN_MAIL_PAGES", "").rstrip("/")
        port, hour = number("ANJUAN_SMTP_PORT", 587), number("ANJUAN_MAIL_HOUR", 8)
        user, password = environ.get("ANJUAN_SMTP_USER", ""), environ.get("ANJUAN_SMTP_PASSWORD", "")
        if hour > LAST_HOUR:
            raise ValueError(f"ANJUAN_MAIL_HOUR must be an hour from 1 to {LAST_HOUR}, not {hour}.")
        if not host:
            return None
        if "@" not in sender:
            raise ValueError("ANJUAN_MAIL_FROM must be an address where ANJUAN_SMTP_HOST is set.")
        if not pages.startswith(("http://", "https://")):
            raise ValueError("ANJUAN_MAIL_PAGES must be the address of the pages where ANJUAN_SMTP_HOST is set.")
        return MailServer(host, port, security, user, password, sender, hour, pages)

    def address(name: str) -> str:
        text = environ.get(name, "").rstrip("/")
        if text and not text.startswith(("http://", "https://")):
            raise ValueError(f"{name} must begin with http:// or https://, not {text!r}.")
        return text

    def zone(name: str, default: str) -> ZoneInfo:
        text = environ.get(name, default)
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name} must name a time zone such as {default}, not {text!r}.") from error

    data = Path(environ.get("ANJUAN_DATA_FOLDER", "data")).absolute()
    demonstration, days = switch("ANJUAN_DEMONSTRATION"), days_ahead("ANJUAN_DAYS_AHEAD")
    if days and not demonstration:
        raise ValueError("ANJUAN_DAYS_AHEAD moves the clock only where ANJUAN_DEMONSTRATION is yes.")
    return Settings(
        data_folder=data,
        database_url=environ.get("ANJUAN_DATABASE_URL", f"sqlite:///{data / 'anjuan.db'}"),
        objects_url=environ.get("ANJUAN_OBJECTS_URL", (data / "objects").as_uri()),
        index_folder=Path(environ.get("ANJUAN_INDEX_FOLDER", data / "index")).absolute(),
        secret_file=Path(environ.get("ANJUAN_SECRET_FILE", data / "secrets.json")).absolute(),
        host=environ.get("ANJUAN_HOST", "127.0.0.1"),
        port=number("ANJUAN_PORT", 8000),
        threads_count=number("ANJUAN_THREADS", 8),
        behind_https=switch("ANJUAN_BEHIND_HTTPS"),
        time_zone=zone("ANJUAN_TIME_ZONE", "Asia/Shanghai"),
        upload_limit_bytes=number("ANJUAN_UPLOAD_LIMIT_BYTES", 20 * 1024**3),
        index_cache_bytes=number("ANJUAN_INDEX_CACHE_BYTES", 64 * 1024**2),
        session_minutes=number("ANJUAN_SESSION_MINUTES", 480),
        loan_days=number("ANJUAN_LOAN_DAYS", 7),
        mail=mail(),
        public_address=address("ANJUAN_PUBLIC_ADDRESS"),
        demonstration=demonstration,
        clock=ClockAhead(days) if days else utc_now,
    )


def default_settings(data_folder: Path) -> Settings:
    """Settings for a desk that keeps everything below `data_folder`."""
    return read({"ANJUAN_DATA_FOLDER": str(data_folder)})
