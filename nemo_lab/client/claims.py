"""Addresses that open a project in a browser; they hold no token of the user's (SKILL.md v1.9 §3.0)."""

from __future__ import annotations

from nemo_lab.client.transport import Transport
from nemo_lab.protocol.messages import CLAIM_TOKEN, ClaimRequest, ClaimToken


class Claims:
    """The address of one project; asked for anew only when the last one has expired.

    Args:
        transport: to the backend.
        web_url: where its pages are.
    """

    def __init__(self, transport: Transport, web_url: str) -> None:
        self._transport, self._web_url = transport, web_url
        self._claim: tuple[str, float] | None = None

    async def address(self, task_id: str, session_id: str) -> str:
        """Return the address.

        Raises:
            NemoError: the backend gives none.
        """
        clock = self._transport.clock
        if self._claim is None or clock.wall() >= self._claim[1]:
            request = ClaimRequest(task_id=task_id, session_id=session_id)
            claim = ClaimToken.read(await self._transport.post(CLAIM_TOKEN, request.model_dump()))
            self._claim = claim.claim_token, clock.wall() + claim.expires_in
        return f"{self._web_url}/workspace/claim?ct={self._claim[0]}"
