"""Addresses that open a project in a browser."""

from __future__ import annotations

from nemo_lab.client.transport import Transport
from nemo_lab.protocol.messages import CLAIM_TOKEN, ClaimRequest, ClaimToken


class Claim:
    """The address of one project. Its token is short-lived, so it is kept and asked for again when it ends.

    Args:
        transport: to the backend.
        web_url: where the browser's editor is.
        request: whose address.
    """

    def __init__(self, transport: Transport, web_url: str, request: ClaimRequest) -> None:
        self._transport, self._web_url, self._request = transport, web_url, request
        self._token, self._ends = "", 0.0

    async def link(self) -> str:
        """Return the address; it holds no token of the user's.

        Raises:
            TransportError, ApiError: the backend gave none.
        """
        clock = self._transport.clock
        if not self._token or clock.wall() >= self._ends:
            claim = ClaimToken.read(await self._transport.post(CLAIM_TOKEN, self._request.model_dump()))
            self._token, self._ends = claim.claim_token, clock.wall() + claim.expires_in
        return f"{self._web_url}/workspace/claim?ct={self._token}"
