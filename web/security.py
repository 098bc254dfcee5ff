"""What every answer tells the browser: our own scripts and styles only, nothing framed, nothing guessed."""

import re
from collections.abc import Callable

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",  # Bootstrap draws its marks as data images
    "font-src 'self'",
    "media-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
))  # fmt: skip
NO_CAMERA = "camera=(), microphone=(), geolocation=()"
CAMERA = "camera=(self), microphone=(), geolocation=()"
SCANNING = {
    "lending.desk",
    "lending.scan_at_desk",
    "lending.undo_at_desk",
    "stocktake.count_page",
    "stocktake.take_typed",
}  # endpoints of pages that read barcodes with the camera
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
LOCAL_PATH = re.compile(r"/(?!/)[^\\\x00-\x20\x7f]*")
LARGEST_FORM_BYTES = 16 * 1024**2
UPLOADS = {
    "holdings.receive",
    "holdings.receive_form",
    "workflow.receive_document",
}  # endpoints that take a body of the upload limit
LARGEST_SHEET_BYTES = 64 * 1024**2
SHEETS = {"exchange.upload", "workflow.take_in_export"}  # endpoints that take a sheet, which is read into memory


def use_security(app: Flask, *, behind_https: bool, upload_limit_bytes: int, is_signed_in: Callable[[], bool]) -> None:
    """CSRF for every form, small bodies but for uploads, cookies that scripts cannot read, strict headers."""
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_FORM_BYTES,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=behind_https,
        WTF_CSRF_TIME_LIMIT=None,  # lives as long as the session
        WTF_CSRF_SSL_STRICT=behind_https,
    )

    @app.before_request
    def take_uploads() -> None:
        """Before CSRFProtect, which reads the form and so would spool a stranger's body to disk."""
        if request.endpoint in UPLOADS | SHEETS and is_signed_in():
            most = LARGEST_SHEET_BYTES if request.endpoint in SHEETS else upload_limit_bytes
            request.max_content_length = most + LARGEST_FORM_BYTES  # the form around the files

    CSRFProtect(app)

    @app.after_request
    def harden(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", CAMERA if request.endpoint in SCANNING else NO_CAMERA)
        if request.endpoint != "static" and not response.cache_control.private:
            headers["Cache-Control"] = "no-store"  # content that may be kept says so itself, as private
        return response


def local_path(path: str | None) -> str:
    """The path if it is one of ours, else the first page; browsers read `/\\host` and `/<tab>/host` as another host."""
    return path if path and LOCAL_PATH.fullmatch(path) else "/"
