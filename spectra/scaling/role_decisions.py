"""The final word on each parameter: what was found, what the user says, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from spectra.scaling.role_inference import Finding
from spectra.scaling.role_places import Place
from spectra.scaling.role_readouts import THIN, thin
from spectra.scaling.role_structure import repeated_patterns
from spectra.scaling.role_ties import UNTIE, Tie
from spectra.scaling.rules import Role


@dataclass(frozen=True)
class Decision:
    """A role and why; a refusal if there is no role, with what can be done about it."""

    role: Role | None
    reason: str
    advice: str = ""


def decisions(
    places: Mapping[str, Place],
    findings: Mapping[str, Finding],
    tensors: Mapping[str, Tie],
    *,
    chosen: Mapping[str, Role],
    blocks: set[str] | None,
) -> dict[str, Decision]:
    """A role for each tensor by name, or the reason why it has none.

    Args:
        places: All places of the base.
        findings: What the dimensions say, for each place.
        tensors: The places of each tensor, by its name.
        chosen: Roles that the user set, by the name of any place.
        blocks: Patterns of the parameters that depth repeats; None if no two depths were compared.
    """
    known = {name: _chosen(tie, findings[tie.chosen], chosen) for name, tie in tensors.items()}
    if blocks is None:
        blocks = repeated_patterns({name: found.role for name, found in known.items()})
    settled = {name for name, tie in tensors.items() if chosen.keys() & set(tie.names)}
    refused = {name: Decision(None, reason, THIN) for name, reason in thin(known, blocks).items()}
    refused |= {name: Decision(None, tie.refusal, UNTIE) for name, tie in tensors.items() if tie.refusal}
    decided = {name: Decision(found.role, found.reason, found.advice) for name, found in known.items()}
    decided |= {name: refusal for name, refusal in refused.items() if name not in settled}
    # What is frozen is left as it was made, so it needs no rule and is never refused.
    frozen = {name for name in known if not places[name].parameter.requires_grad}
    return decided | {name: Decision(known[name].role or Role.FIXED, "frozen, left as made") for name in frozen}


def _chosen(tie: Tie, found: Finding, chosen: Mapping[str, Role]) -> Finding:
    given = next((name for name in tie.names if name in chosen), None)
    if given is not None:
        found = replace(found, role=chosen[given], reason="set by hand")
    elif tie.readouts:
        found = replace(found, reason=f"{found.reason}, tied to {', '.join(tie.readouts)}")
    return found
