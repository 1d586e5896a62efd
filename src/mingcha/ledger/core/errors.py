"""One tree of what can be wrong with a proof, a note, a tile or a bundle."""

from __future__ import annotations

from mingcha.common.errors import MingchaError


class ProofError(MingchaError):
    """Base of all defects that a verifier can find."""

    status = 422
    code = "proof-error"


class OutOfRange(ProofError):
    """An index or a size lies outside the tree."""

    code = "proof-out-of-range"


class WrongProofLength(ProofError):
    """The proof has too few or too many hashes, or one of another length."""

    code = "proof-wrong-length"


class RootMismatch(ProofError):
    """The proof leads to another root than the one signed."""

    code = "proof-root-mismatch"


class MalformedNote(ProofError):
    """The text is no signed note (C2SP signed-note)."""

    code = "note-malformed"


class UnknownSigner(ProofError):
    """None of the signatures comes from a trusted key."""

    code = "note-unknown-signer"


class BadSignature(ProofError):
    """A trusted key is named, but its signature does not fit the text."""

    code = "note-bad-signature"


class MalformedKey(ProofError):
    """A verifier key is not in note form (name+id+base64)."""

    code = "key-malformed"


class MalformedCheckpoint(ProofError):
    """The note text is no checkpoint (C2SP tlog-checkpoint)."""

    code = "checkpoint-malformed"


class MalformedTile(ProofError):
    """A tile or an entry bundle has a wrong length or name (C2SP tlog-tiles)."""

    code = "tile-malformed"


class UnreadableBundle(ProofError):
    """The file is no proof bundle, so nothing can be said about its content."""

    code = "bundle-unreadable"
