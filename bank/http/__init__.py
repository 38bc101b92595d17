"""A bank over HTTP: the adapter the hotline uses, the service that answers it, and their OpenAPI document.

Everything is a POST with a JSON body: account numbers, PINs and codes never stand in an address.
"""

from bank.http.client import HttpBank, open_http_bank

__all__ = ["HttpBank", "open_http_bank"]
