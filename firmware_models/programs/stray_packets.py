"""What a PE can tell of packets that nobody meant for it: it marks them as unmatched, and takes no notice of them."""

from __future__ import annotations

from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.kernel_constants import Arithmetic
from firmware_models.words import Mailbox


@kernel
def is_error(a: Arithmetic, payload: Word) -> bool:
    """Whether a payload is within the error format, to which a sender narrows every error."""
    return bool(a.error_low <= payload and payload <= a.error_high)


@kernel
def refuse_all(inbox: Mailbox, row: Word) -> None:
    """Mark all packets of a PE that expects none."""
    for at in range(inbox.first[row], inbox.last[row]):
        inbox.matched[at] = 0
