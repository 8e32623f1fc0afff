"""One connection to a Redis on which channels are heard, made again whenever it breaks.

A connection can die without a word (a paused server, a cable), so the line pings, and counts as broken when nothing
came for a while. redis-py's own PubSub hides breaks from its user, who would not know that something was missed;
here every channel that is heard again is told.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from redis.asyncio import Connection, Redis
from redis.exceptions import RedisError

from collab_server.fanout.patience import back_off
from collab_server.logging import logger

PING_SECONDS = 1.0
DEAD_SECONDS = 4.0
"""How long a line may be silent."""
FAILURES = (RedisError, OSError, TimeoutError, RuntimeError)
"""What a Redis that is away comes as; RuntimeError is uvloop's word for a transport that broke a moment ago."""

Hear = Callable[[bytes], None]
Heard = Callable[[Iterable[str]], None]

log = logger("fanout")


class Line:
    """The channels that one worker hears through one Redis."""

    def __init__(self, client: Redis, *, hear: Hear, tuned: Heard) -> None:
        """`hear` gets what is said, `tuned` the channels that are heard from now on."""
        self._client = client
        self._hear, self._tuned = hear, tuned
        self._wanted: set[str] = set()
        self._heard: set[str] = set()
        self._connection: Any = None
        self._to_send: asyncio.Queue[tuple[str, tuple[str, ...]]] = asyncio.Queue()
        self.sharded = True
        """Whether the server has sharded channels, which a cluster keeps on one node each."""
        self.trouble: str | None = "not connected yet"

    def follow(self, channel: str) -> None:
        """Hear a channel, as soon as there is a connection; `tuned` is told in any case."""
        if channel in self._heard:
            asyncio.get_running_loop().call_soon(self._tuned, (channel,))
        elif channel not in self._wanted:
            self._wanted.add(channel)
            self._to_send.put_nowait(("SUBSCRIBE", (channel,)))

    def unfollow(self, channel: str) -> None:
        """Hear a channel no more."""
        if channel in self._wanted:
            self._wanted.discard(channel)
            self._heard.discard(channel)
            self._to_send.put_nowait(("UNSUBSCRIBE", (channel,)))

    async def run(self) -> None:
        """Be connected until cancelled."""
        attempt = 0
        while True:
            try:
                await self._connect()
                attempt = 0
                await self._listen()
            except Exception as error:  # a defect, too, may not make this worker deaf for good
                self.trouble = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
                log.warning("bus not heard", reason=self.trouble, attempt=attempt)
            finally:
                await self._hang_up()
            await asyncio.sleep(back_off(attempt))
            attempt += 1

    async def _connect(self) -> None:
        self.sharded = await has_shards(self._client)
        pool: Any = self._client.connection_pool  # untyped upstream
        self._connection = pool.make_connection()
        await self._connection.connect()
        self._connection.socket_timeout = None  # the silence of a dead line ends it, and `wait_for` is not used
        self._to_send = asyncio.Queue()
        for channel in self._wanted:
            self._to_send.put_nowait(("SUBSCRIBE", (channel,)))

    async def _listen(self) -> None:
        """Talk and hear until either breaks."""
        talking = asyncio.create_task(self._talk(self._connection), name="bus line")
        try:
            while True:
                message = await self._connection.read_response(disable_decoding=True, timeout=DEAD_SECONDS)
                if message is None:
                    raise TimeoutError(f"nothing heard for {DEAD_SECONDS:g} s")
                if self.trouble is not None:
                    self.trouble = None
                    log.info("bus heard")
                self._take(message)
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    def _take(self, message: list[bytes]) -> None:
        match message:
            case [b"message" | b"smessage", _, data]:
                self._hear(data)
            case [b"subscribe" | b"ssubscribe", channel, _]:
                name = channel.decode()
                if name in self._wanted:
                    self._heard.add(name)
                    self._tuned((name,))

    async def _talk(self, connection: Connection) -> None:
        """Send what changes in what is wanted, and pings in between."""
        prefix = "S" if self.sharded else ""
        while True:
            try:
                async with asyncio.timeout(PING_SECONDS):
                    verb, channels = await self._to_send.get()
            except TimeoutError:
                await connection.send_command("PING", check_health=False)
            else:
                await connection.send_command(prefix + verb, *channels, check_health=False)

    async def _hang_up(self) -> None:
        self._heard.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)


async def has_shards(client: Redis) -> bool:
    """Whether sharded channels are used: on a Redis 7 that is no part of a cluster, or is all of it.

    In a larger cluster they would lie on the node of their slot, and we talk to one node. Plain channels are passed on
    between all of its nodes.
    """
    info: dict[str, Any] = await client.info("server")
    if int(str(info.get("redis_version", "0")).split(".")[0]) < 7:
        return False
    in_cluster: dict[str, Any] = await client.info("cluster")
    return not int(in_cluster.get("cluster_enabled", 0))
