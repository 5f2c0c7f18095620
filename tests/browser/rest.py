"""The site as another program talks to it: JSON over HTTP, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import Response

TIMEOUT = 120


class Guest:
	"""Somebody who is not logged in."""

	def __init__(self, url: str) -> None:
		address = urlsplit(url)
		self._address = f"http://127.0.0.1:{address.port}"
		self._headers = {"Host": address.netloc}

	def send(self, method: str, path: str, /, **fields: Any) -> Response:
		"""Ask the server; may be called by several threads at once."""
		as_sent = {"params": fields} if method == "GET" else {"json": fields}
		return requests.request(
			method, self._address + path, headers=self._headers, timeout=TIMEOUT, **as_sent
		)

	def run(self, function: str, /, **arguments: Any) -> Response:
		"""Call a whitelisted function."""
		return self.send("POST", f"/api/method/{function}", **arguments)


class Session(Guest):
	"""Somebody who is logged in."""

	def __init__(self, url: str, email: str, password: str) -> None:
		super().__init__(url)
		answer = self.send("POST", "/api/method/login", usr=email, pwd=password)
		answer.raise_for_status()
		self._headers["Cookie"] = f"sid={answer.cookies['sid']}"

	def load(self, doctype: str, name: str) -> dict[str, Any]:
		"""A document as a form loads it."""
		answer = self.send("GET", f"/api/resource/{doctype}/{name}")
		answer.raise_for_status()
		return answer.json()["data"]


def is_clear_no(answer: Response) -> bool:
	"""A refusal in words, as opposed to a crash."""
	return 400 <= answer.status_code < 500


def at_once(act: Callable[..., Response], *arguments: tuple[Any, ...]) -> list[Response]:
	"""Call `act` with each of these arguments at the same moment; the answers in their order."""
	start = Barrier(len(arguments))

	def wait_and_act(own: tuple[Any, ...]) -> Response:
		start.wait()
		return act(*own)

	with ThreadPoolExecutor(len(arguments)) as threads:
		return list(threads.map(wait_and_act, arguments))
