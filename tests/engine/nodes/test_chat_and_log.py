"""Chat and Log: what people say and what they are shown."""

from tests.engine.nodes.contexts import Bench, an_arrival

SAID = [
    {"id": "1", "role": "user", "content": "first", "ts": 1},
    {"id": "2", "role": "assistant", "content": "answer", "ts": 2},
]


async def test_a_typed_message_goes_on_and_into_the_history(bench: Bench) -> None:
    ctx = bench.context("Chat", given="  hello  ", earlier=SAID)
    outputs = await bench.run(ctx)
    assert outputs["message"] == "hello"
    assert outputs["history"] == [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "answer"},
    ]
    assert [(entry["role"], entry["content"]) for entry in ctx.entries] == [("user", "hello")]


async def test_without_a_message_the_last_one_is_said_again(bench: Bench) -> None:
    ctx = bench.context("Chat", {"history": SAID})
    assert await bench.run(ctx) == {"message": "first", "history": []}
    assert ctx.entries == []


async def test_a_chat_nobody_spoke_in_sends_nothing(bench: Bench) -> None:
    assert await bench.run(bench.context("Chat", {"history": ["odd", {"role": "user"}]})) == {}


async def test_a_log_writes_an_entry_for_every_value_with_its_source(bench: Bench) -> None:
    arrivals = [an_arrival("  text "), an_arrival({"a": 1}, source="b", port="file"), an_arrival(None)]
    ctx = bench.context("Log", {"filterIncludes": ["nothing"]}, arrivals={"input": arrivals})
    assert await bench.run(ctx, {"input": [arrival.value for arrival in arrivals]}) == {}
    shown = [(entry["kind"], entry["preview"], entry["sourceId"], entry["port"]) for entry in ctx.entries]
    assert shown == [
        ("text", "text", "s", "output"),
        ("json", '{"a":1}', "b", "file"),
        ("other", "null", "s", "output"),
    ]
    assert ctx.entries[0]["ts"] == 1_700_000_000_000
