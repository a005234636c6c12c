"""Recording by ARI alone, for an Asterisk whose manager interface is not ours to use."""

from telephony.segments import Direction, SegmentTrouble
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.snoop_tape import asked, snoop_id
from telephony.switch.asterisk.tape import SEGMENT_FOLDER, Take, TapeRefusal
from telephony.switch.asterisk.translate import path


class AriRecordings:
    """A `Recorder`: ARI's own recording of each snoop, named by the segment. An existing file is refused by Asterisk itself."""

    def __init__(self, http: AriHttp) -> None:
        self._http = http

    async def record(self, take: Take, direction: Direction, /) -> None:
        """See the port."""
        wanted = {"name": f"{SEGMENT_FOLDER}/{take.segment_id}-{direction}", "format": "wav", "ifExists": "fail"}
        answer = await asked(self._http, "POST", f"channels/{path(snoop_id(take, direction))}/record", **wanted)
        if not answer.is_ok:
            is_of_disk = answer.status in {409, 500}
            raise TapeRefusal(SegmentTrouble.UNWRITABLE if is_of_disk else SegmentTrouble.REFUSED)

    async def records(self, take: Take, direction: Direction, /) -> bool:
        """See the port."""
        answer = await asked(self._http, "GET", _recording(take, direction))
        return answer.is_ok and '"state":"recording"' in answer.body

    async def mask(self, take: Take, direction: Direction, /, *, is_masked: bool) -> None:
        """See the port."""
        method = "POST" if is_masked else "DELETE"
        if not (await asked(self._http, method, f"{_recording(take, direction)}/mute")).is_ok:
            raise TapeRefusal(SegmentTrouble.REFUSED)


def _recording(take: Take, direction: Direction) -> str:
    return f"recordings/live/{SEGMENT_FOLDER}%2F{path(take.segment_id)}-{direction}"
