"""A node on this machine alone, for the demo, tests and benchmarks: free ports and two lines that go nowhere far.

    settings = local_settings(Path(".state"), "test-1", beat_limit_s=3)

The line `line` takes calls from any program on 127.0.0.1 that is no agent's phone, and carries ours to
`Trunk.port`. The line `emergency` carries 110 and 112 to its port, where the demo or a test listens, so that
no emergency call of theirs ever leaves the machine.
"""

from pathlib import Path
from typing import Any

from fernamt.node.ports import free_ports, free_rtp_ports
from fernamt.node.settings import NodeSettings, Trunk

LINE = "line"
EMERGENCY_LINE = "emergency"


def local_settings(state_dir: Path, name: str, **changes: Any) -> NodeSettings:
    """Settings of a node on free loopback ports; `changes` are any other fields of NodeSettings."""
    sip, http, ami, controller, line, emergency = free_ports(6)
    first, last = free_rtp_ports()
    fields: dict[str, Any] = {
        "sip_port": sip,
        "http_port": http,
        "ami_port": ami,
        "controller_uri": f"ws://127.0.0.1:{controller}/ari",
        "rtp_first_port": first,
        "rtp_last_port": last,
        "trunks": (
            Trunk(name=LINE, host="127.0.0.1", port=line, qualify_every_s=0),
            Trunk(
                name=EMERGENCY_LINE,
                host="127.0.0.1",
                port=emergency,
                accepts_calls=False,
                qualify_every_s=0,
            ),
        ),
        "emergency_trunk": EMERGENCY_LINE,
    }
    return NodeSettings(state_dir=state_dir, name=name, **(fields | changes))
