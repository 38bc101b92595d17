"""The FastAGI line: a socket from Asterisk becomes a `core.call.Call`."""
