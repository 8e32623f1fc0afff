"""When Python looks for circles of garbage in a process of ours.

It looks whenever so many objects were made, and everything waits meanwhile. By default a program that loads is searched
hundreds of times, for nothing, since what it loads stays: a sixth of the time that a server takes to start. And all of
it is searched again whenever enough was made besides, which held a server up for 90 ms each time.
"""

import gc


def pause() -> None:
    """Don't look while the program loads."""
    gc.disable()


def resume() -> None:
    """Look from now on, and never among what is there already."""
    gc.freeze()
    gc.enable()


def look_rarely() -> None:
    """For a process in which much that is made stays: a run of 10,000 nodes makes as many long-lived objects, and by
    default half of its time goes into walking them. What is left behind takes room for longer.
    """
    gc.set_threshold(50_000, 20, 50)
