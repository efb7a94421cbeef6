"""Gateways that behave badly, and what must not be seen of what was sent to them."""

import contextlib
import socket
import threading

import pytest

from loginradius_passwordless.backends import SMS, Call, DeliveryFailed

NUMBER, CODE, KEY = "+14155550123", "493827", "k3y-of-the-gateway"
TEXT = SMS(to=NUMBER, text=f"{CODE} ist Ihr Code für {{to}} & mehr.", reference="7d0f6c1e-aaaa-4bbb-8ccc-0123456789ab", kind="one_touch_login")  # fmt: skip
CALL = Call(to=NUMBER, text=f"Your code is {CODE}.", spoken="Your code is 4, 9, 3, 8, 2, 7.", reference=TEXT.reference, language="en-GB")  # fmt: skip


def failure(backend, message=TEXT):
    """Send, and return how it failed, once its words were seen to quote nothing."""
    with pytest.raises(DeliveryFailed) as raised:
        backend.send(message) if isinstance(message, SMS) else backend.call(message)
    assert_nothing_is_told(str(raised.value), repr(raised.value), repr(backend))
    return raised.value


def assert_nothing_is_told(*texts):
    for text in texts:
        for secret in (NUMBER, NUMBER[1:], NUMBER[2:], CODE, KEY):
            assert secret not in text


def logged_in(caplog):
    """What the test logged, with what is told of exceptions; not what the server of the test logs of its requests."""
    records = [record for record in caplog.get_records("call") if record.name != "werkzeug"]
    return "\n".join(caplog.handler.formatter.format(record) for record in records)


@contextlib.contextmanager
def raw_server(answer, *, silence=0.0):
    """A server that reads one request, answers these bytes after a while and hangs up; yields its address."""
    done = threading.Event()

    def serve():
        with contextlib.suppress(OSError):
            connection, _address = listener.accept()
            with connection:
                connection.recv(65536)
                done.wait(silence)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            done.set()
    thread.join(5)


def nobody():
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def half(body):
    """An answer that announces more than comes."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n\r\n" + body
