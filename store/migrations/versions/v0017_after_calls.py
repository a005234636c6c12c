"""Orders, surveys and their answers, customer data that was checked, suggestions."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """There are none yet."""
    _orders()
    _surveys()
    _checks()
    _suggestions()


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _instants(*names: str, nullable: bool = True) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable) for name in names]


def _sealed(*, nullable: bool = False) -> list[sa.Column[bytes]]:
    return [sa.Column(name, sa.LargeBinary(), nullable=nullable) for name in ("wrapped_key", "sealed")]


def _owner(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name=f"fk_{table}_project_id"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], name=f"fk_{table}_client_id"),
    ]


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("order_id", sa.Text(), primary_key=True),
        *_texts("project_id", "client_id", "call_id", "agent_id"),
        *_instants("lead_id"),
        *_texts("state", "terms"),
        *_instants("booked_at", nullable=False),
        *_instants("summary_at", "text_sent_at", "effective_at", "instructed_at", "delivered_at", "ended_at"),
        *_texts("ended_by", nullable=True),
        *_instants("due_at", "restricted_at"),
        *_sealed(),
        *_owner("orders"),
    )
    for name in ("project_id", "client_id", "agent_id"):
        op.create_index(f"ix_orders_{name}", "orders", [name, "booked_at"])
    for name in ("call_id", "lead_id", "due_at", "booked_at"):
        op.create_index(f"ix_orders_{name}", "orders", [name])
    op.create_table(
        "order_steps",
        sa.Column("step_no", _BIG, primary_key=True, autoincrement=True),
        *_texts("order_id", "deed", "state"),
        *_instants("at", nullable=False),
        *_texts("user_id", "reason"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name="fk_order_steps_order_id", ondelete="CASCADE"),
    )
    op.create_index("ix_order_steps_order_id", "order_steps", ["order_id", "step_no"])
    _people("order_people", "order_id", "orders")


def _people(table: str, key: str, of: str) -> None:
    op.create_table(
        table,
        sa.Column(key, sa.Text(), primary_key=True),
        sa.Column("lookup_hash", sa.LargeBinary(), primary_key=True),
        sa.ForeignKeyConstraint([key], [f"{of}.{key}"], name=f"fk_{table}_{key}", ondelete="CASCADE"),
    )
    op.create_index(f"ix_{table}_lookup_hash", table, ["lookup_hash"])


def _surveys() -> None:
    op.create_table(
        "surveys",
        sa.Column("survey_id", sa.Text(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        *_texts("project_id", "client_id", "title", "questions"),
        *_instants("published_at", nullable=False),
        *_owner("surveys"),
    )
    for name in ("project_id", "client_id"):
        op.create_index(f"ix_surveys_{name}", "surveys", [name])
    op.create_table(
        "survey_responses",
        sa.Column("response_id", sa.Text(), primary_key=True),
        *_texts("survey_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        *_texts("agent_id"),
        *_texts("call_id", nullable=True),
        *_instants("begun_at", nullable=False),
        *_instants("completed_at"),
    )
    op.create_index("ix_survey_responses_survey", "survey_responses", ["survey_id", "version"])
    op.create_index("ix_survey_responses_begun_at", "survey_responses", ["begun_at"])
    op.create_table(
        "survey_answers",
        sa.Column("answer_no", _BIG, primary_key=True, autoincrement=True),
        *_texts("response_id", "question"),
        *_texts("values", nullable=True),
        *_sealed(nullable=True),
        *_instants("at", nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["survey_responses.response_id"], name="fk_survey_answers_response_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_survey_answers_response_id", "survey_answers", ["response_id", "answer_no"])
    _people("response_people", "response_id", "survey_responses")


def _checks() -> None:
    op.create_table(
        "lead_checks",
        sa.Column("check_no", _BIG, primary_key=True, autoincrement=True),
        sa.Column("lead_id", _BIG, nullable=False),
        *_texts("field", "found"),
        *_instants("at", nullable=False),
        *_texts("user_id"),
        *_texts("call_id", nullable=True),
        *_sealed(),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name="fk_lead_checks_lead_id", ondelete="CASCADE"),
    )
    op.create_index("ix_lead_checks_lead_id", "lead_checks", ["lead_id", "check_no"])


def _suggestions() -> None:
    op.create_table(
        "suggestions",
        sa.Column("suggestion_id", sa.Text(), primary_key=True),
        *_texts("project_id", nullable=True),
        *_texts("agent_id", "about", "state"),
        *_instants("made_at", "changed_at", nullable=False),
        *_texts("changed_by"),
        *_sealed(),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name="fk_suggestions_project_id"),
    )
    op.create_index("ix_suggestions_made_at", "suggestions", ["made_at"])
    op.create_index("ix_suggestions_agent_id", "suggestions", ["agent_id", "made_at"])
    op.create_index("ix_suggestions_project_id", "suggestions", ["project_id"])
