"""The site as another program talks to it: JSON over HTTP, without a browser."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests

TIMEOUT = 120


class Session:
	"""Somebody who is logged in."""

	def __init__(self, url: str, email: str, password: str) -> None:
		address = urlsplit(url)
		self._address = f"http://127.0.0.1:{address.port}"
		self._headers = {"Host": address.netloc}
		answer = self.send("POST", "/api/method/login", usr=email, pwd=password)
		answer.raise_for_status()
		self._headers["Cookie"] = f"sid={answer.cookies['sid']}"

	def send(self, method: str, path: str, /, **fields: Any) -> requests.Response:
		"""Ask the server; may be called by several threads at once."""
		return requests.request(
			method, self._address + path, json=fields, headers=self._headers, timeout=TIMEOUT
		)

	def run(self, function: str, /, **arguments: Any) -> requests.Response:
		"""Call a whitelisted function."""
		return self.send("POST", f"/api/method/{function}", **arguments)

	def load(self, doctype: str, name: str) -> dict[str, Any]:
		"""A document as a form loads it."""
		answer = self.send("GET", f"/api/resource/{doctype}/{name}")
		answer.raise_for_status()
		return answer.json()["data"]
