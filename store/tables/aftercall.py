"""Tables of what comes of calls: orders, surveys and their answers, customer data that was checked, suggestions.

What people said or ordered is sealed, each record under a key of its own; who they are is found by keyed hashes alone.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from store.tables.metadata import METADATA

_BIG = BigInteger().with_variant(Integer(), "sqlite")

ORDERS = Table(
    "orders",
    METADATA,
    Column("order_id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("projects.project_id"), nullable=False),
    Column("client_id", Text, ForeignKey("clients.client_id"), nullable=False),
    Column("call_id", Text, nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("lead_id", BigInteger),
    Column("state", Text, nullable=False),
    Column("terms", Text, nullable=False),
    Column("booked_at", BigInteger, nullable=False),
    Column("summary_at", BigInteger),
    Column("text_sent_at", BigInteger),
    Column("effective_at", BigInteger),
    Column("instructed_at", BigInteger),
    Column("delivered_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("ended_by", Text),
    Column("due_at", BigInteger),
    Column("restricted_at", BigInteger),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_orders_project_id", "project_id", "booked_at"),
    Index("ix_orders_client_id", "client_id", "booked_at"),
    Index("ix_orders_agent_id", "agent_id", "booked_at"),
    Index("ix_orders_call_id", "call_id"),
    Index("ix_orders_lead_id", "lead_id"),
    Index("ix_orders_due_at", "due_at"),
    Index("ix_orders_booked_at", "booked_at"),
)
"""`due_at`: when it expires, of those that wait for something. `terms` are those it was booked under."""

ORDER_STEPS = Table(
    "order_steps",
    METADATA,
    Column("step_no", _BIG, primary_key=True, autoincrement=True),
    Column("order_id", Text, ForeignKey("orders.order_id", ondelete="CASCADE"), nullable=False),
    Column("deed", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_order_steps_order_id", "order_id", "step_no"),
)
"""Only ever added to: what was done, what state came of it, and who did it."""

ORDER_PEOPLE = Table(
    "order_people",
    METADATA,
    Column("order_id", Text, ForeignKey("orders.order_id", ondelete="CASCADE"), primary_key=True),
    Column("lookup_hash", LargeBinary, primary_key=True),
    Index("ix_order_people_lookup_hash", "lookup_hash"),
)

SURVEYS = Table(
    "surveys",
    METADATA,
    Column("survey_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("project_id", Text, ForeignKey("projects.project_id"), nullable=False),
    Column("client_id", Text, ForeignKey("clients.client_id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("questions", Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Index("ix_surveys_project_id", "project_id"),
    Index("ix_surveys_client_id", "client_id"),
)

SURVEY_RESPONSES = Table(
    "survey_responses",
    METADATA,
    Column("response_id", Text, primary_key=True),
    Column("survey_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("call_id", Text),
    Column("begun_at", BigInteger, nullable=False),
    Column("completed_at", BigInteger),
    Index("ix_survey_responses_survey", "survey_id", "version"),
    Index("ix_survey_responses_begun_at", "begun_at"),
)
"""Who answered is forgotten with the person: `call_id` is empty then, and what was answered counts on."""

SURVEY_ANSWERS = Table(
    "survey_answers",
    METADATA,
    Column("answer_no", _BIG, primary_key=True, autoincrement=True),
    Column("response_id", Text, ForeignKey("survey_responses.response_id", ondelete="CASCADE"), nullable=False),
    Column("question", Text, nullable=False),
    Column("values", Text),
    Column("wrapped_key", LargeBinary),
    Column("sealed", LargeBinary),
    Column("at", BigInteger, nullable=False),
    Index("ix_survey_answers_response_id", "response_id", "answer_no"),
)
"""Only ever added to. `values` is empty where it was words: those are sealed."""

RESPONSE_PEOPLE = Table(
    "response_people",
    METADATA,
    Column("response_id", Text, ForeignKey("survey_responses.response_id", ondelete="CASCADE"), primary_key=True),
    Column("lookup_hash", LargeBinary, primary_key=True),
    Index("ix_response_people_lookup_hash", "lookup_hash"),
)

LEAD_CHECKS = Table(
    "lead_checks",
    METADATA,
    Column("check_no", _BIG, primary_key=True, autoincrement=True),
    Column("lead_id", _BIG, ForeignKey("leads.lead_id", ondelete="CASCADE"), nullable=False),
    Column("field", Text, nullable=False),
    Column("found", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("call_id", Text),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_lead_checks_lead_id", "lead_id", "check_no"),
)
"""One row for each field that was checked; `sealed` is what stood there before and what stands there now."""

SUGGESTIONS = Table(
    "suggestions",
    METADATA,
    Column("suggestion_id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("projects.project_id")),
    Column("agent_id", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_suggestions_made_at", "made_at"),
    Index("ix_suggestions_agent_id", "agent_id", "made_at"),
    Index("ix_suggestions_project_id", "project_id"),
)
"""`sealed` is the suggestion in its words, and the answer to it."""
