"""What can be wrong with a description of the centre: stable ids, typed facts, and the sentence with the way out made of them.

The sentence is English, for the command line and for programs' logs; pages tell the same by id and facts in their own language.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

Fact = str | int


class FaultCode(StrEnum):
    """Ids that programs go by. None is ever renamed."""

    UNKNOWN_CLIENT = "unknown_client"
    UNKNOWN_PROJECT = "unknown_project"
    UNKNOWN_AGENT = "unknown_agent"
    UNKNOWN_TEAM = "unknown_team"
    NOT_A_LEADER = "not_a_leader"
    NOT_A_DECIDER = "not_a_decider"
    DOES_NOT_EXIST = "does_not_exist"
    DESCRIBED_TWICE = "described_twice"
    BAD_ID = "bad_id"
    BAD_NAME = "bad_name"
    NEGATIVE = "negative"
    NO_TIME_TO_WAIT = "no_time_to_wait"
    NOT_ABOVE_ZERO = "not_above_zero"
    BAD_SHARES = "bad_shares"
    GRACE_WITHOUT_CLOSING = "grace_without_closing"
    BAD_COUNTRY = "bad_country"
    BAD_LEVEL = "bad_level"
    BAD_GRADE = "bad_grade"
    BAD_GRADE_OF = "bad_grade_of"
    BAD_NUMBER = "bad_number"
    DIAL_CODE_TAKEN = "dial_code_taken"
    IN_ANOTHER_TEAM = "in_another_team"
    IN_IT_BY_OWN_ENTRY = "in_it_by_own_entry"
    PHONE_OF_ANOTHER = "phone_of_another"
    UNKNOWN_ZONE = "unknown_zone"
    UNKNOWN_REGION = "unknown_region"
    NO_HOLIDAYS_KNOWN = "no_holidays_known"
    UNKNOWN_WEEKDAY = "unknown_weekday"
    EMPTY_WINDOW = "empty_window"
    WINDOWS_OVERLAP = "windows_overlap"
    NOT_ANSWERED_EARLY = "not_answered_early"
    OUT_OF_RANGE = "out_of_range"
    TOO_LOW = "too_low"
    NOT_ONE_DIGIT = "not_one_digit"
    NOTHING_TO_SAY = "nothing_to_say"
    TWO_ALIKE = "two_alike"
    NOT_ONE_LINE = "not_one_line"
    BAD_DIGITS = "bad_digits"
    BAD_LANGUAGE = "bad_language"
    ANOTHER_CLIENTS = "another_clients"
    BAD_PROMPT = "bad_prompt"
    NOTHING_TO_CHOOSE = "nothing_to_choose"
    UNKNOWN_DEFAULT_KEY = "unknown_default_key"
    BAD_KEY = "bad_key"
    UNKNOWN_DEPARTMENT = "unknown_department"
    DEPARTMENT_OR_PROJECT = "department_or_project"
    CODE_TWICE = "code_twice"
    CODE_UNKNOWN = "code_unknown"
    CODE_SKIPS = "code_skips"
    CODE_WAITS = "code_waits"
    CODE_WAITS_TOO_LONG = "code_waits_too_long"
    CODE_SUCCESS_UNREACHED = "code_success_unreached"
    BAD_RATE = "bad_rate"
    BAD_NUMBER_OUTSIDE = "bad_number_outside"
    TARGET_WITHOUT_NUMBER = "target_without_number"
    TARGET_WITHOUT_PROJECT = "target_without_project"
    TARGET_NEEDS_PROJECT = "target_needs_project"
    CALLERS_IN_CIRCLES = "callers_in_circles"
    STEP_NEVER_HOLDS = "step_never_holds"
    STEP_CHANGES_NOTHING = "step_changes_nothing"
    STEP_BAD_GRADE = "step_bad_grade"
    TOO_MANY_FIELDS = "too_many_fields"
    BAD_FIELD_NAME = "bad_field_name"
    FIELD_TWICE = "field_twice"
    CHOICES_MISPLACED = "choices_misplaced"
    BAD_CHOICES = "bad_choices"
    BAD_WITHDRAWAL = "bad_withdrawal"
    WEIGHTS_MISSING = "weights_missing"
    BAD_WEIGHT = "bad_weight"
    WEIGHTS_ALL_ZERO = "weights_all_zero"
    BAD_THRESHOLDS = "bad_thresholds"
    MARGIN_TOO_WIDE = "margin_too_wide"
    RIGHT_THERE = "right_there"
    NEVER_SHOWN = "never_shown"
    NO_DOCUMENT = "no_document"
    ENDS_BEFORE = "ends_before"
    CENTRE_HAS_NO_ID = "centre_has_no_id"
    FILE_TOO_LARGE = "file_too_large"
    NO_PAPER = "no_paper"
    TOO_MANY_VERSIONS = "too_many_versions"
    CONSENT_THERE = "consent_there"
    CONSENT_IN_FUTURE = "consent_in_future"
    CONSENT_WITHOUT_WORDS = "consent_without_words"
    CONSENT_WITHOUT_PROOF = "consent_without_proof"
    PROOF_SIZE = "proof_size"
    LIST_THERE = "list_there"
    LIST_UNNAMED = "list_unnamed"
    LIST_TERM_OVER = "list_term_over"
    ADDRESS_EMPTY = "address_empty"
    NOT_CALLED_BACK = "not_called_back"
    SURVEY_ANOTHER_PROJECTS = "survey_another_projects"
    SURVEY_LENGTH = "survey_length"
    QUESTION_BAD_NAME = "question_bad_name"
    QUESTION_TWICE = "question_twice"
    QUESTION_EMPTY = "question_empty"
    QUESTION_FEW_CHOICES = "question_few_choices"
    QUESTION_NO_CHOICES = "question_no_choices"
    QUESTION_CHOICE_UNNAMED = "question_choice_unnamed"
    QUESTION_SCALE = "question_scale"
    QUESTION_TOO_EARLY = "question_too_early"
    QUESTION_ON_WORDS = "question_on_words"
    QUESTION_NEVER = "question_never"
    QUESTION_NO_ANSWER = "question_no_answer"


WORDS: Mapping[FaultCode, str] = MappingProxyType(
    {
        FaultCode.UNKNOWN_CLIENT: "there is no client {client!r}: add it too",
        FaultCode.UNKNOWN_PROJECT: "there is no project {project!r}: add it too",
        FaultCode.UNKNOWN_AGENT: "there is no agent {agent!r}: add them first",
        FaultCode.UNKNOWN_TEAM: "there is no team {team!r}: add it too",
        FaultCode.NOT_A_LEADER: "there is no user {login!r} with the role team_leader: add them first, or name the team at the "
        "new user",
        FaultCode.NOT_A_DECIDER: "{login!r} is no log-in of a supervisor or administrator in use: name one, or nobody",
        FaultCode.DOES_NOT_EXIST: "does not exist: see the list",
        FaultCode.DESCRIBED_TWICE: "is described twice: keep one of them",
        FaultCode.BAD_ID: "an id is 1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first",
        FaultCode.BAD_NAME: "a name is one line of 1 to {most} characters",
        FaultCode.NEGATIVE: "{value} is negative: give milliseconds from 0 on",
        FaultCode.NO_TIME_TO_WAIT: "{value} is no time to wait: give milliseconds, or none",
        FaultCode.NOT_ABOVE_ZERO: "{value} is not above 0",
        FaultCode.BAD_SHARES: "{shares} is not one share above 0 for each of levels 1, 2 and 3",
        FaultCode.GRACE_WITHOUT_CLOSING: 'who waits is served to the last: set at_closing = "close", or 0',
        FaultCode.BAD_COUNTRY: "{value!r} is not two capital letters, as DE",
        FaultCode.BAD_LEVEL: "{value} is not 1, 2 or 3",
        FaultCode.BAD_GRADE: "{grade} is no grade: give {lowest} to {highest}",
        FaultCode.BAD_GRADE_OF: "grade {grade} of {skill!r}: give {lowest} to {highest}",
        FaultCode.BAD_NUMBER: "a number is written as in E.164 with its plus, as +49301234567",
        FaultCode.DIAL_CODE_TAKEN: "{dialled} means the project {project} already: give another",
        FaultCode.IN_ANOTHER_TEAM: "agent {agent!r} is in team {team!r}: keep one of the two",
        FaultCode.IN_IT_BY_OWN_ENTRY: "{agent!r} is in it by their own entry: name them here too, or leave members out",
        FaultCode.PHONE_OF_ANOTHER: "{endpoint!r} belongs to agent {agent!r}",
        FaultCode.UNKNOWN_ZONE: "there is no time zone {zone!r}: write it as Europe/Berlin",
        FaultCode.UNKNOWN_REGION: "there is no Bundesland {region!r}: give one of {regions}",
        FaultCode.NO_HOLIDAYS_KNOWN: "no holidays are known without holidays_of: give a Bundesland such as BY",
        FaultCode.UNKNOWN_WEEKDAY: "there is no weekday {day}: 0 is Monday, 6 is Sunday",
        FaultCode.EMPTY_WINDOW: "{window} is empty: for a whole day write 00:00-00:00",
        FaultCode.WINDOWS_OVERLAP: "{first} and {second} overlap: make one window of them",
        FaultCode.NOT_ANSWERED_EARLY: "a caller who is not answered hears nothing and has no keys: set answers_early = true",
        FaultCode.OUT_OF_RANGE: "{key} is {value}: give {lowest} to {highest}",
        FaultCode.TOO_LOW: "{key} is {value}: give {lowest} or more",
        FaultCode.NOT_ONE_DIGIT: "callback_key is {value!r}: give one digit",
        FaultCode.NOTHING_TO_SAY: "there is nothing to say: leave the announcements out",
        FaultCode.TWO_ALIKE: "two have the same {key}: give each its own",
        FaultCode.NOT_ONE_LINE: "a name is one line of text",
        FaultCode.BAD_DIGITS: "digits {value!r}: give 1 to {most} digits",
        FaultCode.BAD_LANGUAGE: "a language is two small letters, such as en",
        FaultCode.ANOTHER_CLIENTS: "project {project!r} belongs to another client: callers stay with the client they called",
        FaultCode.BAD_PROMPT: "prompt: give the names of sounds, such as fernamt/choose-german, of small letters, digits, - "
        "and /",
        FaultCode.NOTHING_TO_CHOOSE: "there is nothing to choose: give options, or leave the menu out",
        FaultCode.UNKNOWN_DEFAULT_KEY: "default_key {key!r} is no option: name one of {keys}",
        FaultCode.BAD_KEY: "a key is one of {keys}",
        FaultCode.UNKNOWN_DEPARTMENT: "there is no department {department!r}: add it to the project's departments",
        FaultCode.DEPARTMENT_OR_PROJECT: "give a department or a project_id, not both: a department may name its project",
        FaultCode.CODE_TWICE: "{code!r} is described twice: keep one of them",
        FaultCode.CODE_UNKNOWN: "{code!r} is none of the project's wrap_up_codes: add it there too",
        FaultCode.CODE_SKIPS: "{code!r} cannot mean skipped: a lead is skipped before it is called",
        FaultCode.CODE_WAITS: "{code!r} has a wait_ms, which only retry and call_back know",
        FaultCode.CODE_WAITS_TOO_LONG: "{code!r} waits {value} ms: give 0 to {most} (90 days)",
        FaultCode.CODE_SUCCESS_UNREACHED: "{code!r} is a success with nobody reached: one of the two is meant",
        FaultCode.BAD_RATE: "successes_per_hour is {value}: give a number above 0",
        FaultCode.BAD_NUMBER_OUTSIDE: "number {value!r} cannot be dialled: give one such as +49 30 1234567",
        FaultCode.TARGET_WITHOUT_NUMBER: "target {target!r} takes no number: leave it out",
        FaultCode.TARGET_WITHOUT_PROJECT: "target {target!r} takes no project_id: leave it out",
        FaultCode.TARGET_NEEDS_PROJECT: "target 'project' needs a project_id",
        FaultCode.CALLERS_IN_CIRCLES: "callers would go in circles: {circle}; let one of them end at a machine or an "
        "announcement",
        FaultCode.STEP_NEVER_HOLDS: "step {step} never holds: until_ms must be greater than after_ms",
        FaultCode.STEP_CHANGES_NOTHING: "step {step} lowers and drops nothing: name a skill",
        FaultCode.STEP_BAD_GRADE: "step {step}: {skill} has no grade {grade}",
        FaultCode.TOO_MANY_FIELDS: "has {count} fields: {most} at the most",
        FaultCode.BAD_FIELD_NAME: "field {field!r}: a name is a small letter, then small letters, digits and '_', 40 at most",
        FaultCode.FIELD_TWICE: "field {field!r} is there twice",
        FaultCode.CHOICES_MISPLACED: "field {field!r}: choices belong to the kind choice, and to it alone",
        FaultCode.BAD_CHOICES: "field {field!r}: each choice is there once and has a name",
        FaultCode.BAD_WITHDRAWAL: "withdrawal_days is {value}: consumers have 14 days at least (§355 BGB); give 14 to 365",
        FaultCode.WEIGHTS_MISSING: "has no weight for {terms}: give each one, 0 for what is not to count",
        FaultCode.BAD_WEIGHT: "is {value}: give a whole number from 0 to {most}",
        FaultCode.WEIGHTS_ALL_ZERO: "are all 0: something has to count",
        FaultCode.BAD_THRESHOLDS: "are {first} and {second} hundredths: level 3 begins above level 2, both up to {most}",
        FaultCode.MARGIN_TOO_WIDE: "is {value} hundredths: it has to be less than where level 2 begins",
        FaultCode.RIGHT_THERE: "exists already: end it and add another",
        FaultCode.NEVER_SHOWN: "{number} may never be shown: no premium, service, short or emergency number (§120 TKG)",
        FaultCode.NO_DOCUMENT: "no right without a document: say where the permission is filed",
        FaultCode.ENDS_BEFORE: "ends before it begins",
        FaultCode.CENTRE_HAS_NO_ID: "the centre has no id: leave it empty",
        FaultCode.FILE_TOO_LARGE: "is larger than {most} bytes: scan it in a lower resolution",
        FaultCode.NO_PAPER: "is no whole PDF, PNG or JPEG, whatever its name says: scan it as one of them",
        FaultCode.TOO_MANY_VERSIONS: "has {most} versions, which are the most: end the right and add another",
        FaultCode.CONSENT_THERE: "exists already: a new consent has an id of its own",
        FaultCode.CONSENT_IN_FUTURE: "is in the future: nobody has consented yet",
        FaultCode.CONSENT_WITHOUT_WORDS: "no consent without its words and how it was given (§7a(1) UWG)",
        FaultCode.CONSENT_WITHOUT_PROOF: "no consent without a proof: store it, or say where it is filed",
        FaultCode.PROOF_SIZE: "is empty or larger than {most} bytes",
        FaultCode.LIST_THERE: "exists already, or did: a list's id is never given twice",
        FaultCode.LIST_UNNAMED: "has no name or nobody who answers for where its data came from",
        FaultCode.LIST_TERM_OVER: "its term is over before it begins: give a later end",
        FaultCode.ADDRESS_EMPTY: "is empty: give street, house number, postcode and place",
        FaultCode.NOT_CALLED_BACK: "is no number that a control room could call back",
        FaultCode.SURVEY_ANOTHER_PROJECTS: "is another project's: give it a name of its own",
        FaultCode.SURVEY_LENGTH: "has {count} questions: give 1 to {most}",
        FaultCode.QUESTION_BAD_NAME: "question {question!r}: a name is a small letter, then small letters, digits "
        "and '_', 40 at most",
        FaultCode.QUESTION_TWICE: "question {question!r} is there twice",
        FaultCode.QUESTION_EMPTY: "question {question!r} asks nothing",
        FaultCode.QUESTION_FEW_CHOICES: "question {question!r} needs two different choices at least, each once",
        FaultCode.QUESTION_NO_CHOICES: "question {question!r} has choices, which its kind does not know",
        FaultCode.QUESTION_CHOICE_UNNAMED: "question {question!r} has a choice without a name",
        FaultCode.QUESTION_SCALE: "question {question!r} has a scale from {lowest} to {highest}: {most} steps at the most",
        FaultCode.QUESTION_TOO_EARLY: "question {question!r} depends on {on!r}, which does not come before it",
        FaultCode.QUESTION_ON_WORDS: "question {question!r} depends on words in {on!r}: nobody can tell which were meant",
        FaultCode.QUESTION_NEVER: "question {question!r} depends on no answer of {on!r}: it would never be asked",
        FaultCode.QUESTION_NO_ANSWER: "question {question!r} depends on {value!r}, which is no answer to {on!r}",
    }
)


class Inside(StrEnum):
    """The part of a described thing that is wrong, where it has several of one kind."""

    DEPARTMENT = "department"
    OPTION = "option"
    RULE = "rule"


_INSIDE = {Inside.DEPARTMENT: "{name!r}: ", Inside.OPTION: "option {name!r}: ", Inside.RULE: "rule {name}: "}


class Wrong(str):
    """What is wrong, as its English sentence; who tells it otherwise goes by its `code` and `facts`."""

    code: FaultCode
    facts: Mapping[str, Fact]

    def __new__(cls, code: FaultCode, /, **facts: Fact) -> "Wrong":
        """Every fact that the sentence has a place for is given."""
        return cls._made(WORDS[code].format(**facts), code, facts)

    def inside(self, what: Inside, name: Fact) -> "Wrong":
        """The same, of that part; the facts `inside` and `inside_name` tell which."""
        facts = {**self.facts, "inside": what.value, "inside_name": name}
        return self._made(_INSIDE[what].format(name=name) + self, self.code, facts)

    @classmethod
    def _made(cls, told: str, code: FaultCode, facts: Mapping[str, Fact]) -> "Wrong":
        made = str.__new__(cls, told)
        made.code, made.facts = code, MappingProxyType(dict(facts))
        return made
