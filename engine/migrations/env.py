"""Run by Alembic: applies revisions on the connection, and in the transaction, that History opened."""

from alembic import context

from flowroom.revisions import apply

apply(context)
