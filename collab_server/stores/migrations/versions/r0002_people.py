"""People and what they may: accounts, invitations, roles on graphs, links."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TOKEN_ROLE = "in the workspace; none for a token that is for some graphs only"
SESSION_ROLE = "the role of the token it was opened with"
OPENED_WITH = "the token it was opened with, or nothing"
METHOD = "token, password, oidc, link or invitation"
AGENT = "what the browser calls itself"


def upgrade() -> None:
    """Each session becomes a person's; API tokens may expire; graphs can be private."""
    _create_people()
    op.execute(
        "INSERT INTO person (id, name, colour, created_at, seen_at) "
        "SELECT person, min(name), min(colour), min(created_at), max(created_at) FROM session GROUP BY person"
    )
    _create_access()
    _change_sessions()
    with op.batch_alter_table("token") as token:
        token.alter_column("role", existing_type=sa.String(20), nullable=True, comment=TOKEN_ROLE)
        token.add_column(sa.Column("expires_at", sa.Float(53)))
        token.add_column(sa.Column("seen_at", sa.Float(53)))
    op.add_column(
        "document",
        sa.Column(
            "visibility",
            sa.Text(),
            server_default=sa.text("'workspace'"),
            nullable=False,
            comment="workspace or private",
        ),
    )


def downgrade() -> None:
    """Sessions carry their names again; those of accounts and guests end, since they had no role of their own.

    So do API tokens for single graphs. What was private is seen by everyone again.
    """
    op.drop_column("document", "visibility")
    op.execute("DELETE FROM token WHERE role IS NULL")
    with op.batch_alter_table("token") as token:
        token.drop_column("seen_at")
        token.drop_column("expires_at")
        token.alter_column("role", existing_type=sa.String(20), nullable=False, comment=None)
    _change_sessions_back()
    for table in ("invitation", "share_link", "graph_grant", "person_login", "person"):
        op.drop_table(table)


def _create_people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("email", sa.String(320), comment="as it was written; nobody's who only visits"),
        sa.Column("email_key", sa.String(320), comment="the same, as it is compared"),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("colour", sa.String(7), nullable=False),
        sa.Column("password", sa.String(200), comment="argon2id, with its salt and its costs"),
        sa.Column("role", sa.String(20), comment="in the workspace; guests have none"),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double()),
        sa.Column("disabled_at", sa.Double()),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("email_key", name="uq_person_email_key"),
    )
    op.create_table(
        "person_login",
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_person_login"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_person_login_person", ondelete="CASCADE"),
    )
    op.create_index("ix_person_login_person", "person_login", ["person"])


def _create_access() -> None:
    op.create_table(
        "graph_grant",
        sa.Column("graph", sa.Text(), nullable=False),
        sa.Column("person", sa.String(40), nullable=False, comment="a person or an API token"),
        sa.Column("link", sa.String(40), nullable=False, comment="the link it came by, or nothing"),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("by", sa.String(40), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("graph", "person", "link", name="pk_graph_grant"),
    )
    op.create_index("ix_graph_grant_person", "graph_grant", ["person"])
    op.create_table(
        "share_link",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("graph", sa.Text(), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("created_by", sa.String(40), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double()),
        sa.Column("revoked_at", sa.Double()),
        sa.Column("opened", sa.Integer(), nullable=False, comment="by how many"),
        sa.PrimaryKeyConstraint("id", name="pk_share_link"),
        sa.UniqueConstraint("hash", name="uq_share_link_hash"),
    )
    op.create_index("ix_share_link_graph", "share_link", ["graph"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("email", sa.String(320), comment="the only address that may accept it, if any"),
        sa.Column("role", sa.String(20), comment="in the workspace or on the graph; none when it is for a password"),
        sa.Column("graph", sa.Text(), comment="the only graph it is for, if any"),
        sa.Column("person", sa.String(40), comment="whose password it sets anew, if it is for that"),
        sa.Column("created_by", sa.String(40), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("accepted_at", sa.Double()),
        sa.Column("accepted_by", sa.String(40)),
        sa.Column("revoked_at", sa.Double()),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("hash", name="uq_invitation_hash"),
    )


def _change_sessions() -> None:
    with op.batch_alter_table("session") as session:
        session.drop_column("name")
        session.drop_column("colour")
        session.alter_column("role", existing_type=sa.String(20), nullable=True, comment=SESSION_ROLE)
        session.alter_column("token_hash", existing_type=sa.String(64), existing_nullable=False, comment=OPENED_WITH)
        session.add_column(sa.Column("method", sa.String(20), nullable=False, server_default="token", comment=METHOD))
        session.add_column(sa.Column("agent", sa.String(200), nullable=False, server_default="", comment=AGENT))
        session.add_column(sa.Column("seen_at", sa.Float(53), nullable=False, server_default="0"))
        session.create_foreign_key("fk_session_person", "person", ["person"], ["id"], ondelete="CASCADE")
        session.create_index("ix_session_person", ["person"])
    op.execute("UPDATE session SET seen_at = created_at")
    with op.batch_alter_table("session") as session:
        for name, type, comment in (
            ("method", sa.String(20), METHOD),
            ("agent", sa.String(200), AGENT),
            ("seen_at", sa.Float(53), None),
        ):
            session.alter_column(
                name, existing_type=type, existing_nullable=False, existing_comment=comment, server_default=None
            )


def _change_sessions_back() -> None:
    op.execute("DELETE FROM session WHERE role IS NULL")
    with op.batch_alter_table("session") as session:
        session.drop_index("ix_session_person")
        session.drop_constraint("fk_session_person", type_="foreignkey")
        for gone in ("method", "agent", "seen_at"):
            session.drop_column(gone)
        session.alter_column("role", existing_type=sa.String(20), nullable=False, comment=None)
        session.add_column(sa.Column("name", sa.String(200), nullable=False, server_default=""))
        session.add_column(sa.Column("colour", sa.String(7), nullable=False, server_default=""))
    for field in ("name", "colour"):
        op.execute(f"UPDATE session SET {field} = (SELECT {field} FROM person WHERE person.id = session.person)")
    with op.batch_alter_table("session") as session:
        for name, length in (("name", 200), ("colour", 7)):
            session.alter_column(name, existing_type=sa.String(length), existing_nullable=False, server_default=None)
