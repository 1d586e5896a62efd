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


class KeyChainBroken(ProofError):
    """A published history of keys does not hold: a change is not signed by both keys, or does not follow the last."""

    code = "key-chain-broken"


class KeyOutOfForce(ProofError):
    """The key has signed, but a size of the log for which it is not in force (before or after its time)."""

    code = "key-out-of-force"


class MalformedCheckpoint(ProofError):
    """The note text is no checkpoint (C2SP tlog-checkpoint)."""

    code = "checkpoint-malformed"


class MalformedTile(ProofError):
    """A tile or an entry bundle has a wrong length or name (C2SP tlog-tiles)."""

    code = "tile-malformed"


class UnreadableBundle(ProofError):
    """The file is no proof bundle, so nothing can be said about its content."""

    code = "bundle-unreadable"


class WitnessRefusal(ProofError):
    """Base of what a witness answers instead of a cosignature (C2SP tlog-witness); `status` is the HTTP code."""

    code = "witness-refusal"


class MalformedRequest(WitnessRefusal):
    """The body is no add-checkpoint request, or its old size exceeds the checkpoint's."""

    status = 400
    code = "witness-request-malformed"


class UntrustedCheckpoint(WitnessRefusal):
    """No signature by a key that the witness trusts for this log."""

    status = 403
    code = "witness-signer-untrusted"


class UnknownLog(WitnessRefusal):
    """The witness does not know the log."""

    status = 404
    code = "witness-log-unknown"


class SizeConflict(WitnessRefusal):
    """The old size is not that of the newest checkpoint which the witness has cosigned; `data["size"]` is."""

    status = 409
    code = "witness-size-conflict"


class SplitView(WitnessRefusal):
    """A second history: the same size with another root."""

    status = 409
    code = "witness-split-view"


class Inconsistent(WitnessRefusal):
    """The consistency proof does not lead from the checkpoint cosigned before to this one."""

    status = 422
    code = "witness-inconsistent"
