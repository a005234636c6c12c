"""The whole schema. What file, environment and secret files say is brought together in config/load.py."""

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.mail import MailSettings
from config.operation import AgentSettings, DemoSettings, PresenceSettings, RoutingSettings, ShiftSettings
from config.persistence import DatabaseSettings, JournalSettings, RetentionSettings
from config.section import Name
from config.service import LogSettings, ServiceSettings, WebhookSettings, WebSettings
from config.switches import SwitchSettings
from config.vault import VaultSettings

ENV_PREFIX = "FERNAMT_"
NESTING = "__"


class Settings(BaseSettings):
    """All settings of an installation; every key has a default that is safe on one machine."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter=NESTING,
        use_attribute_docstrings=True,
    )

    service: ServiceSettings = ServiceSettings()
    """The service itself."""
    database: DatabaseSettings = DatabaseSettings()
    """Where the journal and everything else is kept."""
    journal: JournalSettings = JournalSettings()
    """How events get to disk; a live call never waits for it."""
    switch: dict[Name, SwitchSettings] = {"node1": SwitchSettings()}
    """The switches, one table [switch.NAME] each."""
    routing: RoutingSettings = RoutingSettings()
    """What a missed offer costs. The shares of calls by level belong to the centre: `default_weights` in a centre file."""
    shifts: ShiftSettings = ShiftSettings()
    """The plan of shifts. What agents may do outside of it belongs to the centre: `outside_shift` in a centre file."""
    agents: AgentSettings = AgentSettings()
    presence: PresenceSettings = PresenceSettings()
    """When an agent is offered nothing although the phone answers: an unsteady or bad line, a desktop that was closed."""
    """Agents' phones: when they count as present, when as dead."""
    retention: RetentionSettings = RetentionSettings()
    """Days each class of data is kept; `fernamt worker` removes what is older."""
    web: WebSettings = WebSettings()
    """Log-ins, sessions and limits of the API and the screens."""
    webhooks: WebhookSettings = WebhookSettings()
    """Signed messages to other systems about calls."""
    mail: MailSettings = MailSettings()
    """The mail server for messages on the answering machine. Without a host nothing is mailed."""
    vault: VaultSettings = VaultSettings()
    """Where sealed recordings are kept. Their keys are in `keys/vault.db` of the state folder, in no backup of the database."""
    log: LogSettings = LogSettings()
    """What the service writes to standard error."""
    demo: DemoSettings = DemoSettings()
    """What `fernamt demo` plays."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in counts here: config/load.py reads the sources one by one, to know which said what."""
        return (init_settings,)
