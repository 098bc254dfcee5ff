"""What is said before a request is read."""

import socket

from gunicorn.http.errors import LimitRequestLine

from commands.streaming import Threads


def test_an_address_that_is_too_long_is_answered_in_both_languages() -> None:
    server, client = socket.socketpair()
    with client:
        with server:
            Threads.handle_error(
                object.__new__(Threads), None, server, ("127.0.0.1", 1), LimitRequestLine(9_000, 8_190)
            )
        answer = b"".join(iter(lambda: client.recv(4096), b"")).decode()
    head, body = answer.split("\r\n\r\n")
    assert head.startswith("HTTP/1.1 414 ")
    assert "输入的内容过长" in body
    assert "at most 200 characters" in body
