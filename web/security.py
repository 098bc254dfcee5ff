"""What every answer tells the browser: our own scripts and styles only, nothing framed, nothing guessed."""

from flask import Flask, Response
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
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def use_security(app: Flask, *, behind_https: bool) -> None:
    """CSRF for every form, cookies that scripts cannot read, and strict headers on every answer."""
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=behind_https,
        WTF_CSRF_TIME_LIMIT=None,  # lives as long as the session
        WTF_CSRF_SSL_STRICT=behind_https,
    )
    CSRFProtect(app)

    @app.after_request
    def harden(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        headers.setdefault("Cache-Control", "no-store")  # files that may be kept say so themselves
        return response
