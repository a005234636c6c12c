"""What can go wrong between this program and the switch on its own machine."""


class NodeError(Exception):
    """The node cannot be had, configured, started or asked; the text says what is missing and the way out."""
