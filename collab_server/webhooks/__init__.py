"""Telling other programs what was done: webhooks, signed as Standard Webhooks has it, sent from an outbox.

`hooks.py` is what admins do with them; `messages.py` and `retries.py` decide without any I/O; `outbox.py` puts a
message beside each row of activity, in its transaction; `deliveries.py` sends them, through `sending.py`.
"""
