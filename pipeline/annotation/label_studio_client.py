"""Talking to a Label Studio server: both kinds of token, pages, failures that say what to do.

Network access is the whole point; nothing is kept between calls but a short-lived access token.
"""

from typing import Any

import httpx

from pipeline.errors import InputError, SourceUnavailable
from pipeline.settings import Connection

_OK = 400
_UNAUTHORISED = 401
_FORBIDDEN = 403
_NOT_FOUND = 404
_SERVER_ERROR = 500
_BUSY = frozenset({408, 425, 429})
_WORDS_SHOWN = 300
_HOW_TO_GET_ONE = (
    "create a personal access token there under Account & Settings and set"
    " DUTAR_LABEL_STUDIO_TOKEN; legacy tokens work only where the organization allows them"
)


class LabelStudioClient:
    """JSON in and out of one server, as one user.

    A legacy token is sent as it is. A personal access token (three parts with dots: a JWT) is
    exchanged for an access token that lives minutes, and exchanged again when that has expired.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        timeout_seconds: float = 120,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if not connection.token:
            raise InputError(f"no token for Label Studio at {connection.url}: {_HOW_TO_GET_ONE}")
        self._url = connection.url.rstrip("/")
        self._token = connection.token
        self._is_personal = connection.token.count(".") == 2  # noqa: PLR2004 - a JWT's three parts
        self._authorization = None if self._is_personal else f"Token {connection.token}"
        self._http = httpx.Client(base_url=self._url, timeout=timeout_seconds, transport=transport)

    def get(self, path: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        """Answer to GET; see `_send` for what is raised."""
        return self._send("GET", path, params=query)

    def post(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
        """Answer to POST; see `_send` for what is raised."""
        return self._send("POST", path, json=body)

    def patch(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
        """Answer to PATCH; see `_send` for what is raised."""
        return self._send("PATCH", path, json=body)

    def delete(self, path: str) -> None:
        """Send DELETE; what is gone already is no error. See `_send` for what is raised."""
        self._send("DELETE", path, is_absence_fine=True)

    def _send(
        self,
        method: str,
        path: str,
        *,
        is_absence_fine: bool = False,
        **content: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 - JSON
        """One request and its JSON.

        Raises:
            InputError: the server refuses the token, the user or the content; never retried.
            SourceUnavailable: no answer, too many requests, or an error of the server's own.
        """
        response = self._exchange(method, path, **content)
        if response.status_code == _UNAUTHORISED and self._is_personal:
            self._authorization = None  # it lives minutes; a long push outlives it
            response = self._exchange(method, path, **content)
        if is_absence_fine and response.status_code == _NOT_FOUND:
            return None
        self._raise_for(response)
        return _json(response)

    def _exchange(self, method: str, path: str, **content: Any) -> httpx.Response:  # noqa: ANN401
        if self._authorization is None:
            self._authorization = f"Bearer {self._fresh_access_token()}"
        headers = {"Authorization": self._authorization}
        return self._request(method, path, headers=headers, **content)

    def _fresh_access_token(self) -> str:
        response = self._request("POST", "/api/token/refresh/", json={"refresh": self._token})
        self._raise_for(response)
        return str(_json(response)["access"])

    def _request(self, method: str, path: str, **content: Any) -> httpx.Response:  # noqa: ANN401
        try:
            return self._http.request(method, path, **content)
        except httpx.InvalidURL as error:
            raise InputError(f"{self._url} is no address of a Label Studio server") from error
        except httpx.HTTPError as error:
            reason = type(error).__name__
            raise SourceUnavailable(
                f"Label Studio at {self._url} does not answer: {reason}"
            ) from error

    def _raise_for(self, response: httpx.Response) -> None:
        status, where = response.status_code, f"Label Studio at {self._url}"
        if status < _OK and not response.is_redirect:
            return
        if status in _BUSY or status >= _SERVER_ERROR:
            raise SourceUnavailable(f"{where} answers HTTP {status}; try again later")
        if status in {_UNAUTHORISED, _FORBIDDEN}:
            kind = "personal access token" if self._is_personal else "legacy token"
            raise InputError(f"{where} refuses the {kind} (HTTP {status}): {_HOW_TO_GET_ONE}")
        words = response.text[:_WORDS_SHOWN].replace(self._token, "<token>")
        path = response.request.url.path
        raise InputError(f"{where} refuses {response.request.method} {path}: HTTP {status} {words}")


def _json(response: httpx.Response) -> Any:  # noqa: ANN401
    try:
        return response.json() if response.content else None
    except ValueError as error:
        raise SourceUnavailable(
            f"{response.request.url} answers something that is not JSON; is a Label Studio there?"
        ) from error
