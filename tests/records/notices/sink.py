"""A mail server in the same process that keeps what it is sent, and refuses or breaks off where it is told to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default


@dataclass
class Sink:
    """What has arrived; `refuse` answers the next so many mails with 451, `hang_up` breaks off after the data."""

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse: int = 0
    hang_up: int = 0


@contextmanager
def mail_sink() -> Iterator[Sink]:
    """A sink that listens on the loopback as long as the block lasts."""
    sink = Sink()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            self.say("220 sink")
            while line := self.rfile.readline():
                word = line.decode("ascii", "replace").strip()
                match word.upper().split(":")[0].split(" ")[0]:
                    case "QUIT":
                        self.say("221 bye")
                        return
                    case "DATA":
                        if self.take_data():
                            return
                    case "RCPT":
                        sink.recipients.append(word.partition(":")[2].strip().split(" ")[0].strip("<>"))
                        self.say("250 ok")
                    case _:
                        self.say("250 ok")

        def take_data(self) -> bool:
            """Read a mail; whether the connection is broken off."""
            self.say("354 go on")
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            if sink.refuse:
                sink.refuse -= 1
                self.say("451 later")
                return False
            sink.mails.append(message_from_bytes(b"".join(lines), policy=default))
            if sink.hang_up:
                sink.hang_up -= 1
                return True
            self.say("250 taken")
            return False

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        sink.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield sink
        finally:
            server.shutdown()
