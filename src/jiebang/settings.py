"""All settings, from the environment. Each engine is given by a URL, or embedded where there is none."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from jiebang.platform.db.roles import Role


class SettingsError(RuntimeError):
    """A setting is missing or unusable; the message says which and what to do, in one sentence."""


class Settings(BaseSettings):
    """The process's settings; every name is the environment variable in lower case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    data_dir: Path | None = Field(None, validation_alias="JIEBANG_DATA_DIR")
    secrets_dir: Path | None = Field(None, validation_alias="JIEBANG_SECRETS_DIR")
    secret_key_file: Path | None = Field(None, validation_alias="JIEBANG_SECRET_KEY_FILE")
    base_url: str = Field("http://127.0.0.1:8000", validation_alias="JIEBANG_BASE_URL")
    backup_key_file: Path | None = Field(None, validation_alias="JIEBANG_BACKUP_KEY_FILE")
    trusted_proxies: str = Field("", validation_alias="JIEBANG_TRUSTED_PROXIES")
    metrics_clients: str = Field("", validation_alias="JIEBANG_METRICS_CLIENTS")
    log_level: str = Field("INFO", validation_alias="JIEBANG_LOG_LEVEL")

    database_url: str | None = None
    database_admin_url: str | None = None
    database_admin_password_file: Path | None = None
    database_password_public_file: Path | None = None
    database_password_member_file: Path | None = None
    database_password_officer_file: Path | None = None
    database_password_reviewer_file: Path | None = None
    database_password_worker_file: Path | None = None
    database_password_owner_file: Path | None = None

    redis_password_file: Path | None = None
    redis_url: str | None = None

    s3_endpoint: str | None = None
    s3_public_endpoint: str | None = None
    s3_region: str = "us-east-1"
    s3_bucket: str = "jiebang"
    s3_access_key_file: Path | None = None
    s3_secret_key_file: Path | None = None

    smtp_url: str | None = None
    security_contact: str = Field("mailto:security@jiebang.example", validation_alias="JIEBANG_SECURITY_CONTACT")
    mail_from: str = "Jiebang <no-reply@jiebang.example>"
    mail_dir: Path | None = None

    @field_validator("redis_url")
    @classmethod
    def _with_password(cls, address: str | None, given: ValidationInfo) -> str | None:
        """Put the queue's password, where a file holds it, into its address."""
        path = given.data.get("redis_password_file")
        if address is None or path is None:
            return address
        url = urlsplit(address)
        return url._replace(netloc=f":{quote(_text(path), safe='')}@{url.netloc.rpartition('@')[2]}").geturl()

    @property
    def secure(self) -> bool:
        """Served over https: `Secure` cookies and HSTS."""
        return self.base_url.startswith("https://")

    def secret(self, name: str, given: Path | None) -> str:
        """A secret's text, from its own file or from the secrets directory.

        Raises:
            SettingsError: there is no such file.
        """
        path = given or (self.secrets_dir / name if self.secrets_dir else None)
        if path is None or not path.is_file():
            raise SettingsError(f"the secret {name!r} is missing: name its file or set JIEBANG_SECRETS_DIR")
        return _text(path)

    def password(self, role: Role) -> str:
        """The secret of one database login (`DATABASE_PASSWORD_<ROLE>_FILE`)."""
        return self.secret(f"database_{role.short}", getattr(self, f"database_password_{role.short}_file"))

    def connect(self, role: Role) -> dict[str, Any]:
        """Asyncpg's connect arguments for one login.

        Raises:
            SettingsError: no database is given.
        """
        if self.database_url is None:
            raise SettingsError("DATABASE_URL is not set")
        return {**_address(self.database_url), "user": role.value, "password": self.password(role)}

    def connect_admin(self) -> dict[str, Any]:
        """Asyncpg's connect arguments for the administrator (bootstrap alone).

        Raises:
            SettingsError: `DATABASE_ADMIN_URL` is not set.
        """
        if self.database_admin_url is None:
            raise SettingsError("DATABASE_ADMIN_URL is not set")
        url = urlsplit(self.database_admin_url)
        return {
            **_address(self.database_admin_url),
            "user": unquote(url.username or ""),
            "password": _text(given) if (given := self.database_admin_password_file) else unquote(url.password or ""),
        }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"the secret in {path} cannot be read: {error.strerror}") from None


def _address(database_url: str) -> dict[str, Any]:
    url = urlsplit(database_url)
    mode = parse_qs(url.query).get("sslmode", ["prefer"])[0]
    tls: Any = mode
    if mode == "verify-full":
        root = parse_qs(url.query).get("sslrootcert", [None])[0]
        tls = ssl.create_default_context(cafile=root)
    return {"host": url.hostname, "port": url.port or 5432, "database": url.path.lstrip("/"), "ssl": tls}
