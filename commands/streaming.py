"""The threads in which gunicorn answers, and the one page that has to be said before a request is read."""

from socket import socket
from typing import Any

from gunicorn.http.errors import LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker

# Whose language it is has not been read yet, hence both.
TOO_LONG = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>地址过长 / Address too long</title></head>
<body><h1>输入的内容过长</h1><p>请返回，缩短检索词或减少筛选条件后重试（检索词最多 200 字）。</p>
<div lang="en"><h1>What was typed is too long</h1>
<p>Go back and search for less, or with fewer filters: at most 200 characters at once.</p></div></body></html>
"""


class Threads(ThreadWorker):
    """Gunicorn's threads, which answer an address that is too long in the users' words."""

    def handle_error(self, req: Any, client: socket, addr: Any, exc: BaseException) -> None:
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        body = TOO_LONG.encode()
        head = (
            "HTTP/1.1 414 URI Too Long\r\nConnection: close\r\nContent-Type: text/html; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        client.sendall(head.encode() + body)
