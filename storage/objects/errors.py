"""What may go wrong between a stream and the bytes that are kept; none of these leaves an object behind."""


class ObjectMissing(LookupError):
    """No object is stored under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"No object is stored under {key}.")
        self.key = key


class BadKey(ValueError):
    """The text is not a key or prefix of this store, or the key does not allow what was asked."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key!r} {why}.")
        self.key = key


class TooLarge(ValueError):
    """More bytes arrived, or were announced, than may be stored."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"More than the {limit_bytes} bytes that may be stored.")
        self.limit_bytes = limit_bytes


class Truncated(ValueError):
    """The stream ended before the announced number of bytes had arrived."""

    def __init__(self, expected_bytes: int, received_bytes: int) -> None:
        super().__init__(f"Only {received_bytes} of {expected_bytes} bytes arrived.")
        self.expected_bytes = expected_bytes
        self.received_bytes = received_bytes


class StoreUnavailable(OSError):
    """The store cannot be reached or refuses to serve; a folder raises other OSErrors itself, such as a full disk."""


class StoredBytesDiffer(OSError):
    """What was read back is not what was written."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The bytes read back from {key} are not those that were written.")
        self.key = key


class StillStored(OSError):
    """The store was told to delete an object and still has a version of it."""

    def __init__(self, key: str) -> None:
        super().__init__(f"A version of {key} is still stored.")
        self.key = key
